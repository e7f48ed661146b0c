"""The order in which a page's fragments are read: full-width bands, and between them columns from left to right.

A gutter is found by its emptiness: the x with most column-wide text on both sides and least text across it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ingest.pdf.fragments import Fragment
from ingest.pdf.geometry import share_of
from ingest.pdf.sidebars import Sidebar, find_sidebar

COLUMN_SHARE = 0.4
"""A fragment this wide, as a share of its side of the gutter, is a line of a column rather than a table cell."""
FEWEST_COLUMN_LINES = 4
GUTTER_ZONE = (0.2, 0.8)
"""Where a gutter may be, as shares of the text's width."""
OVERHANG = 2.0
"""Points by which a line must pass the gutter on both sides to cross it."""
LEAST_COLUMN_TEXT = 0.3
"""Share of a band's type, by the width that it takes, that must be column lines; below, the band is a wide table or
figure, read row by row. The many small signs of formulas take little width."""
TABLE_CELL_SHARE = 0.6
FEWEST_TABLE_ROWS = 4
USUAL_START = 0.12
"""Share of a column's lines that begin at one x, from which lines there may be the column's first."""
WHOLE_LINE = 0.85
"""Share of its side of the gutter that a line fills if it cannot be one of several authors side by side."""
_OPENS_BODY = re.compile(r"^(abstract|summary|introduction|[1I]\.?\s+\S|概要|要旨|はじめに)", re.I)
LONGEST_LEADING = 1.7
"""In ems: the distance of baselines over which one column goes on."""
GUTTER_DRIFT = 12.0
"""Points by which the gutters of one document's pages may differ."""


@dataclass(frozen=True, slots=True)
class Region:
    """Fragments that are read together, row by row. `column` is "" for full width, else a path such as "l" or "rl"."""

    column: str
    fragments: tuple[Fragment, ...]


def find_gutter(fragments: Sequence[Fragment], *, within_column: bool = False) -> float | None:
    """Return the x of the widest-read gutter, or None when the page is set in one column.

    Inside a column there is one only if more type stands beside it than across it: a table's cells alone make none.
    """
    upright = [fragment for fragment in fragments if fragment.is_upright]
    if len(upright) < 2 * FEWEST_COLUMN_LINES:
        return None
    x0 = np.array([fragment.box.x0 for fragment in upright])
    x1 = np.array([fragment.box.x1 for fragment in upright])
    weight = np.array([fragment.size for fragment in upright])
    left_edge, right_edge = share_of(x0, 0.02), share_of(x1, 0.98)
    width = right_edge - left_edge
    if width < 100:
        return None
    grid = np.arange(left_edge + GUTTER_ZONE[0] * width, left_edge + GUTTER_ZONE[1] * width, 1.0)[:, None]
    is_left, is_right = x1 <= grid + OVERHANG, x0 >= grid - OVERHANG
    left_lines = is_left & (x1 - x0 >= COLUMN_SHARE * (grid - left_edge))
    right_lines = is_right & (x1 - x0 >= COLUMN_SHARE * (right_edge - grid))
    crossing = ~is_left & ~is_right
    score = (weight * left_lines).sum(1) + (weight * right_lines).sum(1) - (weight * crossing).sum(1)
    enough = np.minimum(left_lines.sum(1), right_lines.sum(1)) >= FEWEST_COLUMN_LINES
    if within_column:
        enough &= score > 0
    if not enough.any():
        return None
    score = np.where(enough, score, -np.inf)
    best = np.flatnonzero(score == score.max())
    run = best[: int(np.argmax(np.append(np.diff(best) > 1, True))) + 1]
    return float(grid[run].mean())


def agree_on_gutters(gutters: Sequence[float | None]) -> float | None:
    """Return the gutter that most of a document's pages share, for the pages where none was found."""
    found = [gutter for gutter in gutters if gutter is not None]
    if len(found) < max(2, 0.4 * len(gutters)):
        return None
    middle = median(found)
    close = [gutter for gutter in found if abs(gutter - middle) < GUTTER_DRIFT]
    return median(close) if len(close) >= 0.6 * len(found) else None


def reading_order(fragments: Sequence[Fragment], *, gutter: float | None) -> list[Region]:
    """Return the page's regions in reading order; a sidebar follows the text that it stands beside."""
    sidebar = find_sidebar(fragments)
    if sidebar is None:
        return _ordered(fragments, gutter, "")
    beside = [part for part in fragments if sidebar.is_beside(part)]
    above = [part for part in fragments if (part.box.y0 + part.box.y1) / 2 <= sidebar.top]
    below = [part for part in fragments if (part.box.y0 + part.box.y1) / 2 >= sidebar.bottom]
    if gutter is not None and abs(gutter - sidebar.edge) < GUTTER_DRIFT:
        gutter = find_gutter([*above, *below])
    main = [part for part in beside if not sidebar.holds(part)]
    side = Region("s", tuple(part for part in beside if sidebar.holds(part)))
    first = _ordered(above, gutter, "") + _ordered(main, find_gutter(main), "m")
    return first + _with_sidebar(side, _ordered(below, gutter, ""), sidebar)


