"""The line before the model: turns by reader and class, no starvation, bounded, positions and estimates."""

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.protocol import Priority
from app.generators.turns import PEOPLES_WEIGHT, Turn
from app.generators.waiting import MAX_OVERTAKEN, RESERVED_PART, WaitingLine
from app.generators.waiting_time import UNKNOWN_RETRY_S
from indexes.errors import Busy

PERSON, SHEET = Priority.INTERACTIVE, Priority.BACKGROUND
TURNS = st.builds(
    Turn,
    reader=st.sampled_from("abcd"),
    priority=st.sampled_from(Priority),
    cost_tokens=st.integers(1, 4000),
)


def make_turn(reader: str = "a", priority: Priority = PERSON, cost_tokens: int = 100) -> Turn:
    return Turn(reader, priority, cost_tokens)


def make_line(turns: dict[str, Turn], max_waiting: int = 1000) -> WaitingLine[str]:
    line = WaitingLine[str](max_waiting=max_waiting)
    for entry, turn in turns.items():
        line.put(entry, turn)
    return line


def serve_all(line: WaitingLine[str]) -> list[str]:
    served = []
    while (entry := line.next()) is not None:
        line.take(entry)
        served.append(entry)
    return served


def many(reader: str, count: int, **changes: object) -> dict[str, Turn]:
    return {f"{reader}{number}": make_turn(reader, **changes) for number in range(count)}  # type: ignore[arg-type]


def test_a_readers_own_entries_are_served_in_order() -> None:
    turns = {"long": make_turn(cost_tokens=4000), "short": make_turn(cost_tokens=1), "last": make_turn()}
    assert serve_all(make_line(turns)) == ["long", "short", "last"]


def test_fifty_requests_of_one_reader_delay_another_by_one() -> None:
    line = make_line(many("a", 50))
    line.put("b0", make_turn("b"))
    assert line.position("b0") == 2
    for _ in range(20):
        line.take(str(line.next()))
    line.put("c0", make_turn("c"))
    assert line.position("c0") <= 3


def test_people_go_before_background() -> None:
    line = make_line(many("a", 10, priority=SHEET))
    line.put("chat", make_turn("a"))
    assert line.position("chat") == 1
    assert serve_all(line)[0] == "chat"


def test_background_has_its_part_while_people_never_stop_coming() -> None:
    line = make_line({**many("s", 20, priority=SHEET), **many("a", 10)})
    served: Counter[str] = Counter()
    for number in itertools.count(10):
        entry = str(line.next())
        line.take(entry)
        served[entry[0]] += 1
        if served["s"] == 20:
            break
        if entry[0] == "a":
            line.put(f"a{number}", make_turn("a"))
    assert served["a"] == PEOPLES_WEIGHT * 20


def test_short_requests_of_ever_new_readers_do_not_starve_a_long_one() -> None:
    line = make_line({"long": make_turn("x", cost_tokens=4000)})
    for number in range(100):
        line.put(f"new{number}", make_turn(f"reader {number}", cost_tokens=100))
        entry = str(line.next())
        line.take(entry)
        if entry == "long":
            break
    assert number <= 4000 // 100


@settings(deadline=None)
@given(st.lists(TURNS, min_size=1, max_size=30))
def test_position_and_order_are_what_is_served(turns: list[Turn]) -> None:
    line = make_line({f"{number}": turn for number, turn in enumerate(turns)})
    expected = list(line.order())
    assert [line.position(entry) for entry in expected] == list(range(1, len(turns) + 1))
    served = []
    while (entry := line.next()) is not None:
        assert entry == line.order()[0]
        line.take(entry)
        served.append(entry)
    assert served == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 500)), min_size=60, max_size=120))
def test_readers_who_both_wait_are_served_equally_but_for_one_entry_each(entries: list[tuple[str, int]]) -> None:
    line = make_line({f"{n}": make_turn(reader, cost_tokens=cost) for n, (reader, cost) in enumerate(entries)})
    most, left = 500, Counter(reader for reader, _ in entries)
    served: Counter[str] = Counter()
    for entry in list(line.order()):
        if not (left["a"] and left["b"]):
            break
        line.take(entry)
        reader, cost = entries[int(entry)]
        left[reader] -= 1
        served[reader] += cost
        assert abs(served["a"] - served["b"]) <= 2 * most


@settings(deadline=None)
@given(st.data())
def test_a_model_of_the_line_agrees_through_puts_takes_and_removals(data: st.DataObject) -> None:
    """The second implementation: tags fixed by the rule of the module's docstring, one entry at a time."""
    line, model, number = WaitingLine[str](max_waiting=1000), LineByHand(), itertools.count()
    for _ in range(data.draw(st.integers(1, 40))):
        action = data.draw(st.sampled_from(["put", "put", "take", "remove"]))
        if action == "put":
            entry, turn = str(next(number)), data.draw(TURNS)
            line.put(entry, turn)
            model.put(entry, turn)
        elif model.waiting:
            entry = model.first() if action == "take" else data.draw(st.sampled_from(sorted(model.waiting)))
            if action == "take":
                assert line.next() == entry
                line.take(entry)
                model.take(entry)
            else:
                assert line.remove(entry)
                del model.waiting[entry]
        assert line.next() == (model.first() if model.waiting else None)
        assert len(line) == len(model.waiting)


