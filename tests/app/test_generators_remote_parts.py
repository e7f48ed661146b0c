"""The parts of the remote generator by themselves: events, thinking, refusals, dialects, the breaker, the line."""

import contextlib
import itertools
import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from remote_drafts import make_request

from app.generators.protocol import DraftProgress, Priority, Stage
from app.generators.remote.address import read_address
from app.generators.remote.breaker import LONGEST_PAUSE_S, BreakerState, CircuitBreaker
from app.generators.remote.dialect import GRAMMAR_BEGINNING, Dialect, Form
from app.generators.remote.places import Places
from app.generators.remote.progress import Progress
from app.generators.remote.refusals import read_retry_after, read_said
from app.generators.remote.sse import MAX_EVENT_BYTES, EventStream
from app.generators.remote.thinking import AnswerText
from app.generators.remote.trouble import Trouble
from indexes.errors import Busy, ModelFailed

EVENTS = ['{"a":1}', "two\nlines", "三"]
STREAM = (
    '\ufeffevent: x\r\ndata: {"a":1}\r\n\r\n: ping\n\nid: 7\nretry: 5\ndata:two\ndata: lines\n\ndata: 三\n\n\n'
).encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_events_do_not_depend_on_how_they_arrive(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    stream = EventStream("server")
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(places)]
    assert [event for piece in pieces for event in stream.feed(piece)] == EVENTS
    assert stream.finish() == []


def test_last_event_counts_without_its_blank_line() -> None:
    stream = EventStream("server")
    assert stream.feed(b'data: one\n\ndata: {"n": 2}') == ["one"]
    assert stream.finish() == ['{"n": 2}']
    stream.feed(b"data: [DONE]")
    assert stream.finish() == ["[DONE]"]


@pytest.mark.parametrize("cut", [b'data: {"n": 2', b"da", b"data: \xe9\xb6", b"data: first\ndata: sec"])
def test_event_that_was_cut_is_none(cut: bytes) -> None:
    stream = EventStream("server")
    assert stream.feed(b"data: one\n\n" + cut) == ["one"]
    assert stream.finish() == []
    assert stream.finish() == []


def test_line_in_many_small_pieces_is_limited() -> None:
    stream = EventStream("server")
    for _ in range(MAX_EVENT_BYTES):
        stream.feed(b"x")
    with pytest.raises(Trouble, match="a line of more than"):
        stream.feed(b"x")


REPLIES = [
    ('{"sentences":[]}', '{"sentences":[]}'),
    ("<think>so {</think>\n{}", "\n{}"),
    (" \n<think></think>{}", "{}"),
    ("<think>a<think>b</think>c</think>{}", "c</think>{}"),  # the first end counts
    ("<thin", "<thin"),
    ("{}<think>no</think>", "{}<think>no</think>"),
    ("<think>never ends", ""),
    ("<thinking>x</thinking>{}", "<thinking>x</thinking>{}"),
]


@pytest.mark.parametrize(("reply", "answer"), REPLIES)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_only_a_leading_thought_is_left_out(reply: str, answer: str, size: int) -> None:
    text = AnswerText()
    read = "".join(text.feed(reply[start : start + size]) for start in range(0, len(reply), size))
    assert read + text.finish() == answer
    assert text.is_thinking == reply.endswith("never ends")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "no"}, "no"),
        ({"error": {"message": "no", "param": "seed", "code": 400}}, "no · seed · 400"),
        ({"object": "error", "message": "no", "code": 400}, "no · 400"),
        ({"detail": [{"loc": ["body", "seed"]}]}, "[{'loc': ['body', 'seed']}]"),
        (["no"], '["no"]'),
    ],
)
def test_words_of_an_error_are_found_in_every_shape(body: object, said: str) -> None:
    assert read_said(json.dumps(body).encode()) == said


def test_error_that_is_not_json_is_its_own_words() -> None:
    assert read_said(b"\xff<html>") == "\ufffd<html>"


def test_retry_after_is_seconds_or_a_date() -> None:
    assert read_retry_after(" 7 ") == 7.0
    in_a_minute = read_retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert in_a_minute is not None
    assert 57 < in_a_minute <= 60
    assert read_retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert read_retry_after("Thu, 01 Jan 1970 00:00:00") == 0.0
    assert read_retry_after("7.5") is None


