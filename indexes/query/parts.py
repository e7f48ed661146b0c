"""What an instruction says: filters, and parts that are wanted or unwanted, each in the reader's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from indexes.query.filters import Filters
from indexes.query.sections import section_in_words


class PartKind(StrEnum):
    """How a part is recognised in a passage."""

    TOPIC = "topic"
    """By its words and its meaning."""
    TYPE = "type"
    """By what kind of text the paper says that it is: a survey, a case report."""
    SECTION = "section"
    """By the heading that the passage stands under."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that hits should, or should not, be about. `text` is a type's or section's name for those kinds."""

    text: str
    kind: PartKind = PartKind.TOPIC


@dataclass(frozen=True, slots=True)
class Instruction:
    """How a query was read.

    Attributes:
        text: the query without the words that became a filter or a part; the query itself where nothing was read.
        filters: what every hit must meet.
        filters_besides: what it must meet too, where one record cannot ask both (`indexes.query.intersecting`).
        wanted: what raises a hit; what lacks it is lowered relative to it.
        unwanted: what lowers a hit.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    wanted: tuple[Part, ...] = ()
    unwanted: tuple[Part, ...] = ()
    filters_besides: Filters = field(default_factory=Filters)


def parts_in_words(instruction: Instruction) -> tuple[str, ...]:
    """Return each part as a reader is told of it: "not: surveys", "rather: sleep staging"."""
    unwanted = (f"not: {_in_words(part)}" for part in instruction.unwanted)
    wanted = (f"rather: {_in_words(part)}" for part in instruction.wanted)
    return (*unwanted, *wanted)


def part_in_words(part: Part, *, is_wanted: bool) -> str:
    """Return the name under which the part's contribution to a hit's score is told."""
    return f"{'rather' if is_wanted else 'not'}: {_in_words(part)}"


def _in_words(part: Part) -> str:
    return section_in_words(part.text) if part.kind is PartKind.SECTION else part.text
