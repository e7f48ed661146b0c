"""The numbers that count a manuscript's lines: left or right of the text or between its columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.pdf.fragments import Fragment

FEWEST_NUMBERS = 8
"""Where a file has one or two pages; on each of several pages `FEWEST_ON_PAGE` suffice."""
FEWEST_ON_PAGE = 3
FEWEST_PAGES = 3
PAGE_SHARE = 0.5
"""Share of a manuscript's pages that have line numbers; numbered rows of tables and listings fill fewer."""
LARGEST_STEP = 10
ALIGNED = 2.0
"""Points by which the numbers' right or left edges differ, at most."""
RISING_SHARE = 0.8
LONG_TEXT = 20
"""Characters; shorter text may stand anywhere."""


def line_numbers(pages: Sequence[Sequence[Fragment]]) -> list[frozenset[int]]:
    """Return for each page the positions of the fragments that count lines."""
    columns = [_columns(fragments) for fragments in pages]
    needed = FEWEST_NUMBERS if len(pages) < FEWEST_PAGES else FEWEST_ON_PAGE
    found = [[positions for positions in page if len(positions) >= needed] for page in columns]
    if sum(bool(page) for page in found) < PAGE_SHARE * len(pages):
        return [frozenset() for _ in pages]
    return [frozenset(position for positions in page for position in positions) for page in found]


def _columns(fragments: Sequence[Fragment]) -> list[list[int]]:
    """Return the positions of each column of rising numbers that no text crosses."""
    numbers = [(place, part) for place, part in enumerate(fragments) if part.is_upright and part.text.isdecimal()]
    numbers = [(place, part) for place, part in numbers if len(part.text) <= 5]
    if len(numbers) < FEWEST_ON_PAGE:
        return []
    long = [part for part in fragments if part.is_upright and len(part.text) > LONG_TEXT]
    found: list[list[int]] = []
    used: set[int] = set()
    for edge in ("x1", "x0"):
        for group in _aligned([(place, part) for place, part in numbers if place not in used], edge):
            ordered = sorted(group, key=lambda pair: pair[1].baseline)
            values = [int(part.text) for _, part in ordered]
            if len(values) >= FEWEST_ON_PAGE and _is_rising(values) and _is_beside_text([p for _, p in ordered], long):
                positions = [place for place, _ in ordered]
                used.update(positions)
                found.append(positions)
    return found


def _aligned(numbers: Sequence[tuple[int, Fragment]], edge: str) -> list[list[tuple[int, Fragment]]]:
    groups: list[list[tuple[int, Fragment]]] = []
    for place, part in sorted(numbers, key=lambda pair: float(getattr(pair[1].box, edge))):
        if groups and getattr(part.box, edge) - getattr(groups[-1][0][1].box, edge) <= ALIGNED:
            groups[-1].append((place, part))
        else:
            groups.append([(place, part)])
    return groups


def _is_rising(values: Sequence[int]) -> bool:
    """Return whether nearly all steps are the same small one."""
    steps = [after - before for before, after in pairwise(values)]
    usual = max(set(steps), key=steps.count)
    return 0 < usual <= LARGEST_STEP and sum(0 < step <= LARGEST_STEP for step in steps) >= RISING_SHARE * len(steps)


def _is_beside_text(numbers: Sequence[Fragment], long: Sequence[Fragment]) -> bool:
    """Return whether long text stands at the numbers' height and none of it over them."""
    left, right = min(part.box.x0 for part in numbers), max(part.box.x1 for part in numbers)
    top, bottom = numbers[0].box.y0, numbers[-1].box.y1
    beside = [part.box for part in long if part.box.y1 > top and part.box.y0 < bottom]
    return len(beside) >= len(numbers) // 2 and all(box.x0 > right - 1 or box.x1 < left + 1 for box in beside)
