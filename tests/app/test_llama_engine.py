"""The engine on real llama.cpp with tiny models: batches against alone, prefixes, cancels, deadlines, closing."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gguf_models import make_gguf
from llama_engines import RememberingObserver, gaps_alone, record_tokens

from app.generators.draft_json import parse_draft
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import Generation
from app.generators.llama.requests import FinishReason, GenerationRequest, SamplingOptions
from app.generators.protocol import Priority, Stage
from indexes.errors import BadInput, Busy, ModelFailed, TooLarge

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

Opening = Callable[..., LlamaEngine]
GRAMMAR = draft_grammar(numbers=(1, 2), max_sentences=3, max_chars=60)
PAPER = "In 1998 the cranes were counted at twelve lakes, by boat and from the air. " * 8


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("models")

    def model(seed: int = 3, **options: Any) -> Path:
        options = {"end_pull": -8.0, **options}
        name = hashlib.sha256(repr((seed, sorted(options.items()))).encode()).hexdigest()[:12]
        path = folder / f"{name}.gguf"
        return path if path.exists() else make_gguf(path, seed=seed, **options)

    return model


@pytest.fixture
def open_engine(models: Callable[..., Path]) -> Iterator[Opening]:
    opened: list[LlamaEngine] = []

    def open_one(path: Path | None = None, **changes: Any) -> LlamaEngine:
        options: dict[str, Any] = {"context_tokens": 2048, "threads": 1, "max_queue": 64, **changes}
        opened.append(LlamaEngine(path or models(), **options))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


def tokens_of(text: str) -> tuple[int, ...]:
    return tuple(text.encode("utf-8"))  # the tiny model's first 256 tokens are bytes


def ask(engine: LlamaEngine, text: str, *, max_tokens: int = 24, **changes: Any) -> Generation:
    changes = {"sampling": SamplingOptions(temperature=1.0, seed=len(text)), **changes}
    return engine.submit(GenerationRequest(tokens_of(text), max_tokens, **changes))


def text_of(generation: Generation) -> str:
    return "".join(generation)


def report_of(generation: Generation) -> Any:
    list(generation)
    assert generation.report is not None
    return generation.report


class Slow(RememberingObserver):
    """Holds every step up, so that a text is not over before a test on a busy machine gets round to looking."""

    def __init__(self, step_s: float = 0.005) -> None:
        super().__init__()
        self.step_s = step_s

    def stepped(self, **counts: float) -> None:
        super().stepped(**counts)
        time.sleep(self.step_s)


def wait_until(is_so: Callable[[], bool], *, timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_batch_writes_what_each_writes_alone(
    open_engine: Opening, models: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each token is the likeliest after those before it, read alone; of two that are tied either may come.

    llama.cpp adds in another order when a batch has another shape, and keeps keys and values as float16: logits differ
    by up to about 0.001, so where two are that near, a text may go on otherwise than it would alone.
    """
    written = record_tokens(monkeypatch)
    prompts = [f"{'word ' * (number * 7 % 60)}question {number}" for number in range(24)]
    engine = open_engine(sequences=8)
    generations = []
    for number, prompt in enumerate(prompts):  # they join while others read or write, and share beginnings
        options = SamplingOptions(seed=number)
        generations.append(ask(engine, prompt, max_tokens=10 + number % 30, sampling=options))
        time.sleep(0.003 * (number % 4))
    assert [report_of(generation).written_tokens for generation in generations] == [10 + n % 30 for n in range(24)]
    texts = [(tokens_of(prompt), written[number]) for number, prompt in enumerate(prompts)]
    gaps = gaps_alone(models(), texts)
    assert max(gaps) < 0.002
    assert sum(gap > 0 for gap in gaps) < 0.02 * len(gaps)


def test_sampled_text_depends_on_its_seed_and_not_on_its_neighbours(open_engine: Opening) -> None:
    alone_engine, engine = open_engine(sequences=1), open_engine()
    options = [SamplingOptions(temperature=0.8, top_p=0.9, seed=seed) for seed in range(6)]
    alone = [text_of(ask(alone_engine, PAPER, sampling=one)) for one in options]
    together = [ask(engine, PAPER, sampling=one) for one in options]
    assert [text_of(generation) for generation in together] == alone
    assert len(set(alone)) == 6


