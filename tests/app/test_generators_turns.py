"""Turns by themselves; how they go in a line is told in `test_generators_waiting.py`."""

from app.generators.protocol import Priority
from app.generators.turns import Turn, Turns


def test_a_reader_who_left_long_ago_is_forgotten() -> None:
    turns = Turns[str]()
    for number in range(1000):
        turns.add("one", Turn(f"reader {number}", Priority.INTERACTIVE, 100))
        turns.serve("one")
    assert len(turns._served) <= 1


def test_of_equal_turns_the_first_to_come_is_first() -> None:
    turns = Turns[str]()
    for reader in "cab":
        turns.add(reader, Turn(reader, Priority.INTERACTIVE, 100))
    assert turns.order() == ["c", "a", "b"]
    assert turns.drop("c")
    turns.add("c", Turn("c", Priority.INTERACTIVE, 100))
    assert turns.order() == ["a", "b", "c"]
