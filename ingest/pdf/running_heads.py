"""Running heads and feet: marginal text that recurs on a document's pages, or changes in a place that recurs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.fragments import Fragment
from ingest.pdf.shapes import FOOTNOTE_MARK, caption_label

MARGIN_ZONE = 0.12
"""Share of the page's height, at the top and at the bottom, in which running heads and feet stand."""
WIDEST_ZONE = 0.2
"""The same at most, on small pages set on large sheets, where the text's own edge says where heads and feet stand."""
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
EVERYWHERE_SHARE = 0.5
"""Share of the pages from which words that recur at one height are furniture wherever they stand: the feet of slides
printed two to a page."""
FEWEST_EVERYWHERE = 5
"""Pages."""
FIRST_LETTERS = 4
"""By which words that may recur are told before they are compared whole."""
MOST_ROWS = 3
"""Rows of running heads at one edge of a page."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_SLIDE_NUMBER = re.compile(r"(?<=\bslide )\d+$", re.I)
_MARKS = re.compile(r"[^\w#/]+|_+")
_PAGE_NUMBER = re.compile(
    r"^[-–—\[(|]?\s*(\d{1,5}|[ivxlc]{1,7})\s*[-–—\])|]?$|^(page|p\.|slide)\s*\d+(\s*(of|/)\s*\d+)?$|^\d+\s*(of|/)\s*\d+$",
    re.I,
)


Zone = tuple[float, float]
"""The baselines above the first and below the second of which running heads and feet stand."""
Marginal = tuple[Sequence[Fragment], Zone]


@dataclass(frozen=True, slots=True)
class Row:
    """Fragments of one page on one baseline, by their positions, and whether they stand apart from the text."""

    baseline: float
    size: float
    positions: tuple[int, ...]
    is_apart: bool


def running_heads(sheets: Sequence[tuple[Sequence[Fragment], float]]) -> list[frozenset[int]]:
    """Return for each page (fragments, height) the positions of its running heads, feet and page numbers."""
    found: list[set[int]] = [set() for _ in sheets]
    pages = _with_zones(sheets)
    sizes = [part.size for fragments, _ in sheets for part in fragments]
    largest = LARGEST_HEAD * median(sizes) if sizes else 0.0
    repeats = _repeated(pages, largest)
    everywhere = _everywhere(pages)
    for taken, counted, repeated, (fragments, zone) in zip(found, _counting(pages), everywhere, pages, strict=True):
        taken.update(counted)
        taken.update(repeated)
        taken.update(_recurring(fragments, zone, repeats, largest))
        taken.update(_page_numbers(fragments, zone))
    for is_top in (True, False):
        for _ in range(MOST_ROWS):
            edges = [
                _edge_row(fragments, zone, taken, is_top=is_top)
                for (fragments, zone), taken in zip(pages, found, strict=True)
            ]
            slots = _slots(edges)
            for taken, row in zip(found, edges, strict=True):
                if row is not None and _in_slot(row, slots):
                    taken.update(row.positions)
            if not slots:
                break
    return [frozenset(taken) for taken in found]


def _with_zones(sheets: Sequence[tuple[Sequence[Fragment], float]]) -> list[Marginal]:
    """Return each page's fragments with the baselines above and below which running heads and feet stand."""
    shares = [_edge_share(sheets, is_top=is_top) for is_top in (True, False)]
    return [
        (
            fragments,
            (
                max(MARGIN_ZONE * height, shares[0] * height + HEIGHT_DRIFT),
                height - max(MARGIN_ZONE * height, shares[1] * height + HEIGHT_DRIFT),
            ),
        )
        for fragments, height in sheets
    ]


def _edge_share(sheets: Sequence[tuple[Sequence[Fragment], float]], *, is_top: bool) -> float:
    """Return the share of a page's height at which its outermost row stands, where most pages have one apart."""
    shares = []
    for fragments, height in sheets:
        rows = sorted({round(part.baseline) for part in fragments if part.is_upright}, reverse=not is_top)
        steps = [abs(after - before) for before, after in pairwise(rows) if abs(after - before) > 2]
        if steps and steps[0] >= SLOT_GAP * median(part.size for part in fragments):
            shares.append(rows[0] / height if is_top else 1 - rows[0] / height)
    return min(WIDEST_ZONE, median(shares)) if len(shares) > SLOT_SHARE * len(sheets) else 0.0


def _everywhere(pages: Sequence[Marginal]) -> list[set[int]]:
    """Return for each page the positions of words, or of slides' numbers, that recur at one height on most pages."""
    found: list[set[int]] = [set() for _ in pages]
    needed = max(FEWEST_EVERYWHERE, round(EVERYWHERE_SHARE * len(pages)))
    if len(pages) < needed:
        return found
    places: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for number, (fragments, _) in enumerate(pages):
        for position, part in enumerate(fragments):
            places[round(part.baseline / HEIGHT_DRIFT), part.text[:FIRST_LETTERS]].append((number, position))
    for alike in places.values():
        if len(alike) < needed:
            continue
        texts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, position in alike:
            text = pages[number][0][position].text
            if sum(map(str.isalpha, text)) >= FEWEST_LETTERS and caption_label(text) is None:
                texts[_SLIDE_NUMBER.sub("", text)].append((number, position))
        for same in texts.values():
            if len({number for number, _ in same}) >= needed:
                for number, position in same:
                    found[number].add(position)
    return found