def test_ten_questions_of_one_paper_read_it_once(open_engine: Opening) -> None:
    observer = RememberingObserver()
    engine = open_engine(observer=observer)
    generations = [ask(engine, f"{PAPER} question {number}") for number in range(10)]
    reports = [report_of(generation) for generation in generations]
    shared = len(PAPER)
    assert sum(report.prompt_tokens - report.cached_tokens for report in reports) < shared + 10 * 20
    assert sorted(report.cached_tokens >= shared for report in reports) == [False, *[True] * 9]
    read_tokens = sum(step["read_tokens"] for step in observer.steps)
    assert read_tokens == sum(report.prompt_tokens - report.cached_tokens for report in reports)
    assert sum(lookup["cached_tokens"] for lookup in observer.lookups) == sum(one.cached_tokens for one in reports)


def test_followers_read_for_themselves_when_the_first_leaves(open_engine: Opening) -> None:
    engine = open_engine(context_tokens=4096, observer=Slow(0.05))
    long = PAPER * 5
    first = ask(engine, f"{long} first")
    second = ask(engine, f"{long} second")
    wait_until(lambda: first.progress.stage is not Stage.WAITING)
    first.cancel()
    assert report_of(second).finish is FinishReason.LENGTH
    assert report_of(first).finish is FinishReason.CANCELLED


def test_prompt_stays_read_for_the_next(open_engine: Opening) -> None:
    engine = open_engine()
    first = ask(engine, f"{PAPER} one")
    texts = [text_of(first), text_of(second := ask(engine, f"{PAPER} one"))]
    assert texts[0] == texts[1]
    assert report_of(first).cached_tokens == 0
    assert report_of(second).cached_tokens == len(f"{PAPER} one") - 1


def test_short_prompt_overtakes_a_long_one_that_is_read(open_engine: Opening) -> None:
    observer = Slow(0.05)
    engine = open_engine(context_tokens=4096, observer=observer)
    long = ask(engine, PAPER * 6, max_tokens=8)
    wait_until(lambda: long.progress.stage is Stage.READING)
    short = ask(engine, "short", max_tokens=8)
    report_of(short)
    assert long.report is None or long.report.first_token_ms > report_of(short).first_token_ms
    assert max(step["sequences"] for step in observer.steps) == 2


def test_grammar_holds_in_a_batch_and_cut_off_text_can_be_closed(open_engine: Opening) -> None:
    engine = open_engine()
    generations = [
        ask(engine, f"{PAPER} {number}", grammar=GRAMMAR, max_tokens=12 + 9 * number, sampling=SamplingOptions(1.0))
        for number in range(12)
    ]
    finishes = set()
    for generation in generations:
        text = text_of(generation)
        report = report_of(generation)
        finishes.add(report.finish)
        parse_draft(text + report.closing, numbers=(1, 2), max_sentences=3, max_chars=60)
    assert FinishReason.LENGTH in finishes


def test_broken_grammar_is_refused_at_once_and_ends_nobody(open_engine: Opening) -> None:
    engine = open_engine()
    running = ask(engine, "fine", max_tokens=200)
    with pytest.raises(ModelFailed):
        ask(engine, "broken", grammar="root ::= missing")
    assert report_of(running).finish is FinishReason.LENGTH


def test_text_ends_before_a_stop_string(open_engine: Opening) -> None:
    engine = open_engine()
    whole = text_of(ask(engine, "a prompt", max_tokens=40))
    stop = whole[20:22]
    stopped = ask(engine, "a prompt", max_tokens=40, stops=("never there", stop))
    assert text_of(stopped) == whole[: whole.index(stop)]
    assert report_of(stopped).finish is FinishReason.STOP


def test_text_is_whole_characters_also_where_tokens_are_bytes(open_engine: Opening) -> None:
    grammar = 'root ::= "鶴は千年" | "亀は万年"'
    generation = ask(open_engine(), "鶴", grammar=grammar, max_tokens=60)
    pieces = list(generation)
    assert "".join(pieces) in {"鶴は千年", "亀は万年"}
    assert len(pieces) == 4
    assert report_of(generation).finish is FinishReason.END


def test_cancel_frees_the_sequence_for_the_next(open_engine: Opening) -> None:
    engine = open_engine(sequences=1, observer=Slow())
    first = ask(engine, "first", max_tokens=1500)
    assert first.poll() is not None
    second = ask(engine, "second", max_tokens=3)
    assert second.progress.stage is Stage.WAITING
    assert second.progress.position == 1
    first.cancel()
    assert report_of(second).finish is FinishReason.LENGTH
    assert report_of(first).finish is FinishReason.CANCELLED
    assert report_of(first).written_tokens < 1500


