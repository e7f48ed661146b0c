"""Characters into fragments: what stands on one baseline without a wide gap, in the order of the page's content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.records import Box
from ingest.pdf.characters import Glyphs
from ingest.pdf.lettering import SPACING_ACCENTS, clean, combining, is_cjk

WIDEST_GAP = 1.6
"""In ems: a wider gap ends the fragment. Justified lines stay whole, table cells and columns come apart."""
LARGEST_SHIFT = 0.65
"""In ems: superscripts and subscripts stay on their line, the next line does not."""
LARGEST_STEP_BACK = 1.5
LOST_SPACE = 0.3
"""In ems: a gap this wide between Latin letters is a space even where pdfium saw none."""
MATH_SYMBOLS = frozenset(map(ord, "=+<>≤≥≈∑∏∫∂∇∈∉∀∃∞√±×·∝≡⊂⊆∪∩→←⇒⇔αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ|∥^−"))


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of a line in the reading frame. `bold`, `italic` and `math` are shares of its characters."""

    text: str
    box: Box
    baseline: float
    size: float
    bold: float
    italic: float
    math: float
    order: int
    is_upright: bool


def fragments_of(glyphs: Glyphs) -> tuple[Fragment, ...]:
    """Cut a page's characters where the baseline, the direction or the distance jumps."""
    count = len(glyphs.codes)
    if not count:
        return ()
    starts = np.flatnonzero(_breaks(glyphs))
    stops = np.append(starts[1:], count)
    text, offsets = _spaced_text(glyphs, starts)
    fonts = [run.font for run in glyphs.runs]
    bold = np.array([font.is_bold for font in fonts], dtype=float)[glyphs.run]
    italic = np.array([font.is_italic for font in fonts], dtype=float)[glyphs.run]
    math = np.array([font.is_math for font in fonts], dtype=float)[glyphs.run]
    math = np.maximum(math, np.isin(glyphs.codes, list(MATH_SYMBOLS)))
    found = []
    for order, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        words = clean(text[offsets[start] : offsets[stop]])
        if not words:
            continue
        if SPACING_ACCENTS.intersection(glyphs.codes[start:stop].tolist()):
            words = clean(_with_accents(glyphs, start, stop))
        size, baseline = _main_size(glyphs.size[start:stop], glyphs.baseline[start:stop])
        found.append(
            Fragment(
                text=words,
                box=_box(glyphs, start, stop, size, baseline),
                baseline=baseline,
                size=size,
                bold=float(bold[start:stop].mean()),
                italic=float(italic[start:stop].mean()),
                math=float(math[start:stop].mean()),
                order=order,
                is_upright=bool(glyphs.is_upright[start]),
            )
        )
    return tuple(found)


def _breaks(glyphs: Glyphs) -> NDArray[np.bool_]:
    """Return for each character whether a fragment starts with it."""
    largest = np.maximum(glyphs.size[1:], glyphs.size[:-1]).clip(min=0.1)
    gap = (glyphs.x0[1:] - glyphs.x1[:-1]) / largest
    shift = np.abs(np.diff(glyphs.baseline)) / largest
    turned = glyphs.is_upright[1:] != glyphs.is_upright[:-1]
    sideways = ~glyphs.is_upright[1:] & ~glyphs.is_upright[:-1]
    jumps = (shift > LARGEST_SHIFT) | (gap > WIDEST_GAP) | (gap < -LARGEST_STEP_BACK)
    distance = np.abs(np.diff(glyphs.x0)) + np.abs(np.diff(glyphs.y0))
    jumps = np.where(sideways, distance > 3 * largest, jumps)
    return np.concatenate(([True], jumps | turned))


def _spaced_text(glyphs: Glyphs, starts: NDArray[np.int64]) -> tuple[str, NDArray[np.int64]]:
    """Return the page's text with its spaces, and where each character (and the end) stands in it."""
    codes = glyphs.codes.copy()
    codes[(codes >= 0xD800) & (codes < 0xE000)] = 0xFFFD
    codes[(codes < 0) | (codes > 0x10FFFF)] = 0xFFFD
    is_latin = codes < 0x2E80
    gap = (glyphs.x0[1:] - glyphs.x1[:-1]) / glyphs.size[1:].clip(min=0.1)
    is_lost = np.concatenate(([False], (gap > LOST_SPACE) & is_latin[1:] & is_latin[:-1] & glyphs.is_upright[1:]))
    spaces = glyphs.space_before | is_lost
    spaces[starts] = False
    places = np.flatnonzero(spaces)
    text = np.insert(codes, places, 0x20).astype("<u4").tobytes().decode("utf-32-le")
    offsets = np.arange(len(codes) + 1) + np.concatenate((np.cumsum(spaces), [len(places)]))
    return text, offsets - np.concatenate((spaces.astype(np.int64), [0]))


def _with_accents(glyphs: Glyphs, start: int, stop: int) -> str:
    """Join accents that were set as characters of their own over the letter they belong to."""
    letters: list[str] = []
    pending = ""
    for index in range(start, stop):
        letter = chr(int(glyphs.codes[index]))
        if index > start and glyphs.space_before[index] and not pending:
            letters.append(" ")
        overlaps_next = index + 1 < stop and glyphs.x0[index + 1] < glyphs.x1[index] - 0.2 * glyphs.size[index]
        if ord(letter) in SPACING_ACCENTS and overlaps_next and chr(int(glyphs.codes[index + 1])).isalpha():
            pending = combining(letter)
            continue
        letters.append(("i" if letter == "ı" and pending else letter) + pending)
        pending = ""
    return "".join(letters)


def _main_size(sizes: np.ndarray, baselines: np.ndarray) -> tuple[float, float]:
    """Return the size and baseline that most of the characters share."""
    middle = float(np.sort(sizes)[len(sizes) // 2])
    on_main = np.abs(sizes - middle) < 0.05 * max(middle, 0.1)
    return round(middle, 2), float(np.median(baselines[on_main]))


def _box(glyphs: Glyphs, start: int, stop: int, size: float, baseline: float) -> Box:
    """Return the fragment's box, its height kept to what the type size allows (mathematical fonts claim far more)."""
    x0, x1 = float(glyphs.x0[start:stop].min()), float(glyphs.x1[start:stop].max())
    y0, y1 = float(glyphs.y0[start:stop].min()), float(glyphs.y1[start:stop].max())
    if glyphs.is_upright[start]:
        y0, y1 = max(y0, baseline - 1.05 * size), min(y1, baseline + 0.4 * size)
    return Box(x0, min(y0, y1), x1, max(y0, y1))


def ends_without_space(text: str, following: str) -> bool:
    """Return whether two lines join with no space between them, as Japanese does."""
    return bool(text) and bool(following) and is_cjk(text[-1]) and is_cjk(following[0])
