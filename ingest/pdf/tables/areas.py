"""Where a page's tables stand: between the rules next to a caption, or the rows of cells under it.

A table is looked for only beside a caption that names it ("Table 2", "TABLE II", "表1"): without one, lettering of
figures, title pages and forms pass for tables far more often than tables lack captions.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from indexes.records import Box
from ingest.pdf.columns import find_gutter
from ingest.pdf.fragments import Fragment
from ingest.pdf.shapes import CAPTION, word_count
from ingest.pdf.tables.rulings import Rule, Rulings

SHORTEST_FRAME = 60.0
"""Points; the rule over a footnote is shorter, and so is what underlines a word."""
CAPTION_STEP = 1.75
"""In ems: the steps between a caption's lines and from there to its table's first rule are at most this, or that."""
CAPTION_REACH = 3.4
MOST_CAPTION_LINES = 14
SLACK = 5.0
"""Points by which the rules of one table may differ at their ends."""
INSIDE = 0.6
"""Share of a rule that must lie over or under the first one to be of the same table."""
WIDER = 1.2
"""A rule this much longer than the first is another thing's: a footer's, the page's."""
FULL_SHARE = 0.9
"""Share of the table's width from which a rule runs through all of it."""
PROSE_WIDTH = 0.75
HALF = 0.38
"""Share of the width that the line of each of two columns takes."""
PROSE_WORDS = 6
COLUMN_WORDS = 10
"""Words in a row that is two columns of prose beside each other; no rule bounds the table there."""
PROSE_ROWS = 3
"""So many rows in a run, each one piece of `PROSE_WORDS` over most of the width, are a paragraph and no cells."""
ROW_STEP = 3.2
"""In ems: a wider step ends a table that no rule closes."""
FEWEST_ROWS = 3
_TABLE_LABELS = ("table", "tab", "表")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Caption:
    """Where a table's caption begins: its label as statements name it, and the place of its first line."""

    label: str
    box: Box
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Area:
    """A table's place on the page; `is_ruled` where rules bound it."""

    caption: Caption
    box: Box
    is_ruled: bool


@dataclass(frozen=True, slots=True)
class PageRows:
    """A page's upright fragments by baseline, for finding what stands between two heights."""

    parts: tuple[Fragment, ...]
    baselines: tuple[float, ...]

    def between(self, x0: float, x1: float, y0: float, y1: float) -> list[list[Fragment]]:
        """Return the rows of fragments whose middles lie in the box, from the top down."""
        first, last = bisect_left(self.baselines, y0), bisect_right(self.baselines, y1 + 20.0)
        rows: list[list[Fragment]] = []
        for part in self.parts[first:last]:
            middle = (part.box.x0 + part.box.x1) / 2
            if not (x0 <= middle <= x1 and y0 <= part.baseline - 0.3 * part.size <= y1):
                continue
            if rows and part.baseline - rows[-1][0].baseline <= 0.5 * min(part.size, rows[-1][0].size):
                rows[-1].append(part)
            else:
                rows.append([part])
        return rows


def page_rows(fragments: Sequence[Fragment]) -> PageRows:
    """Sort the upright fragments by baseline."""
    parts = tuple(sorted((part for part in fragments if part.is_upright), key=lambda part: part.baseline))
    return PageRows(parts, tuple(part.baseline for part in parts))


def table_captions(fragments: Sequence[Fragment]) -> list[Caption]:
    """Return the captions of tables among the fragments."""
    found = []
    for part in fragments:
        if part.is_upright and (label := table_label(part.text)):
            found.append(Caption(label, part.box, part.baseline, part.size))
    return found


def table_label(text: str) -> str | None:
    """Return "Table 2", "Supplementary Table 1" or "表1" when the text begins as such a caption does."""
    if text[:1] not in "TtSsEe表":
        return None
    found = CAPTION.match(text)
    name = found["label"].casefold().rstrip(".") if found else ""
    if found is None or name not in _TABLE_LABELS:
        return None
    before = _SPACES.sub(" ", text[: found.start("label")]).capitalize()
    return f"表{found['number']}" if name == "表" else f"{before.title()}Table {found['number']}"


