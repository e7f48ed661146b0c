"""The words of a part of a page with their places: what a table's rows and columns are found from.

A line's fragments are too coarse for it: neighbouring columns often stand closer than words of a loose line do.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from indexes.records import Box
from ingest.pdf.characters import Glyphs
from ingest.pdf.geometry import Floats
from ingest.pdf.lettering import clean
from ingest.pdf.mending import pick
from ingest.pdf.scripts import SMALLER, with_superscripts

WORD_GAP = 0.18
"""In ems; a wider gap ends a word even where the page's text has no space."""
LARGEST_SHIFT = 0.65
"""In ems; superscripts stay in their word, the next line does not."""
SAME_LINE = 0.45
"""In ems: words whose baselines are this close stand on one line."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in the reading frame; `bold` is whether most of it is."""

    text: str
    box: Box
    baseline: float
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        """The x of its centre."""
        return (self.box.x0 + self.box.x1) / 2


def words_in(glyphs: Glyphs, area: Box) -> list[Word]:
    """Return the upright words whose characters' centres lie in the area, in the page's content order."""
    x, y = (glyphs.x0 + glyphs.x1) / 2, glyphs.baseline - 0.3 * glyphs.size
    inside = (x >= area.x0) & (x <= area.x1) & (y >= area.y0) & (y <= area.y1) & glyphs.is_upright
    chosen = np.flatnonzero(inside)
    if not len(chosen):
        return []
    glyphs = pick(glyphs, chosen)
    starts = np.flatnonzero(_starts(glyphs, chosen))
    stops = np.append(starts[1:], len(chosen))
    sizes, baselines = _measures(glyphs, starts, stops)
    codes = with_superscripts(glyphs, starts, stops, sizes=sizes, baselines=baselines)
    codes = np.where(((codes >= 0xD800) & (codes < 0xE000)) | (codes < 0) | (codes > 0x10FFFF), 0xFFFD, codes)
    text = codes.astype("<u4").tobytes().decode("utf-32-le")
    bold = np.array([run.font.is_bold for run in glyphs.runs], dtype=bool)[glyphs.run]
    found = []
    for place, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        letters = clean(text[start:stop]).replace("\u0002", "-")
        if letters:
            box = _box(glyphs, slice(start, stop), float(baselines[place]), float(sizes[place]))
            is_bold = bool(2 * bold[start:stop].sum() > stop - start)
            found.append(Word(letters, box, float(baselines[place]), float(sizes[place]), is_bold))
    return found


def _starts(glyphs: Glyphs, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    size = glyphs.size.clip(min=0.1)
    largest = np.maximum(size[1:], size[:-1])
    gap = (glyphs.x0[1:] - glyphs.x1[:-1]) / largest
    is_next = (np.abs(np.diff(glyphs.baseline)) > LARGEST_SHIFT * largest) | (gap > WORD_GAP) | (gap < -1.5)
    raised = (glyphs.baseline[:-1] - glyphs.baseline[1:]) / largest
    is_power = (size[1:] < SMALLER * size[:-1]) & (raised > 0.15) & (raised <= LARGEST_SHIFT) & (gap < WORD_GAP)
    is_next |= (glyphs.space_before[1:] | (np.diff(places) > 1)) & ~is_power
    return np.concatenate(([True], is_next))


def _measures(glyphs: Glyphs, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return each word's main size and the baseline of its characters of that size."""
    sizes, baselines = [], []
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        own = glyphs.size[start:stop]
        size = float(np.sort(own)[(stop - start) // 2]) if stop - start > 2 else float(own.max())
        main = np.sort(glyphs.baseline[start:stop][np.abs(own - size) <= 0.05 * size + 0.01])
        sizes.append(size)
        baselines.append(float(main[len(main) // 2]))
    return np.array(sizes), np.array(baselines)


def _box(glyphs: Glyphs, part: slice, baseline: float, size: float) -> Box:
    """Bound the characters; mathematical fonts claim far more height than their type size allows."""
    y0 = max(float(glyphs.y0[part].min()), baseline - 1.05 * size)
    y1 = min(float(glyphs.y1[part].max()), baseline + 0.4 * size)
    return Box(float(glyphs.x0[part].min()), min(y0, y1), float(glyphs.x1[part].max()), max(y0, y1))


def lines_of_words(words: list[Word]) -> list[list[Word]]:
    """Group words by baseline, lines from the top down, words from left to right.

    A superscript that stands alone (a smaller word just above a line) goes to the line it touches.
    """
    if not words:
        return []
    usual = median(word.size for word in words)
    lines: list[list[Word]] = []
    for word in sorted((one for one in words if one.size > 0.8 * usual), key=lambda one: one.baseline):
        if lines and word.baseline - lines[-1][0].baseline <= SAME_LINE * min(word.size, lines[-1][0].size):
            lines[-1].append(word)
        else:
            lines.append([word])
    for word in (one for one in words if one.size <= 0.8 * usual):
        near = min(lines, key=lambda line: abs(line[0].baseline - word.baseline), default=None)
        if near is not None and abs(near[0].baseline - word.baseline) <= 0.6 * near[0].size:
            near.append(word)
        else:
            lines.append([word])
    lines.sort(key=lambda line: line[0].baseline)
    return [sorted(line, key=lambda word: word.box.x0) for line in lines]