def test_waiting_request_that_is_cancelled_ends_without_being_started(open_engine: Opening) -> None:
    engine = open_engine(sequences=1, observer=Slow())
    running = ask(engine, "running", max_tokens=1500)
    assert running.poll() is not None
    waiting = ask(engine, "waiting")
    waiting.cancel()
    assert text_of(waiting) == ""
    assert report_of(waiting).finish is FinishReason.CANCELLED
    assert report_of(waiting).first_token_ms is None
    running.cancel()


@pytest.mark.parametrize("runs", [True, False])
def test_deadline_ends_a_text_in_line_or_in_writing(open_engine: Opening, *, runs: bool) -> None:
    engine = open_engine(sequences=1, observer=Slow())
    assert text_of(ask(engine, "loads the model", max_tokens=1))
    if not runs:
        assert ask(engine, "other", max_tokens=1900).poll() is not None
    late = ask(engine, "late", max_tokens=1900, deadline_s=2.0)
    with pytest.raises(Busy, match=r"within 2 s"):
        list(late)
    assert late.report is not None
    assert late.report.finish is FinishReason.DEADLINE
    assert (late.report.first_token_ms is not None) == runs


def test_full_line_is_busy_with_a_time_to_retry(open_engine: Opening) -> None:
    engine = open_engine(sequences=1, max_queue=2, observer=Slow())
    assert ask(engine, "running", max_tokens=1900).poll() is not None
    waiting = [ask(engine, f"waits {number}", max_tokens=2, reader=f"{number}") for number in range(2)]
    with pytest.raises(Busy) as refusal:
        ask(engine, "too many", reader="3")
    assert refusal.value.retry_after_s >= 1
    assert [generation.progress.position for generation in waiting] == [1, 2]
    assert all((generation.progress.wait_s or 0) > 0 for generation in waiting)


def test_background_work_stands_behind_people(open_engine: Opening) -> None:
    engine = open_engine(sequences=1, observer=Slow())
    running = ask(engine, "running", max_tokens=1900)
    assert running.poll() is not None
    patient = ask(engine, "patient", max_tokens=2, priority=Priority.BACKGROUND)
    urgent = ask(engine, "urgent", max_tokens=2)
    assert (urgent.progress.position, patient.progress.position) == (1, 2)
    running.cancel()
    assert report_of(urgent).queue_ms < report_of(patient).queue_ms + 1000


def test_requests_that_cannot_be_written_are_refused(open_engine: Opening) -> None:
    engine = open_engine()
    with pytest.raises(TooLarge, match="window of 2048"):
        ask(engine, "x" * 2000, max_tokens=49)
    for tokens, max_tokens in (((), 3), ((1,), 0), ((1, 100_000), 3), ((-1,), 3)):
        with pytest.raises(BadInput):
            engine.submit(GenerationRequest(tokens, max_tokens))
    assert len(text_of(ask(engine, "x" * 2000, max_tokens=48, sampling=SamplingOptions()))) > 0


def test_memory_is_enough_for_all_that_are_let_in(open_engine: Opening) -> None:
    observer = RememberingObserver()
    engine = open_engine(cells=2048, observer=observer)
    generations = [ask(engine, f"{number}" * 700, max_tokens=300) for number in range(8)]
    assert {report_of(generation).finish for generation in generations} <= {FinishReason.LENGTH, FinishReason.END}
    assert max(step["sequences"] for step in observer.steps) == 2  # 2 × 1,000 of 2,048 cells
    wait_until(lambda: observer.levels["running"] == observer.levels["waiting"] == 0)
    assert observer.levels["used_cells"] <= observer.levels["cells"] == 2048


def test_async_readers_share_the_batch(open_engine: Opening) -> None:
    engine = open_engine()
    alone = [text_of(ask(engine, f"{PAPER} {number}")) for number in range(5)]

    async def receive(number: int) -> str:
        return "".join([piece async for piece in ask(engine, f"{PAPER} {number}")])

    async def receive_all() -> list[str]:
        return await asyncio.gather(*(receive(number) for number in range(5)))

    assert asyncio.run(receive_all()) == alone


def test_cancelled_task_cancels_its_text(open_engine: Opening) -> None:
    engine = open_engine(observer=Slow())
    generation = ask(engine, "long", max_tokens=1900)

    async def leave() -> None:
        has_begun = asyncio.Event()

        async def receive() -> None:
            async for _ in generation:
                has_begun.set()

        task = asyncio.create_task(receive())
        await has_begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    wait_until(lambda: generation.report is not None)
    assert report_of(generation).finish is FinishReason.CANCELLED


