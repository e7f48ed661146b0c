"""A page's glyphs as drawn into glyphs as read: nothing twice, accents on their letters, lost ligatures found again.

Works on whole arrays; pages without such faults come back as they are.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.characters import Glyphs
from ingest.pdf.lettering import SPACING_ACCENTS, combining

DOUBLE_SHIFT = 0.12
"""In ems: the same character again this close is one letter drawn twice to look bold; the narrowest letters advance
0.2 em and more."""
SAME_PLACE = 0.005
"""Points; what pdfium reads from one glyph shares its box exactly."""
SAME_BASELINE = 0.3
"""In ems, between an accent and the letter under it."""
MOST_ACCENTS = 0.1
"""Share of a page's characters; where there are more, its fonts give the wrong letters and none are accents."""
NEIGHBOURS = 64
"""Characters before and after an accent among which its letter is sought: some files draw a line's accents last."""
_UNDOTTED = {"ı": "i", "ȷ": "j"}
_IS_ACCENT = np.isin(np.arange(max(SPACING_ACCENTS) + 2), list(SPACING_ACCENTS))
_LIGATURE_CODES = {0x0B: 0xFB00, 0x0C: 0xFB01, 0x0E: 0xFB03, 0x0F: 0xFB04}
"""Where TeX's text fonts keep ff, fi, ffi and ffl. Fonts without names for their letters give these bare codes."""


def mend(glyphs: Glyphs) -> Glyphs:
    """Return the page's glyphs without doubles and lone accents, ligatures in place of TeX's codes for them."""
    if not len(glyphs.codes):
        return glyphs
    return with_ligatures(with_accents(without_doubles(glyphs)))


def without_doubles(glyphs: Glyphs) -> Glyphs:
    """Drop characters drawn again over themselves; the first of each stays."""
    rows = np.clip(np.round(glyphs.baseline), 0, 0xFFFF).astype(np.int64)
    order = np.argsort((glyphs.codes << 40) | (rows << 24) | np.clip(glyphs.x0 * 64, 0, 0xFFFFFF).astype(np.int64))
    same_code = np.diff(glyphs.codes[order]) == 0
    reach = DOUBLE_SHIFT * glyphs.size[order][1:]
    step = np.abs(np.diff(glyphs.x0[order]))
    near = (step <= reach) & (np.abs(np.diff(glyphs.baseline[order])) <= reach)
    is_one_glyph = (np.abs(np.diff(order)) <= 2) & (step < SAME_PLACE)  # "ff" read from a ligature
    pairs = np.flatnonzero(same_code & near & ~is_one_glyph)
    if not len(pairs):
        return glyphs
    is_kept = np.ones(len(glyphs.codes), dtype=bool)
    is_kept[np.maximum(order[pairs], order[pairs + 1])] = False
    return pick(glyphs, np.flatnonzero(is_kept))


def with_accents(glyphs: Glyphs) -> Glyphs:
    """Join accents that were set as characters of their own to the letters that they stand over."""
    accents = np.flatnonzero(_IS_ACCENT[glyphs.codes.clip(0, len(_IS_ACCENT) - 1)])
    if not 0 < len(accents) <= MOST_ACCENTS * len(glyphs.codes) + 1:
        return glyphs
    codes, order, is_kept = glyphs.codes.copy(), np.arange(len(glyphs.codes)), np.ones(len(glyphs.codes), dtype=bool)
    for accent in accents.tolist():
        window = range(max(accent - NEIGHBOURS, 0), min(accent + NEIGHBOURS + 1, len(codes)))
        letter = _letter_under(glyphs, accent, window)
        if letter is None:
            continue
        base = chr(int(codes[letter]))
        mark = combining(chr(int(codes[accent])))
        joined = unicodedata.normalize("NFC", _UNDOTTED.get(base, base) + mark)
        if len(joined) == 1:
            codes[letter], is_kept[accent] = ord(joined), False
        elif letter == accent + 1:
            codes[accent] = ord(mark)
            order[accent], order[letter] = letter, accent
        elif letter == accent - 1:
            codes[accent] = ord(mark)
    spaces = glyphs.space_before.copy()
    for accent in accents.tolist():
        after = accent + 1
        if not is_kept[accent] and after < len(spaces) and glyphs.x0[after] < glyphs.x1[accent]:
            spaces[after] |= spaces[accent]
        elif order[accent] != accent:
            spaces[after], spaces[accent] = spaces[accent] or spaces[after], False
    return pick(replace(glyphs, codes=codes, space_before=spaces), order[is_kept[order]])


def _letter_under(glyphs: Glyphs, accent: int, window: range) -> int | None:
    """Return the letter whose box holds the accent's middle on its baseline, the nearest in the page's order."""
    size = float(glyphs.size[accent])
    middle = float(glyphs.x0[accent] + glyphs.x1[accent]) / 2
    part = slice(window.start, window.stop)
    is_under = (glyphs.x0[part] - 0.02 * size <= middle) & (middle <= glyphs.x1[part] + 0.02 * size)
    is_under &= np.abs(glyphs.baseline[part] - glyphs.baseline[accent]) <= SAME_BASELINE * size
    near = (np.flatnonzero(is_under) + window.start).tolist()
    letters = [place for place in near if place != accent and chr(int(glyphs.codes[place])).isalpha()]
    return min(letters, key=lambda place: (abs(place - accent), -place)) if letters else None


def with_ligatures(glyphs: Glyphs) -> Glyphs:
    """Put ligatures for the codes at which TeX's fonts keep them, where they stand beside a letter in a word."""
    places = np.flatnonzero((glyphs.codes >= 0x0B) & (glyphs.codes <= 0x0F) & (glyphs.codes != 0x0D))
    if not len(places):
        return glyphs
    is_lower = (glyphs.codes >= 0x61) & (glyphs.codes <= 0x7A)
    joins_next = np.append(is_lower[1:] & ~glyphs.space_before[1:], False)
    joins_last = np.insert(is_lower[:-1], 0, False) & ~glyphs.space_before
    codes = glyphs.codes.copy()
    for place in places[(joins_next | joins_last)[places]].tolist():
        codes[place] = _LIGATURE_CODES[int(codes[place])]
    return replace(glyphs, codes=codes)


def pick(glyphs: Glyphs, places: NDArray[np.int64]) -> Glyphs:
    """Return the glyphs at these places, in this order."""
    count = len(glyphs.codes)
    arrays: dict[str, Any] = {
        field.name: value[places]
        for field in fields(glyphs)
        if isinstance(value := getattr(glyphs, field.name), np.ndarray) and len(value) == count
    }
    return replace(glyphs, **arrays)
