"""Narrow text beside wide text: article information, margin notes, a column that an abstract's box pushes aside.

Such text is no column of the page: it ends where a line crosses its edge, and the rest of the page is set otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.pdf.fragments import Fragment
from ingest.pdf.geometry import Floats, share_of

WIDE_LINE = 0.45
"""Share of the text's width from which a line belongs to the main text beside a sidebar."""
EDGE_ZONE = (0.08, 0.42)
"""Shares of the text's width between which the main text is set in from the page's text where a sidebar stands."""
EDGE_DRIFT = 3.0
"""Points by which the main text's lines may begin apart."""
RAGGED_DRIFT = 72.0
"""The same for their ends."""
NARROWEST = 100.0
"""Points; narrower text has no room for a sidebar."""
FEWEST_MAIN_LINES = 4
FEWEST_ROWS = 3
FEWEST_LETTERS = 20
ALIGNED_SHARE = 0.6
"""Of a sidebar's rows on the baselines of the main text's, from which it is taken for a list's terms or a table."""
FEWEST_INFORMATION = 2
INFORMATION_PAGES = 2
LONGEST_STEP = 2.4
"""In ems: the distance of baselines over which a sidebar goes on."""
_INFORMATION = re.compile(
    r"^(?:article (?:info|history)|received|revised|accepted|published|available online|submitted|edited by|editors?\b|"
    r"reviewed by|academic editor|\*?correspond|citation|cite this|specialty section|keywords|key words|doi\b|"
    r"licen[sc]e|copyright|©|open access|how to cite|issn|• ?(?:review|repository|archive)|software|handling editor|"
    r"e-?mails?\b)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sidebar:
    """Where narrow text stands beside wide text: from `top` to `bottom`, left or right of `edge`, in points."""

    top: float
    bottom: float
    edge: float
    is_left: bool

    def holds(self, fragment: Fragment) -> bool:
        """Return whether a fragment is part of the sidebar."""
        return self.is_at_side(fragment) and self.is_beside(fragment)

    def is_at_side(self, fragment: Fragment) -> bool:
        """Return whether a fragment stands wholly on the sidebar's side of the edge, at whatever height."""
        return fragment.box.x1 <= self.edge if self.is_left else fragment.box.x0 >= self.edge

    def is_beside(self, fragment: Fragment) -> bool:
        """Return whether a fragment stands at the sidebar's height."""
        return self.top < (fragment.box.y0 + fragment.box.y1) / 2 < self.bottom


def find_sidebar(fragments: Sequence[Fragment]) -> Sidebar | None:
    """Return the sidebar of a page, or None."""
    upright = [part for part in fragments if part.is_upright]
    if len(upright) < FEWEST_MAIN_LINES + FEWEST_ROWS:
        return None
    table = np.array([(part.box.x0, part.box.x1, part.box.y0, part.box.y1) for part in upright])
    left, right = share_of(table[:, 0], 0.02), share_of(table[:, 1], 0.98)
    for is_left in (True, False):
        along = table if is_left else np.column_stack((-table[:, 1], -table[:, 0], table[:, 2], table[:, 3]))
        drift = EDGE_DRIFT if is_left else RAGGED_DRIFT
        for top, bottom, edge in _spans(along, left if is_left else -right, right - left, drift=drift):
            sidebar = _trimmed(Sidebar(top, bottom, edge if is_left else -edge, is_left), upright)
            if _is_text([part for part in upright if sidebar.holds(part)], upright, sidebar):
                return sidebar
    return None


def information_of(sidebar: Sidebar, fragments: Sequence[Fragment], *, page: int) -> frozenset[int]:
    """Return the positions of a sidebar's fragments if it says what journals say of an article: dates, editors, DOI.

    It may run past a heading that hangs into the margin, so what goes on above and below in small steps belongs to it.
    """
    held = [part for part in fragments if sidebar.holds(part)]
    told = sum(bool(_INFORMATION.match(part.text)) for part in held)
    if page > INFORMATION_PAGES or told < FEWEST_INFORMATION:
        return frozenset()
    beside = [part for part in fragments if part.is_upright and sidebar.is_at_side(part)]
    top, bottom = _grown(held, beside)
    return frozenset(
        place
        for place, part in enumerate(fragments)
        if part.is_upright and sidebar.is_at_side(part) and top <= part.baseline <= bottom
    )


def _grown(held: Sequence[Fragment], beside: Sequence[Fragment]) -> tuple[float, float]:
    """Return the first and last baseline that are reached from those held in small steps."""
    top, bottom = min(part.baseline for part in held), max(part.baseline for part in held)
    ordered = sorted(beside, key=lambda part: part.baseline)
    for part in ordered:
        if bottom < part.baseline <= bottom + LONGEST_STEP * part.size:
            bottom = part.baseline
    for part in reversed(ordered):
        if top > part.baseline >= top - LONGEST_STEP * part.size:
            top = part.baseline
    return top, bottom


def _trimmed(sidebar: Sidebar, upright: Sequence[Fragment]) -> Sidebar:
    """Leave out what stands above or below the main text, but where the sidebar goes on in small steps."""
    main = [part for part in upright if sidebar.is_beside(part) and not sidebar.is_at_side(part)]
    side = [part for part in upright if sidebar.holds(part)]
    first, last = min(part.box.y0 for part in main), max(part.box.y1 for part in main)
    held = [part for part in side if part.box.y1 > first and part.box.y0 < last]
    if not held:
        return sidebar
    top, bottom = _grown(held, side)
    return replace(sidebar, top=min(first, top) - 1.0, bottom=max(last, bottom) + 1.0)


def _spans(table: Floats, start: float, width: float, *, drift: float) -> list[tuple[float, float, float]]:
    """Return top, bottom and edge of the stretches in which wide lines are set in and nothing crosses their edge.

    Args:
        table: x0, x1, y0, y1 of each fragment, the sidebar to the left.
        start: where the page's text begins.
        width: of the page's text.
        drift: how far apart the main text's lines may begin.
    """
    inset = table[:, 0] - start
    is_main = (table[:, 1] - table[:, 0] >= WIDE_LINE * width) & (inset > EDGE_ZONE[0] * width)
    is_main &= inset < EDGE_ZONE[1] * width
    if width < NARROWEST or is_main.sum() < FEWEST_MAIN_LINES:
        return []
    begins = np.sort(table[is_main, 0])
    counts = np.searchsorted(begins, begins + drift, side="right") - np.arange(len(begins))
    edge = float(begins[int(counts.argmax())]) - 1.0
    is_main &= (table[:, 0] >= edge) & (table[:, 0] <= edge + 1.0 + drift)
    crosses = (table[:, 0] < edge - 1.0) & (table[:, 1] > edge + EDGE_DRIFT)
    middles = (table[:, 2] + table[:, 3]) / 2
    bounds = np.concatenate(([middles.min() - 1.0], np.sort(middles[crosses]), [middles.max() + 1.0]))
    held, _ = np.histogram(middles[is_main], bins=bounds)
    places = np.flatnonzero(held >= FEWEST_MAIN_LINES).tolist()
    return [(float(bounds[place]), float(bounds[place + 1]), edge) for place in places]


def _is_text(side: Sequence[Fragment], upright: Sequence[Fragment], sidebar: Sidebar) -> bool:
    """Return whether what stands beside the main text is text of its own: no numbers, no terms, no table's cells."""
    words = [part for part in side if sum(letter.isalpha() for letter in part.text) >= 3]
    if len({round(part.baseline) for part in words}) < FEWEST_ROWS:
        return False
    if sum(len(part.text) for part in words) < FEWEST_LETTERS:
        return False
    if sum(bool(_INFORMATION.match(part.text)) for part in words) >= FEWEST_INFORMATION:
        return True
    baselines = np.sort([part.baseline for part in upright if sidebar.is_beside(part) and not sidebar.holds(part)])
    own = np.array([part.baseline for part in words])
    after = np.searchsorted(baselines, own).clip(max=len(baselines) - 1)
    distance = np.minimum(np.abs(baselines[after] - own), np.abs(baselines[(after - 1).clip(min=0)] - own))
    return bool((distance < 0.8).mean() < ALIGNED_SHARE)