@pytest.mark.parametrize("said", ["response_format", "json_schema is unsupported", "grammar", "the schema has ..."])
def test_forms_give_way_one_by_one_to_none(said: str) -> None:
    dialect: Dialect | None = Dialect()
    forms = []
    while dialect is not None:
        forms.append(dialect.form)
        dialect = dialect.after_refusal(said)
    assert forms == [Form.JSON_SCHEMA, Form.GRAMMAR, Form.JSON_OBJECT, Form.FREE]


def test_dialect_learns_only_from_what_is_named() -> None:
    assert Dialect().after_refusal("the prompt is too long; seedling, upstream, temperatures") is None
    assert Dialect(takes_seed=False).after_refusal("seed") is None


def test_refusal_that_names_everything_ends() -> None:
    said = "stream stream_options response_format seed temperature max_tokens max_completion_tokens"
    dialect: Dialect | None = Dialect()
    steps = 0
    while dialect is not None:
        dialect, steps = dialect.after_refusal(said), steps + 1
    assert steps == 9


def test_grammar_begins_as_every_reply_under_it() -> None:
    from app.generators.grammar import draft_grammar

    escaped = GRAMMAR_BEGINNING.replace('"', r"\"")
    assert f'root ::= "{escaped}"' in draft_grammar(numbers=(1,), max_sentences=1, max_chars=10)


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://localhost:8080/v1", True),
        ("http://models.localhost/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:8080/v1/", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://localhost.example/v1", False),
        ("http://10.0.0.7/v1", False),
    ],
)
def test_own_machine_is_known(url: str, is_local: bool) -> None:
    address = read_address(url)
    assert address.is_local is is_local
    assert address.completions == f"{url.rstrip('/')}/chat/completions"
    assert address.models == f"{url.rstrip('/')}/models"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.failed(breaker.admit("server"))


def test_breaker_opens_after_consecutive_failures_only() -> None:
    breaker = CircuitBreaker(failures_to_open=3, clock=Clock())
    fail(breaker, 2)
    breaker.succeeded(breaker.admit("server"))
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(Busy, match="server failed 3 times in a row and is asked again in 15 s") as refusal:
        breaker.admit("server")
    assert refusal.value.retry_after_s == 15


def test_half_open_breaker_lets_one_trial_through() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures_to_open=1, pause_s=10, clock=clock)
    fail(breaker)
    clock.now += 10
    assert breaker.state is BreakerState.HALF_OPEN
    trial = breaker.admit("server")
    with pytest.raises(Busy):
        breaker.admit("server")
    breaker.withdrawn(trial)
    trial = breaker.admit("server")
    breaker.succeeded(trial)
    assert breaker.state is BreakerState.CLOSED
    breaker.admit("server")
    breaker.admit("server")


def test_failed_trial_doubles_the_pause_up_to_a_limit() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures_to_open=1, pause_s=10, clock=clock)
    fail(breaker)
    waits = []
    for _ in range(6):
        while breaker.state is BreakerState.OPEN:
            clock.now += 1
        fail(breaker)
        with pytest.raises(Busy) as refusal:
            breaker.admit("server")
        waits.append(refusal.value.retry_after_s)
    assert waits == [20, 40, 80, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_late_verdicts_on_an_earlier_period_count_for_nothing() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures_to_open=1, pause_s=10, clock=clock)
    early, other = breaker.admit("server"), breaker.admit("server")
    fail(breaker)
    breaker.succeeded(early)
    assert breaker.state is BreakerState.OPEN
    clock.now += 10
    trial = breaker.admit("server")
    breaker.failed(other)
    breaker.succeeded(trial)
    assert breaker.state is BreakerState.CLOSED


