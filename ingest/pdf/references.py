"""The entries of a reference list, one by one: by their marks, by hanging indents, else by gaps."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from ingest.pdf.headings import normal
from ingest.pdf.lines import TextLine

REFERENCE_HEADINGS = frozenset(
    {"references", "reference", "bibliography", "literature cited", "works cited", "references and notes",
     "notes & references", "notes and references", "references and further reading", "reference list",
     "list of references", "cited references", "literature", "additional references", "selected references",
     "references and links", "sources", "参考文献", "文献", "引用文献"}
)  # fmt: skip
_UNSPACED = frozenset(name.replace(" ", "") for name in REFERENCE_HEADINGS)
ENTRY_MARK = re.compile(
    r"^(?:\[(?P<bracket>\d{1,3})\]|［(?P<wide>\d{1,3})］|\((?P<paren>\d{1,3})\)|(?P<dot>\d{1,3})[.)）](?=\s|[A-Z])|"
    r"(?P<plain>\d{1,3})\s+(?=[A-Z“\"])|(?P<label>\[(?!(?:CrossRef|PubMed|Google|View|Link)\b)[A-Z][^\]]{1,40}\])|(?P<bullet>[•·]))"
)
_NUMBER = re.compile(r"^(?:\[(\d{1,3})\]|(\d{1,3})\.\s)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
FEWEST_UNNAMED = 8
MARKED_SHARE = 0.12
"""Share of a list's lines that begin with a mark of one kind at least, where its entries have marks."""
LARGEST_SKIP = 3
"""Numbers that a list may leave out between two entries; a larger jump is a year or a page at a line's start."""
IN_SEQUENCE = 0.6
HANGING = 0.6
"""Ems by which the later lines of an entry are set in."""
ENTRY_GAP = 1.3


def opens_references(text: str) -> bool:
    """Return whether a heading opens a reference list."""
    return normal(text).replace(" ", "") in _UNSPACED


def find_unnamed_list(lines: Sequence[TextLine]) -> int | None:
    """Return where a numbered list of references begins that no heading announces, or None.

    It is taken for one when its numbers count up from 1, its entries hold years, and it fills the document's end.
    """
    numbers = [(position, found) for position, line in enumerate(lines) if (found := _NUMBER.match(line.text))]
    for start in range(len(numbers) - FEWEST_UNNAMED):
        position, found = numbers[start]
        if int(found[1] or found[2]) != 1 or position < 0.5 * len(lines):
            continue
        values = [int(mark[1] or mark[2]) for _, mark in numbers[start : start + FEWEST_UNNAMED]]
        span = lines[position : numbers[start + FEWEST_UNNAMED - 1][0] + 1]
        years = sum(_YEAR.search(line.text) is not None for line in span)
        if values == list(range(1, FEWEST_UNNAMED + 1)) and years >= 0.5 * FEWEST_UNNAMED:
            return position
    return None


def split_entries(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Cut a reference list into its entries."""
    starts = _starts_by_mark(lines) or _starts_by_indent(lines) or _starts_by_gap(lines)
    entries: list[list[TextLine]] = []
    for position, line in enumerate(lines):
        if position in starts or not entries:
            entries.append([])
        entries[-1].append(line)
    return entries


def _starts_by_mark(lines: Sequence[TextLine]) -> set[int]:
    """Return where entries begin by the kind of mark that most have; numbers must count up."""
    marks = [(at, found) for at, line in enumerate(lines) if (found := ENTRY_MARK.match(line.text))]
    kinds = Counter(found.lastgroup for _, found in marks)
    if not kinds:
        return set()
    kind, count = kinds.most_common(1)[0]
    if count < max(2, MARKED_SHARE * len(lines)) or kind is None:
        return set()
    marks = [(at, found) for at, found in marks if found.lastgroup == kind]
    if kind in ("label", "bullet"):
        return {at for at, _ in marks}
    numbers = [(at, int(found[kind])) for at, found in marks]
    counted = _counted(numbers)
    return counted if len(counted) >= IN_SEQUENCE * len(numbers) else {at for at, _ in numbers}


def _counted(numbers: Sequence[tuple[int, int]]) -> set[int]:
    """Return the places of the numbers that count up one by one, from the first or again from 1."""
    starts: set[int] = set()
    last = 0
    for order, (at, number) in enumerate(numbers):
        goes_on = last < number <= last + LARGEST_SKIP
        begins = number == 1 and order + 1 < len(numbers) and numbers[order + 1][1] == 2
        if goes_on or begins or not starts:
            starts.add(at)
            last = number
    return starts


def _starts_by_indent(lines: Sequence[TextLine]) -> set[int]:
    edges: dict[tuple[int, str], float] = {}
    for line in lines:
        place = (line.page, line.column)
        edges[place] = min(edges.get(place, line.box.x0), line.box.x0)
    hanging = [(line.box.x0 - edges[line.page, line.column]) / max(line.size, 1.0) > HANGING for line in lines]
    if not 0.25 * len(lines) <= sum(hanging) <= 0.9 * len(lines):
        return set()
    return {position for position, is_set_in in enumerate(hanging) if not is_set_in}


def _starts_by_gap(lines: Sequence[TextLine]) -> set[int]:
    steps = [
        after.baseline - before.baseline if (after.page, after.column) == (before.page, before.column) else 0.0
        for before, after in itertools.pairwise(lines)
    ]
    usual = sorted(step for step in steps if step > 0)
    if not usual:
        return set()
    narrow = usual[len(usual) // 4]
    wide = {position + 1 for position, step in enumerate(steps) if step > ENTRY_GAP * narrow}
    if wide:
        return wide | {0}
    return {
        position + 1
        for position, before in enumerate(lines[:-1])
        if before.text.endswith((".", "。")) and before.shortfall > 2 and lines[position + 1].text[0].isupper()
    } | {0}
