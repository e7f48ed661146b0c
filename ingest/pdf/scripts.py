"""Raised digits as Unicode superscripts, where plain ones would say something else: "10" with a raised "8" is a power
and not 108, and a word with a raised "12" cites a reference and is not called "models12".

Raised digits after a unit or a symbol ("cm2", "Fe2+", "mA g-1") and lowered ones ("MoS2", "CO2") stay plain, as people
write and search them; no number is misread by that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.characters import Glyphs
from ingest.pdf.geometry import Floats

SMALLER = 0.86
"""Superscripts are set in type at most this large, relative to the line's."""
RAISED = (0.15, 0.75)
"""In ems of the line: how far their baseline is above the line's."""
LONGEST = 12
"""Characters; a longer run of small raised type is no exponent and no citation."""
SHORTEST_WORD = 3
"""Letters; what has fewer is a unit, a symbol or an element."""
_FORMS = dict(zip("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾", strict=True))
_BETWEEN = ",;–-−"
"""What stands between citations; it has no raised form that a reader would know."""


def with_superscripts(
    glyphs: Glyphs, starts: NDArray[np.int64], stops: NDArray[np.int64], *, sizes: Floats, baselines: Floats
) -> NDArray[np.int64]:
    """Return the glyphs' codes with raised digits and signs as superscripts.

    Args:
        glyphs: a page's.
        starts: the first glyph of each fragment.
        stops: one past its last.
        sizes: of each fragment's main type, in points.
        baselines: of each fragment's main type.
    """
    lengths = stops - starts
    size, baseline = np.repeat(sizes, lengths), np.repeat(baselines, lengths)
    rise = (baseline - glyphs.baseline) / size.clip(min=0.1)
    is_raised = (glyphs.size <= SMALLER * size) & (rise >= RAISED[0]) & (rise <= RAISED[1]) & glyphs.is_upright
    opens = np.zeros_like(is_raised)
    opens[starts] = is_raised[starts]  # a raised number that opens a line is a footnote's, and stays plain whole
    is_raised[starts] = False
    if not is_raised.any():
        return glyphs.codes
    codes = glyphs.codes.copy()
    edges = np.diff(is_raised.astype(np.int8), prepend=0, append=0)
    for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        if last - first <= LONGEST and not opens[first - 1]:
            raised = _raised(_text(codes[first:last]), _word_before(glyphs, first))
            codes[first:last] = [ord(letter) for letter in raised]
    return codes


def _raised(run: str, word: str) -> str:
    """Return a raised run in superscript form if it is a power or cites something, else as it is."""
    is_number = run.strip("".join(_FORMS) + ",;") == "" and any(letter.isdigit() for letter in run)
    is_power = word.isdecimal()
    is_mark = run[0].isdigit() and (len(word) >= SHORTEST_WORD or not word[-1:].isalnum())
    if not is_number or not (is_power or is_mark):
        return run
    return "".join(
        letter if place and letter in _BETWEEN else _FORMS.get(letter, letter) for place, letter in enumerate(run)
    )


def _word_before(glyphs: Glyphs, first: int) -> str:
    """Return the letters, or the digits, that stand before a glyph without a space; at least one character."""
    start = first - 1
    is_same = str.isalpha if chr(int(glyphs.codes[start])).isalpha() else str.isdecimal
    while (
        start > 0
        and first - start < SHORTEST_WORD
        and not glyphs.space_before[start]
        and is_same(chr(int(glyphs.codes[start - 1])))
    ):
        start -= 1
    return _text(glyphs.codes[start:first])


def _text(codes: NDArray[np.int64]) -> str:
    return "".join(chr(code) if 0 <= code <= 0x10FFFF else "\ufffd" for code in codes.tolist())
