"""Running heads and feet: marginal text that recurs on a document's pages, or changes in a place that recurs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.fragments import Fragment
from ingest.pdf.shapes import FOOTNOTE_MARK, caption_label

MARGIN_ZONE = 0.12
"""Share of the page's height, at the top and at the bottom, in which running heads and feet stand."""
LEAST_REPEATS = 3
REPEAT_SHARE = 0.2
"""Share of the pages on which a running head recurs at least (left and right pages differ, chapters change)."""
MOST_REPEATS = 8
"""Pages that suffice however long the document: a thesis has a head for every chapter."""
HEIGHT_DRIFT = 6.0
"""Points by which a running head's baseline differs between pages, at most."""
SLOT_SHARE = 0.5
"""Share of the pages whose first or last row stands in one place, apart from the text, when its words change."""
SLOT_GAP = 1.7
"""In ems: how far such a row stands from the text; lines of text are 1.0 to 1.5 apart."""
LOOSER = 1.35
"""The same relative to the page's usual distance of rows, for manuscripts set in double spacing."""
FEWEST_LETTERS = 4
LONGEST_HEAD = 100
"""Characters."""
LARGEST_HEAD = 1.05
"""A running head's size relative to the page's usual; the titles of slides are larger."""
MOST_ROWS = 3
"""Rows of running heads at one edge of a page."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_MARKS = re.compile(r"[^\w#/]+|_+")
_PAGE_NUMBER = re.compile(
    r"^[-–—\[(|]?\s*(\d{1,5}|[ivxlc]{1,7})\s*[-–—\])|]?$|^(page|p\.|slide)\s*\d+(\s*(of|/)\s*\d+)?$|^\d+\s*(of|/)\s*\d+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Row:
    """Fragments of one page on one baseline, by their positions, and whether they stand apart from the text."""

    baseline: float
    size: float
    positions: tuple[int, ...]
    is_apart: bool


def running_heads(pages: Sequence[tuple[Sequence[Fragment], float]]) -> list[frozenset[int]]:
    """Return for each page (fragments, height) the positions of its running heads, feet and page numbers."""
    found: list[set[int]] = [set() for _ in pages]
    repeats = _repeated(pages)
    for taken, counted, (fragments, height) in zip(found, _counting(pages), pages, strict=True):
        taken.update(counted)
        taken.update(_recurring(fragments, height, repeats))
        taken.update(_page_numbers(fragments, height))
    for is_top in (True, False):
        for _ in range(MOST_ROWS):
            edges = [
                _edge_row(fragments, height, taken, is_top=is_top)
                for (fragments, height), taken in zip(pages, found, strict=True)
            ]
            slots = _slots(edges)
            for taken, row in zip(found, edges, strict=True):
                if row is not None and _in_slot(row, slots):
                    taken.update(row.positions)
            if not slots:
                break
    return [frozenset(taken) for taken in found]


def _repeated(pages: Sequence[tuple[Sequence[Fragment], float]]) -> dict[str, list[float]]:
    """Return the marginal texts, numbers masked, that recur at one height, with their baselines."""
    heights: dict[str, list[float]] = defaultdict(list)
    for fragments, height in pages:
        seen = {
            (_masked(fragment.text), round(fragment.baseline, 1))
            for fragment in fragments
            if fragment.is_upright and _in_margin(fragment, height)
        }
        for text, baseline in seen:
            heights[text].append(baseline)
    needed = _needed(len(pages), REPEAT_SHARE)
    kept: dict[str, list[float]] = {}
    for text, baselines in heights.items():
        bins = Counter(round(value / HEIGHT_DRIFT) for value in baselines)
        usual = [value for value in baselines if bins[round(value / HEIGHT_DRIFT)] >= max(2, needed // 2)]
        if len(usual) >= needed and text.strip("#"):
            kept[text] = usual
    return kept


def _needed(page_count: int, share: float) -> int:
    return 2 if page_count <= 4 else max(LEAST_REPEATS, min(MOST_REPEATS, round(share * page_count)))


def _recurring(fragments: Sequence[Fragment], height: float, repeats: dict[str, list[float]]) -> Iterable[int]:
    for position, fragment in enumerate(fragments):
        if fragment.is_upright and _in_margin(fragment, height):
            baselines = repeats.get(_masked(fragment.text), ())
            if any(abs(fragment.baseline - baseline) <= HEIGHT_DRIFT for baseline in baselines):
                yield position


def _counting(pages: Sequence[tuple[Sequence[Fragment], float]]) -> list[set[int]]:
    """Return for each page the positions of marginal numbers that rise by one from page to page."""
    offsets: Counter[int] = Counter()
    numbers: list[list[tuple[int, int]]] = []
    for index, (fragments, height) in enumerate(pages):
        marginal = [
            (position, int(part.text) - index)
            for position, part in enumerate(fragments)
            if len(part.text) <= 5 and part.text.isdecimal() and part.is_upright and _in_margin(part, height)
        ]
        offsets.update({offset for _, offset in marginal})
        numbers.append(marginal)
    if not offsets:
        return [set() for _ in pages]
    (usual, count), *_ = offsets.most_common(1)
    is_usual = count >= _needed(len(pages), REPEAT_SHARE)
    return [{position for position, offset in page if is_usual and offset == usual} for page in numbers]


def _page_numbers(fragments: Sequence[Fragment], height: float) -> set[int]:
    """Return the page number's position: alone on the page's first or last line, in the margin."""
    upright = [fragment.baseline for fragment in fragments if fragment.is_upright]
    if not upright:
        return set()
    first, last = min(upright), max(upright)
    return {
        position
        for position, fragment in enumerate(fragments)
        if fragment.is_upright
        and _in_margin(fragment, height)
        and (fragment.baseline >= last - 3 or fragment.baseline <= first + 3)
        and _PAGE_NUMBER.match(fragment.text)
    }


def _edge_row(fragments: Sequence[Fragment], height: float, taken: set[int], *, is_top: bool) -> Row | None:
    """Return the page's first or last row that is not taken yet, if it stands in the margin apart from the text."""
    left = [(part, at) for at, part in enumerate(fragments) if part.is_upright and at not in taken]
    if not left:
        return None
    edge = min(part.baseline for part, _ in left) if is_top else max(part.baseline for part, _ in left)
    row = [(part, at) for part, at in left if abs(part.baseline - edge) <= 2]
    if not _in_margin(row[0][0], height):
        return None
    size = max(part.size for part, _ in row)
    usual = sorted(part.size for part, _ in left)[len(left) // 2]
    text = " ".join(part.text for part, _ in row)
    if size > LARGEST_HEAD * usual or not _is_head(text, is_top=is_top):
        return None
    baselines = sorted(part.baseline for part, _ in left)
    steps = [after - before for before, after in pairwise(baselines) if after - before > 2]
    if not steps:
        return None
    gap = steps[0 if is_top else -1]
    is_apart = gap >= SLOT_GAP * max(size, usual) and gap >= LOOSER * sorted(steps)[len(steps) // 2]
    return Row(edge, size, tuple(at for _, at in row), is_apart)


def _is_head(text: str, *, is_top: bool) -> bool:
    """Return whether a row may be a running head: words, but no caption and no footnote."""
    if not is_top and FOOTNOTE_MARK.match(text):
        return False
    letters = sum(letter.isalpha() for letter in text)
    return letters >= FEWEST_LETTERS and len(text) <= LONGEST_HEAD and caption_label(text) is None


def _slots(edges: Sequence[Row | None]) -> list[tuple[float, float]]:
    """Return the baselines and sizes at which enough pages have a row apart."""
    apart = [(row.baseline, row.size) for row in edges if row is not None and row.is_apart]
    counts = Counter((round(baseline), round(size, 1)) for baseline, size in apart)
    needed = max(LEAST_REPEATS, round(SLOT_SHARE * len(edges)))
    return [(baseline, size) for (baseline, size), count in counts.items() if count >= needed]


def _in_slot(row: Row, slots: Sequence[tuple[float, float]]) -> bool:
    return row.is_apart and any(
        abs(row.baseline - baseline) <= 1.5 and abs(row.size - size) <= 0.2 for baseline, size in slots
    )


def _masked(text: str) -> str:
    return _MARKS.sub("", _NUMBER.sub("#", text.casefold())).replace("#", "") or "#"


def _in_margin(fragment: Fragment, height: float) -> bool:
    return fragment.baseline < MARGIN_ZONE * height or fragment.baseline > (1 - MARGIN_ZONE) * height