def _with_sidebar(side: Region, below: list[Region], sidebar: Sidebar) -> list[Region]:
    """Put a sidebar before what follows, or before the column that it is the top of."""
    place = 0
    if not sidebar.is_left and len(below) > 1 and below[0].column == "l" and below[1].column == "r":
        last, first = max(side.fragments, key=_middle), min(below[1].fragments, key=_middle)
        is_near = first.baseline - last.baseline <= LONGEST_LEADING * last.size
        place = 1 if is_near and abs(first.size - last.size) < 0.05 * last.size else 0
    return [*below[:place], side, *below[place:]]


def _ordered(fragments: Sequence[Fragment], gutter: float | None, column: str) -> list[Region]:
    if gutter is None or len(column) > 2:
        return [Region(column, tuple(fragments))] if fragments else []
    regions: list[Region] = []
    for is_across, band in _split_tables(_split_heads(_bands(fragments, gutter), gutter), gutter):
        if is_across or _is_wide_matter(band, gutter):
            regions.append(Region(column, tuple(band)))
            continue
        for side, part in zip("lr", _sides(band, gutter), strict=True):
            regions.extend(_ordered(part, find_gutter(part, within_column=True), column + side))
    return regions


def _split_heads(bands: list[tuple[bool, list[Fragment]]], gutter: float) -> list[tuple[bool, list[Fragment]]]:
    """Part rows above the columns' first lines from them: authors stand side by side, neither in a column."""
    beside = [part for is_across, band in bands if not is_across for part in band]
    if not all(_sides(beside, gutter)):
        return bands
    starts = _column_starts(beside, gutter)
    edges = min(part.box.x0 for part in beside), max(part.box.x1 for part in beside)
    split: list[tuple[bool, list[Fragment]]] = []
    for is_across, band in bands:
        opening = (_middle(part) for part in band if _opens_column(part, starts, gutter, edges))
        first = min(opening, default=None) if not is_across else None
        head = [part for part in band if first is not None and _middle(part) < first - 0.5 * part.size]
        if not all(_sides(head, gutter)):
            split.append((is_across, band))
            continue
        chosen = set(map(id, head))
        split.append((True, head))
        split.append((False, [part for part in band if id(part) not in chosen]))
    return split


def _split_tables(bands: list[tuple[bool, list[Fragment]]], gutter: float) -> list[tuple[bool, list[Fragment]]]:
    """Part runs of rows without any column-wide line from the columns above and below: tables over both columns."""
    beside = [part for is_across, band in bands if not is_across for part in band]
    if not beside:
        return bands
    edges = min(part.box.x0 for part in beside), max(part.box.x1 for part in beside)
    split: list[tuple[bool, list[Fragment]]] = []
    for is_across, band in bands:
        for is_table, rows in _table_runs(band, gutter, edges) if not is_across else [(True, [band])]:
            split.append((is_table, [part for row in rows for part in row]))
    return split


def _table_runs(
    band: Sequence[Fragment], gutter: float, edges: tuple[float, float]
) -> list[tuple[bool, list[list[Fragment]]]]:
    """Group a band's rows: (is it a table over both columns, its rows)."""
    rows: list[list[Fragment]] = []
    for part in sorted(band, key=lambda part: part.baseline):
        if rows and part.baseline - rows[-1][0].baseline <= 0.5 * part.size:
            rows[-1].append(part)
        else:
            rows.append([part])
    runs: list[tuple[bool, list[list[Fragment]]]] = []
    for row in rows:
        is_loose = not any(_is_line(part, gutter, edges, share=TABLE_CELL_SHARE) for part in row)
        if not runs or runs[-1][0] != is_loose:
            runs.append((is_loose, []))
        runs[-1][1].append(row)
    merged: list[tuple[bool, list[list[Fragment]]]] = []
    for is_loose, run in runs:
        is_table = is_loose and len(run) >= FEWEST_TABLE_ROWS and _spans_gutter(run, gutter)
        if merged and not is_table and not merged[-1][0]:
            merged[-1][1].extend(run)
        else:
            merged.append((is_table, list(run)))
    return merged