def test_breaker_admits_one_of_many_threads() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures_to_open=1, pause_s=10, clock=clock)
    fail(breaker)
    clock.now += 10
    admitted: list[bool] = []
    start = threading.Barrier(16)

    def try_once() -> None:
        start.wait()
        try:
            admitted.append(breaker.admit("server").is_trial)
        except Busy:
            admitted.append(False)

    threads = [threading.Thread(target=try_once) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(admitted) == [False] * 15 + [True]


def test_turns_go_by_reader_and_people_first() -> None:
    places = Places(1, max_waiting=20)
    order: list[str] = []
    lock = threading.Lock()
    is_held, released = threading.Event(), threading.Event()

    def hold_first() -> None:
        with places.hold(make_request(reader="first"), cost_tokens=1, progress=make_progress()):
            is_held.set()
            released.wait(5)

    def wait_turn(name: str, reader: str, priority: Priority) -> None:
        request = make_request(reader=reader, priority=priority)
        with places.hold(request, cost_tokens=1000, progress=make_progress()), lock:
            order.append(name)

    threads = [threading.Thread(target=hold_first)]
    threads[0].start()
    assert is_held.wait(5)
    wanted = [("b1", "b", Priority.BACKGROUND)] + [(f"a{n}", "a", Priority.INTERACTIVE) for n in range(1, 5)]
    for arguments in [*wanted, ("c1", "c", Priority.INTERACTIVE)]:
        waiting = places.waiting
        threads.append(threading.Thread(target=wait_turn, args=arguments))
        threads[-1].start()
        while places.waiting == waiting:
            pass
    released.set()
    for thread in threads:
        thread.join()
    assert order.index("c1") <= 2  # one reader's many do not stand before another's one
    assert [name for name in order if name.startswith("a")] == ["a1", "a2", "a3", "a4"]
    assert order[0] != "b1"


def test_only_what_was_written_tells_of_speed() -> None:
    clock = Clock()
    places = Places(1, max_waiting=20, clock=clock)

    def hold(seconds: float, trouble: Exception | None = None) -> None:
        with places.hold(make_request(), cost_tokens=1000, progress=make_progress()):
            clock.now += seconds
            if trouble is not None:
                raise trouble

    for trouble in (ModelFailed("refused", hint=""), RuntimeError("the reader has left")):
        with pytest.raises(type(trouble)):
            hold(0.001, trouble)
        assert wait_told(places) is None
    hold(10)
    with pytest.raises(ModelFailed):
        hold(0.001, ModelFailed("refused", hint=""))
    assert wait_told(places) == pytest.approx(10)


def wait_told(places: Places) -> float | None:
    """Return the wait that a draft is told behind one that has just begun."""

    class EnoughError(Exception):
        pass

    told: list[DraftProgress] = []

    def tell(progress: DraftProgress) -> None:
        told.append(progress)
        raise EnoughError

    behind = Progress(tell, timeout_s=60, deadline_s=None)
    with (
        contextlib.suppress(EnoughError),
        places.hold(make_request(), cost_tokens=1000, progress=make_progress()),
        places.hold(make_request(), cost_tokens=1000, progress=behind),
    ):
        pass
    return told[0].wait_s


def test_progress_is_told_on_change_and_in_time_only() -> None:
    clock = Clock()
    told: list[DraftProgress] = []
    progress = Progress(told.append, timeout_s=10, deadline_s=None, clock=clock)
    progress.check()
    assert told == []
    progress.at(Stage.WAITING, position=2)
    progress.at(Stage.WAITING, position=2)
    progress.at(Stage.WAITING, position=1, wait_s=3.0)
    progress.check()
    assert told == [DraftProgress(Stage.WAITING, 2), DraftProgress(Stage.WAITING, 1, 3.0)]
    clock.now += 0.3
    progress.check()
    assert len(told) == 3


def test_servers_time_begins_when_it_is_asked_and_the_readers_at_once() -> None:
    clock = Clock()
    progress = Progress(None, timeout_s=10, deadline_s=30, clock=clock)
    clock.now += 15
    progress.check()
    progress.begin()
    assert progress.left_s == 10
    clock.now += 11
    with pytest.raises(Trouble, match="more than 10 s"):
        progress.check()
    clock.now += 5
    late = Progress(None, timeout_s=10, deadline_s=5, clock=clock)
    clock.now += 5
    with pytest.raises(Busy, match="within the 5 s"):
        late.check()


def make_progress() -> Progress:
    return Progress(None, timeout_s=10, deadline_s=None)