def test_close_ends_everybody_promptly(open_engine: Opening) -> None:
    engine = open_engine(sequences=2, observer=Slow())
    generations = [ask(engine, f"{number}" * 400, max_tokens=1500) for number in range(6)]
    assert generations[0].poll() is not None
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < 4.0  # six texts of 1,500 steps of 5 ms would take 22 s
    for generation in generations:
        with pytest.raises(ModelFailed, match="is closed"):
            list(generation)
        assert generation.report is not None
        assert generation.report.finish is FinishReason.CLOSED
    with pytest.raises(ModelFailed, match="is closed"):
        ask(engine, "late")
    assert "llama-owner" not in {thread.name for thread in threading.enumerate()}


def test_context_saved_to_disk_is_read_again_after_a_restart(open_engine: Opening, tmp_path: Path) -> None:
    prompt = PAPER + "question"
    options = {"saved_contexts": tmp_path / "contexts"}
    first = open_engine(**options)
    text = text_of(ask(first, prompt, keep=(20, len(PAPER))))
    first.close()
    assert len(list((tmp_path / "contexts").iterdir())) == 1
    observer = RememberingObserver()
    second = open_engine(**options, observer=observer)
    again = ask(second, prompt, keep=(20, len(PAPER)))
    assert text_of(again) == text
    assert report_of(again).cached_tokens == len(PAPER)
    assert observer.lookups == [
        {"prompt_tokens": len(prompt), "cached_tokens": len(PAPER), "restored_tokens": len(PAPER)}
    ]
    other = ask(second, PAPER[:400] + "another question")
    assert report_of(other).cached_tokens == 400


def test_saved_context_of_another_model_is_not_used(open_engine: Opening, models: Any, tmp_path: Path) -> None:
    first = open_engine(saved_contexts=tmp_path)
    text_of(ask(first, PAPER + "question", keep=(len(PAPER),)))
    first.close()
    other = open_engine(models(4), saved_contexts=tmp_path)
    assert report_of(ask(other, PAPER + "question", keep=(len(PAPER),))).cached_tokens == 0


def test_every_event_is_told_once(open_engine: Opening) -> None:
    observer = RememberingObserver()
    engine = open_engine(observer=observer, sequences=2)
    for generation in [ask(engine, f"prompt {number}", max_tokens=5) for number in range(5)]:
        list(generation)
    wait_until(lambda: observer.levels["running"] == 0 == observer.levels["waiting"])
    assert {name: observer.events.count(name) for name in set(observer.events)} == {
        "queued": 5,
        "started": 5,
        "first_token": 5,
        "finished": 5,
    }
    assert [len(reports) for reports in observer.reports.values()] == [1] * 5
    assert sum(step["written_tokens"] for step in observer.steps) == sum(
        report.written_tokens for (report,) in observer.reports.values()
    )


def test_observer_that_breaks_ends_those_who_run_and_the_engine_lives(open_engine: Opening) -> None:
    class Breaking(RememberingObserver):
        def stepped(self, **counts: float) -> None:
            super().stepped(**counts)
            if len(self.steps) == 3:
                raise ValueError("no disk")

    observer = Breaking()
    engine = open_engine(observer=observer)
    with pytest.raises(ModelFailed, match="ValueError: no disk"):
        list(ask(engine, "prompt", max_tokens=50))
    wait_until(lambda: observer.levels.get("running") == 0)
    assert report_of(ask(engine, "prompt", max_tokens=5)).finish is FinishReason.LENGTH


def test_short_line_refuses_nobody_while_seats_are_free(open_engine: Opening) -> None:
    engine = open_engine(sequences=16, max_queue=1)
    for _ in range(2):  # the second time after it was idle
        generations = [ask(engine, f"{number} of ten", max_tokens=3, reader="sheet") for number in range(10)]
        assert [report_of(generation).finish for generation in generations] == [FinishReason.LENGTH] * 10


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_an_owner_that_is_gone(open_engine: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine()
    report_of(ask(engine, "loads the model", max_tokens=1))
    assert engine._engine is not None
    scheduler, end_all = engine._engine.scheduler, engine._engine.scheduler.end_all
    failures = [RuntimeError("step"), RuntimeError("end_all")]

    def breaking(*arguments: Any, **options: Any) -> None:
        if failures:
            raise failures.pop(0)
        end_all(*arguments, **options)

    monkeypatch.setattr(scheduler, "step", breaking)
    monkeypatch.setattr(scheduler, "end_all", breaking)
    with pytest.raises(ModelFailed, match="is closed"):
        list(ask(engine, "in line"))
    with pytest.raises(ModelFailed, match="is closed"):
        ask(engine, "late")