def _repeated(pages: Sequence[Marginal], largest: float) -> dict[str, list[float]]:
    """Return the marginal texts, numbers masked, that recur at one height, with their baselines."""
    heights: dict[str, list[float]] = defaultdict(list)
    for fragments, zone in pages:
        outer = _outer_rows(fragments)
        seen = {
            (_likeness(fragment, outer, largest), round(fragment.baseline, 1))
            for fragment in fragments
            if fragment.is_upright and _in_margin(fragment, zone)
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


def _recurring(
    fragments: Sequence[Fragment], zone: Zone, repeats: dict[str, list[float]], largest: float
) -> Iterable[int]:
    outer = _outer_rows(fragments)
    for position, fragment in enumerate(fragments):
        if fragment.is_upright and _in_margin(fragment, zone):
            baselines = repeats.get(_likeness(fragment, outer, largest), ())
            if any(abs(fragment.baseline - baseline) <= HEIGHT_DRIFT for baseline in baselines):
                yield position


def _counting(pages: Sequence[Marginal]) -> list[set[int]]:
    """Return for each page the positions of marginal or outermost numbers that rise by one from page to page."""
    offsets: Counter[int] = Counter()
    numbers: list[list[tuple[int, int]]] = []
    for index, (fragments, zone) in enumerate(pages):
        outer = _outer_rows(fragments)
        marginal = [
            (position, int(part.text) - index)
            for position, part in enumerate(fragments)
            if len(part.text) <= 5
            and part.text.isdecimal()
            and part.is_upright
            and (_in_margin(part, zone) or not outer[0] < part.baseline < outer[1])
        ]
        offsets.update({offset for _, offset in marginal})
        numbers.append(marginal)
    if not offsets:
        return [set() for _ in pages]
    (usual, count), *_ = offsets.most_common(1)
    is_usual = count >= _needed(len(pages), REPEAT_SHARE)
    return [{position for position, offset in page if is_usual and offset == usual} for page in numbers]


def _page_numbers(fragments: Sequence[Fragment], zone: Zone) -> set[int]:
    """Return the page number's position: alone on the page's first or last line, in the margin."""
    first, last = _outer_rows(fragments)
    rows = [part for part in fragments if part.is_upright and not first < part.baseline < last]
    return {
        position
        for position, fragment in enumerate(fragments)
        if fragment.is_upright
        and _in_margin(fragment, zone)
        and not first < fragment.baseline < last
        and _PAGE_NUMBER.match(fragment.text)
        and not (fragment.text.startswith("(") and _ends_row(fragment, rows))
    }


def _ends_row(fragment: Fragment, rows: Sequence[Fragment]) -> bool:
    """Return whether something stands before a fragment on its line, as a formula before its number."""
    return any(
        part.box.x1 <= fragment.box.x0 and abs(part.baseline - fragment.baseline) <= fragment.size for part in rows
    )


def _edge_row(fragments: Sequence[Fragment], zone: Zone, taken: set[int], *, is_top: bool) -> Row | None:
    """Return the page's first or last row that is not taken yet, if it stands in the margin apart from the text."""
    left = [(part, at) for at, part in enumerate(fragments) if part.is_upright and at not in taken]
    if not left:
        return None
    edge = min(part.baseline for part, _ in left) if is_top else max(part.baseline for part, _ in left)
    row = [(part, at) for part, at in left if abs(part.baseline - edge) <= 2]
    if not _in_margin(row[0][0], zone):
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


def _likeness(fragment: Fragment, outer: Zone, largest: float) -> str:
    """Return a fragment's text for comparison, without its numbers.

    In large type inside of the page's outer rows a number is a heading's, and makes it another one.
    """
    is_outer = fragment.baseline <= outer[0] or fragment.baseline >= outer[1]
    return _masked(fragment.text) if is_outer or fragment.size <= largest else fragment.text


def _outer_rows(fragments: Sequence[Fragment]) -> Zone:
    """Return the baselines down to the first and from the second of which a page's first and last rows stand."""
    baselines = [part.baseline for part in fragments if part.is_upright]
    return (min(baselines) + 3, max(baselines) - 3) if baselines else (0.0, 0.0)


def _masked(text: str) -> str:
    return _MARKS.sub("", _NUMBER.sub("#", text.casefold())).replace("#", "") or "#"


def _in_margin(fragment: Fragment, zone: Zone) -> bool:
    return fragment.baseline < zone[0] or fragment.baseline > zone[1]