class LineByHand:
    def __init__(self) -> None:
        self.waiting: dict[str, Turn] = {}
        self.clock = dict.fromkeys(Priority, 0)
        self.served: dict[tuple[Priority, str], int] = {}
        self.peoples = 0

    def heads(self, priority: Priority) -> list[str]:
        heads: dict[str, str] = {}
        for entry, turn in self.waiting.items():
            if turn.priority is priority:
                heads.setdefault(turn.reader, entry)
        return sorted(heads.values(), key=lambda entry: (self.finish(entry), int(entry)))

    def finish(self, entry: str) -> int:
        turn = self.waiting[entry]
        return self.served[turn.priority, turn.reader] + turn.cost_tokens

    def put(self, entry: str, turn: Turn) -> None:
        key = turn.priority, turn.reader
        if all((one.priority, one.reader) != key for one in self.waiting.values()):
            self.served[key] = max(self.served.get(key, 0), self.clock[turn.priority])
        self.waiting[entry] = turn

    def first(self) -> str:
        people, background = self.heads(PERSON), self.heads(SHEET)
        if not people or not background:
            return (people or background)[0]
        due = PEOPLES_WEIGHT * self.waiting[background[0]].cost_tokens
        return background[0] if self.peoples >= due else people[0]

    def take(self, entry: str) -> None:
        finish, turn = self.finish(entry), self.waiting.pop(entry)
        self.served[turn.priority, turn.reader] = finish
        self.clock[turn.priority] = max(self.clock[turn.priority], finish)  # behind a removed entry one may be less
        if turn.priority is SHEET or not (background := self.heads(SHEET)):
            self.peoples = 0
        else:
            due = PEOPLES_WEIGHT * self.waiting[background[0]].cost_tokens
            self.peoples = min(self.peoples + turn.cost_tokens, due)


def test_one_without_room_is_overtaken_a_few_times_and_then_waited_for() -> None:
    line = make_line({"big": make_turn("a"), **many("b", 20)})
    overtook = 0
    while (entry := line.next(fits=lambda one: one != "big")) is not None:
        line.take(entry)
        overtook += 1
    assert overtook == MAX_OVERTAKEN
    assert line.next() == "big"


def test_who_overtakes_pays_for_it_and_nobody_else_does() -> None:
    line = make_line(
        {"first": make_turn("a"), "big": make_turn("b", cost_tokens=4000), **many("d", 3, cost_tokens=300)}
    )
    line.take("big")
    line.put("again", make_turn("b"))
    line.put("new", make_turn("c"))
    assert line.order() == ["first", "new", "d0", "d1", "d2", "again"]


def test_a_full_line_refuses_with_a_time_to_retry() -> None:
    line = make_line(many("a", 4, cost_tokens=1500), max_waiting=4)
    with pytest.raises(Busy, match="4 texts wait") as caught:
        line.put("late", make_turn("b"), tokens_per_s=100)
    assert caught.value.retry_after_s == 15
    with pytest.raises(Busy) as caught:
        line.put("late", make_turn("b"))
    assert caught.value.retry_after_s == UNKNOWN_RETRY_S
    assert len(line) == 4


def test_the_last_places_are_kept_for_people_who_hold_few() -> None:
    places = 4 * RESERVED_PART
    line = make_line(many("a", places - 4), max_waiting=places)
    for reader, priority in (("a", PERSON), ("b", SHEET)):
        with pytest.raises(Busy, match="kept for others"):
            line.put("more", make_turn(reader, priority))
    for number in range(4):
        line.put(f"b{number}", make_turn("b"))
    with pytest.raises(Busy, match="no more may"):
        line.put("more", make_turn("c"))


def test_a_removed_entry_is_not_charged_and_cannot_be_taken() -> None:
    line = make_line({"a0": make_turn("a", cost_tokens=4000), "a1": make_turn("a"), "b0": make_turn("b")})
    assert line.remove("a0")
    assert not line.remove("a0")
    assert line.order() == ["a1", "b0"]
    with pytest.raises(KeyError):
        line.take("a0")


def test_those_who_find_a_seat_do_not_count_among_those_who_wait() -> None:
    line = WaitingLine[str](max_waiting=1)
    for number in range(4):
        line.put(f"{number}", make_turn(priority=SHEET), running_tokens=[50], seats=4)
    with pytest.raises(Busy, match="no more may"):
        line.put("one too many", make_turn(), running_tokens=[50], seats=4)
    with pytest.raises(Busy):
        line.put("seats are taken", make_turn(), running_tokens=[50] * 9, seats=4)


def test_a_full_line_names_the_time_until_one_of_those_who_run_is_done() -> None:
    line = WaitingLine[str](max_waiting=1)
    line.put("first", make_turn(cost_tokens=9000), running_tokens=[400, 70], seats=2)
    with pytest.raises(Busy) as refusal:
        line.put("second", make_turn(), tokens_per_s=10, running_tokens=[400, 70], seats=2)
    assert refusal.value.retry_after_s == 2 * 70 / 10
    with pytest.raises(Busy) as refusal:
        line.put("second", make_turn(), running_tokens=[400, 70], seats=2)
    assert refusal.value.retry_after_s == UNKNOWN_RETRY_S


def test_an_entry_joins_once_and_costs_something() -> None:
    line = make_line(many("a", 1))
    with pytest.raises(ValueError, match="once"):
        line.put("a0", make_turn())
    with pytest.raises(ValueError, match="not 0"):
        line.put("free", make_turn(cost_tokens=0))


def test_an_estimate_counts_what_is_served_before() -> None:
    line = make_line(many("a", 3, cost_tokens=100))
    assert line.estimate_s("a0", tokens_per_s=10) == 0
    assert line.estimate_s("a2", tokens_per_s=10) == pytest.approx(20)
    assert line.estimate_s("a0", tokens_per_s=10, running_tokens=[50]) == pytest.approx(5)
    assert line.estimate_s("a0", tokens_per_s=10, running_tokens=[50], seats=2) == 0
    assert line.estimate_s("a1", tokens_per_s=10, running_tokens=[50, 80], seats=2) == pytest.approx(16)
