"""Running heads and feet, page numbers, line numbers and marginal stamps: what a page carries besides its text."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from ingest.pdf.fragments import Fragment

MARGIN_ZONE = 0.12
"""Share of the page's height, at the top and at the bottom, in which running heads and feet stand."""
LEAST_REPEATS = 3
REPEAT_SHARE = 0.2
"""Share of the pages on which a running head recurs at least (left and right pages differ, chapters change)."""
HEIGHT_DRIFT = 6.0
"""Points by which a running head's baseline differs between pages, at most."""
FEWEST_LINE_NUMBERS = 8
RUBY_RATIO = 1.7
_KANA = re.compile(r"^[\u3040-\u30ff ]{1,20}$")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"^[-–—\[(]?\s*(\d{1,5}|[ivxlc]{1,7})\s*[-–—\])]?$|^(page|p\.)\s*\d+(\s*(of|/)\s*\d+)?$", re.I
)


def furniture_of(pages: Sequence[tuple[Sequence[Fragment], float]]) -> list[frozenset[int]]:
    """Return for each page (fragments, height) the positions of the fragments that are furniture."""
    repeats = _repeated(pages)
    return [
        frozenset(
            position
            for position, fragment in enumerate(fragments)
            if not fragment.is_upright or position in lone or _is_running(fragment, height, repeats)
        )
        for fragments, height in pages
        for lone in [_page_numbers(fragments, height) | _line_numbers(fragments) | _ruby(fragments)]
    ]


def _repeated(pages: Sequence[tuple[Sequence[Fragment], float]]) -> dict[str, list[float]]:
    """Return the marginal texts, digits masked, that recur at one height, with their baselines."""
    heights: dict[str, list[float]] = defaultdict(list)
    for fragments, height in pages:
        seen = {
            (_masked(fragment.text), round(fragment.baseline, 1))
            for fragment in fragments
            if fragment.is_upright and _in_margin(fragment, height)
        }
        for text, baseline in seen:
            heights[text].append(baseline)
    needed = 2 if len(pages) <= 4 else max(LEAST_REPEATS, round(REPEAT_SHARE * len(pages)))
    kept: dict[str, list[float]] = {}
    for text, baselines in heights.items():
        bins = Counter(round(value / HEIGHT_DRIFT) for value in baselines)
        usual = [value for value in baselines if bins[round(value / HEIGHT_DRIFT)] >= max(2, needed // 2)]
        if len(usual) >= needed and text:
            kept[text] = usual
    return kept


def _is_running(fragment: Fragment, height: float, repeats: dict[str, list[float]]) -> bool:
    if not _in_margin(fragment, height):
        return False
    baselines = repeats.get(_masked(fragment.text), ())
    return any(abs(fragment.baseline - baseline) <= HEIGHT_DRIFT for baseline in baselines)


def _page_numbers(fragments: Sequence[Fragment], height: float) -> set[int]:
    """Return the page number's position: alone on the page's first or last line, in the margin."""
    upright = [fragment for fragment in fragments if fragment.is_upright]
    if not upright:
        return set()
    first = min(fragment.baseline for fragment in upright)
    last = max(fragment.baseline for fragment in upright)
    return {
        position
        for position, fragment in enumerate(fragments)
        if fragment.is_upright
        and _PAGE_NUMBER.match(fragment.text)
        and _in_margin(fragment, height)
        and (fragment.baseline >= last - 3 or fragment.baseline <= first + 3)
    }


def _line_numbers(fragments: Sequence[Fragment]) -> set[int]:
    """Return the numbers that count a manuscript's lines, left or right of the text."""
    numbers = [(position, part) for position, part in enumerate(fragments) if part.text.isdecimal() and part.is_upright]
    if len(numbers) < FEWEST_LINE_NUMBERS:
        return set()
    words = [part.box for part in fragments if part.is_upright and len(part.text) > 20]
    if not words:
        return set()
    left, right = min(box.x0 for box in words), max(box.x1 for box in words)
    outside = [(position, part) for position, part in numbers if part.box.x1 < left + 1 or part.box.x0 > right - 1]
    ordered = sorted(outside, key=lambda pair: pair[1].baseline)
    values = [int(part.text) for _, part in ordered]
    rising = sum(0 < after - before <= 5 for before, after in itertools.pairwise(values))
    if len(values) < FEWEST_LINE_NUMBERS or rising < 0.8 * (len(values) - 1):
        return set()
    return {position for position, _ in outside}


def _ruby(fragments: Sequence[Fragment]) -> set[int]:
    """Return the small kana set over kanji to say how they are read."""
    small = [(position, part) for position, part in enumerate(fragments) if _KANA.match(part.text)]
    return {
        position
        for position, part in small
        if any(
            other.size >= RUBY_RATIO * part.size
            and -0.2 * other.size < other.box.y0 - part.box.y1 < 0.5 * other.size
            and other.box.x0 < part.box.x1
            and part.box.x0 < other.box.x1
            for other in fragments
        )
    }


def _masked(text: str) -> str:
    return _DIGITS.sub("#", text.casefold()).strip()


def _in_margin(fragment: Fragment, height: float) -> bool:
    return fragment.baseline < MARGIN_ZONE * height or fragment.baseline > (1 - MARGIN_ZONE) * height