def table_areas(fragments: Sequence[Fragment], rulings: Rulings, captions: Sequence[Caption]) -> list[Area]:
    """Return at most one place for each caption; none of them overlap."""
    rows = page_rows(fragments)
    options = []
    for order, caption in enumerate(captions):
        for is_below in (True, False):
            found = _ruled_area(caption, rulings, rows, is_below=is_below)
            if found is not None:
                options.append((*found, order))
    chosen: dict[int, Area] = {}
    for _, box, order in sorted(options, key=lambda option: option[0]):
        if order not in chosen and not any(_overlap(box, area.box) for area in chosen.values()):
            chosen[order] = Area(captions[order], box, is_ruled=True)
    gutter = find_gutter(fragments) if len(chosen) < len(captions) else None
    for order, caption in enumerate(captions):
        if order in chosen:
            continue
        open_box = _open_area(caption, rows, gutter)
        if open_box is not None and not any(_overlap(open_box, area.box) for area in chosen.values()):
            chosen[order] = Area(caption, open_box, is_ruled=False)
    return [chosen[order] for order in sorted(chosen)]


def _overlap(one: Box, other: Box) -> bool:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return width > 2 and height > 2


def _ruled_area(caption: Caption, rulings: Rulings, rows: PageRows, *, is_below: bool) -> tuple[float, Box] | None:
    """Return the distance from the caption and the box that rules below (or above) it bound."""
    reach = [rule for rule in rulings.across if rule.length >= SHORTEST_FRAME and _is_beside(rule, caption)]
    if is_below:
        ahead = [rule for rule in reach if rule.at > caption.baseline]
    else:
        ahead = [rule for rule in reversed(reach) if rule.at < caption.box.y0 + 0.2 * caption.size]
    if not ahead:
        return None
    first = ahead[0]
    distance = _distance_below(caption, first, rows) if is_below else _distance_above(caption, first, rows)
    if distance is None:
        return None
    box = _frame(first, rulings, rows, is_below=is_below)
    return (distance, box) if box is not None else None


def _is_beside(rule: Rule, caption: Caption) -> bool:
    """Return whether the caption stands over or under the rule."""
    shared = min(rule.end, caption.box.x1) - max(rule.start, caption.box.x0)
    return shared >= 0.5 * min(rule.length, caption.box.x1 - caption.box.x0)


def _distance_below(caption: Caption, rule: Rule, rows: PageRows) -> float | None:
    """Return how far below the caption's last line the rule is, in ems; None where other text stands between."""
    x0, x1 = min(rule.start, caption.box.x0) - 2, max(rule.end, caption.box.x1) + 2
    last = caption.baseline
    between = rows.between(x0, x1, caption.baseline + 0.3 * caption.size, rule.at)
    if len(between) > MOST_CAPTION_LINES:
        return None
    for row in between:
        if row[0].baseline - last > CAPTION_STEP * caption.size or table_label(row[0].text) is not None:
            return None
        last = row[0].baseline
    distance = (rule.at - last) / caption.size
    return distance if distance <= CAPTION_REACH else None


def _distance_above(caption: Caption, rule: Rule, rows: PageRows) -> float | None:
    top = caption.baseline - 0.75 * caption.size
    distance = (top - rule.at) / caption.size
    if distance > CAPTION_REACH or rows.between(rule.start, rule.end, rule.at, top - 1):
        return None
    return max(distance, 0.0)


def _frame(first: Rule, rulings: Rulings, rows: PageRows, *, is_below: bool) -> Box | None:
    """Follow the rules from the first one away from the caption, while what stands between them is no prose."""
    sign = 1 if is_below else -1
    start, end, last = first.start, first.end, first.at
    closing, full = first.at, 1
    for rule in rulings.across if is_below else reversed(rulings.across):
        is_beside = min(rule.end, end) - max(rule.start, start) >= INSIDE * rule.length
        if not is_beside or rule.length > WIDER * (end - start) or sign * (rule.at - last) <= 0:
            continue
        between = rows.between(start, end, min(last, rule.at), max(last, rule.at))
        if _is_foreign(between, end - start) or (not between and abs(rule.at - last) > 40):
            break
        if end - start < rule.length <= WIDER * (end - start):
            start, end = min(start, rule.start), max(end, rule.end)
        last = rule.at
        if rule.length >= FULL_SHARE * (end - start):
            closing, full = rule.at, full + 1
    if is_below and full <= 2:
        closing = _past_header(first.at, closing, start, end, rows)
    if abs(closing - first.at) < 12:
        return None
    return Box(start - SLACK, min(first.at, closing), end + SLACK, max(first.at, closing))