def _is_line(part: Fragment, gutter: float, edges: tuple[float, float], *, share: float) -> bool:
    side = gutter - edges[0] if (part.box.x0 + part.box.x1) / 2 < gutter else edges[1] - gutter
    return part.box.x1 - part.box.x0 >= share * side


def _spans_gutter(rows: Sequence[Sequence[Fragment]], gutter: float) -> bool:
    """Return whether most rows have cells on both sides of the gutter, and several of them on one."""
    both = [row for row in rows if all(_sides(row, gutter))]
    return len(both) >= 0.6 * len(rows) and sum(len(row) >= 3 for row in both) >= 0.5 * len(rows)


def _column_starts(fragments: Sequence[Fragment], gutter: float) -> frozenset[int]:
    """Return the x at which many lines of a column begin: its edge, and the indent of its lists and references."""
    starts: set[int] = set()
    for side in _sides(fragments, gutter):
        counts = Counter(round(part.box.x0) for part in side)
        needed = max(FEWEST_COLUMN_LINES, USUAL_START * len(side))
        starts.update(x for x, count in counts.items() if count >= needed)
        starts.update(x for x, _ in counts.most_common(1))
    return frozenset(starts)


def _opens_column(part: Fragment, starts: frozenset[int], gutter: float, edges: tuple[float, float]) -> bool:
    """Return whether a line may be a column's first: it begins where others do, or is as wide as the column."""
    side = gutter - edges[0] if (part.box.x0 + part.box.x1) / 2 < gutter else edges[1] - gutter
    is_wide = part.box.x1 - part.box.x0 >= WHOLE_LINE * side
    return is_wide or any(abs(part.box.x0 - x) <= 2.5 for x in starts) or bool(_OPENS_BODY.match(part.text))


def _bands(fragments: Sequence[Fragment], gutter: float) -> list[tuple[bool, list[Fragment]]]:
    """Cut the page at its full-width lines: (is it full width, its fragments), from the top down."""
    across = sorted((part for part in fragments if _crosses(part, gutter)), key=lambda part: part.baseline)
    beside = sorted((part for part in fragments if not _crosses(part, gutter)), key=lambda part: part.baseline)
    across = [part for part in across if not _is_overflow(part, beside, gutter)]
    chosen = set(map(id, across))
    bands: list[tuple[bool, list[Fragment]]] = []
    merged = sorted(fragments, key=lambda part: (_middle(part), part.box.x0))
    rows_across = [(part.box.y0, part.box.y1) for part in across]
    for part in merged:
        is_across = id(part) in chosen or _stands_in_row(part, rows_across)
        if not bands or bands[-1][0] != is_across:
            bands.append((is_across, []))
        bands[-1][1].append(part)
    return bands


def _stands_in_row(part: Fragment, rows: list[tuple[float, float]]) -> bool:
    """Return whether a fragment stands beside a full-width line, as an equation's number does."""
    middle = _middle(part)
    return any(y0 + 0.2 * (y1 - y0) < middle < y1 - 0.2 * (y1 - y0) for y0, y1 in rows)


def _is_overflow(part: Fragment, beside: Sequence[Fragment], gutter: float) -> bool:
    """Return whether a column's line merely sticks out over the gutter while the other column goes on beside it."""
    over_right, over_left = part.box.x1 - gutter, gutter - part.box.x0
    if min(over_right, over_left) > 0.25 * (part.box.x1 - part.box.x0):
        return False
    return any(
        other.box.y0 < _middle(part) < other.box.y1
        and (other.box.x0 > part.box.x1 - 1 if over_right < over_left else other.box.x1 < part.box.x0 + 1)
        for other in beside
    )


def _is_wide_matter(band: Sequence[Fragment], gutter: float) -> bool:
    left, right = _sides(band, gutter)
    if not left or not right:
        return False
    x0, x1 = min(part.box.x0 for part in band), max(part.box.x1 for part in band)
    total = sum(part.size * (part.box.x1 - part.box.x0) for part in band)
    edges = x0, x1
    lines = sum(
        part.size * (part.box.x1 - part.box.x0) for part in band if _is_line(part, gutter, edges, share=COLUMN_SHARE)
    )
    return lines < LEAST_COLUMN_TEXT * total


def _sides(band: Sequence[Fragment], gutter: float) -> tuple[list[Fragment], list[Fragment]]:
    left = [part for part in band if (part.box.x0 + part.box.x1) / 2 < gutter]
    right = [part for part in band if (part.box.x0 + part.box.x1) / 2 >= gutter]
    return left, right


def _crosses(part: Fragment, gutter: float) -> bool:
    return part.box.x0 < gutter - OVERHANG and part.box.x1 > gutter + OVERHANG


def _middle(part: Fragment) -> float:
    return part.baseline - 0.3 * part.size