def _is_foreign(rows: Sequence[Sequence[Fragment]], width: float) -> bool:
    """Return whether a paragraph or another caption stands among the rows."""
    run = 0
    for row in rows:
        widest = max(row, key=lambda part: part.box.x1 - part.box.x0)
        if CAPTION.match(row[0].text) and row[0].text[0] in "TtFfSsEeA表図":
            return True
        is_prose = widest.box.x1 - widest.box.x0 >= PROSE_WIDTH * width and word_count(widest.text) >= PROSE_WORDS
        run = run + 1 if (is_prose and len(row) == 1) or _is_of_two_columns(row, width) else 0
        if run >= PROSE_ROWS:
            return True
    return False


def _is_of_two_columns(row: Sequence[Fragment], width: float) -> bool:
    """Return whether a row is a line of prose in each of two columns."""
    return len(row) == 2 and all(
        part.box.x1 - part.box.x0 >= HALF * width and word_count(part.text) >= PROSE_WORDS // 2 for part in row
    )


def _past_header(top: float, closing: float, start: float, end: float, rows: PageRows) -> float:
    """Return the end of a table whose last rule stands under its header: with the rows of cells that follow."""
    inside = rows.between(start, end, top, closing)
    if len(inside) > 3:
        return closing
    following = rows.between(start - SLACK, end + SLACK, closing, closing + 700)
    last = closing
    previous = closing
    for row in following:
        is_prose = sum(word_count(part.text) for part in row) >= COLUMN_WORDS
        if row[0].baseline - previous > ROW_STEP * row[0].size or len(row) < 2 or is_prose:
            break
        previous = row[0].baseline
        last = max(part.box.y1 for part in row)
    return last


def _open_area(caption: Caption, rows: PageRows, gutter: float | None) -> Box | None:
    """Return the box of the rows of cells under a caption, where no rule bounds them."""
    x0, x1 = 0.0, 1e6
    if gutter is not None and caption.box.x1 < gutter + 2:
        x1 = gutter
    elif gutter is not None and caption.box.x0 > gutter - 2:
        x0 = gutter
    below = rows.between(x0, x1, caption.baseline + 0.3 * caption.size, caption.baseline + 700)
    at = next((place for place, row in enumerate(below[: MOST_CAPTION_LINES + 1]) if len(row) >= 2), None)
    if at is None:
        return None
    last = caption.baseline
    for row in below[:at]:
        if row[0].baseline - last > CAPTION_STEP * caption.size:
            return None
        last = row[0].baseline
    if below[at][0].baseline - last > ROW_STEP * caption.size:
        return None
    table = _run_of_cells(below[at:])
    if sum(len(row) >= 2 for row in table) < FEWEST_ROWS:
        return None
    parts = [part for row in table for part in row]
    return Box(
        min(part.box.x0 for part in parts) - 1,
        min(part.baseline - part.size for part in table[0]),
        max(part.box.x1 for part in parts) + 1,
        max(part.baseline + 0.35 * part.size for part in table[-1]),
    )


def _run_of_cells(rows: Sequence[Sequence[Fragment]]) -> list[Sequence[Fragment]]:
    """Return the leading rows that hold cells; a single one between such rows may be a group's name."""
    kept: list[Sequence[Fragment]] = []
    loose = 0
    for row in rows:
        step = row[0].baseline - kept[-1][0].baseline if kept else 0.0
        if step > ROW_STEP * row[0].size or CAPTION.match(row[0].text):
            break
        is_cells = len(row) >= 2
        if not is_cells and (word_count(row[0].text) >= PROSE_WORDS or loose >= 1):
            break
        loose = 0 if is_cells else loose + 1
        kept.append(row)
    while kept and len(kept[-1]) < 2:
        kept.pop()
    return kept
