"""Where the spaces between words stand, judged by the gaps between glyphs: neither more nor fewer than a reader sees.

pdfium reports spaces of its own making. Kerned capitals get some too many ("LLaV A"), tight lines too few, and text
set with wide letter spacing ("A B S T R A C T") has one after every letter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.characters import Glyphs

LOST_SPACE = 0.2
"""In ems: a gap this wide between Latin letters is a space even where pdfium saw none."""
LOST_BETWEEN_LETTERS = 0.14
"""The same between two letters; of 3 million such pairs that pdfium sees no space in, 1 in 5,000 are farther apart."""
LOST_BEFORE_UNIT = 0.08
"""The same between a digit and a letter, where thin spaces stand ("6 h"): 115 of 2,563 such pairs in the evaluation
papers have more than 0.1, one has between 0.04 and 0.1."""
USUAL_WORD_GAP = 0.3
"""In ems, on pages with too few spaces to measure."""
KERNED_SHARE = 0.45
"""A gap after a capital below this share of the page's median word gap is kerning, not a space."""
FEWEST_SPACES = 20
SPACED_GAP = 0.08
"""In ems: letters that stand this far apart, nearly all of a fragment's, are letterspaced."""
SPACED_SHARE = 0.9
FEWEST_SPACED = 5
"""Letters; fewer make no word to speak of."""
WIDEST_LETTERSPACE = 0.75
"""In ems; single letters farther apart head columns or are variables."""
WORD_STEP = 1.7
"""In letterspaced type a gap this many times the median is one between words."""
LATIN_END = 0x2E80

Flags = NDArray[np.bool_]


def word_spaces(glyphs: Glyphs, starts: NDArray[np.int64]) -> Flags:
    """Return for each glyph whether a space stands before it; `starts` are the first glyphs of fragments."""
    spaces = glyphs.space_before.copy()
    if len(spaces) > 1:
        gaps = (glyphs.x0[1:] - glyphs.x1[:-1]) / glyphs.size[1:].clip(min=0.1)
        is_upper, is_letter = _cases(glyphs.codes)
        is_latin = glyphs.codes < LATIN_END
        both = is_latin[1:] & is_latin[:-1] & glyphs.is_upright[1:]
        letters = is_letter[1:] & is_letter[:-1] & both
        kerned = letters & is_upper[:-1] & spaces[1:] & (gaps < KERNED_SHARE * _usual_gap(gaps, spaces[1:] & both))
        is_digit = (glyphs.codes >= 0x30) & (glyphs.codes <= 0x39)
        units = is_digit[:-1] & is_letter[1:] & both & (np.abs(np.diff(glyphs.baseline)) < 0.5)
        lost = gaps > LOST_SPACE
        lost = both & (lost | (letters & (gaps > LOST_BETWEEN_LETTERS)) | (units & (gaps > LOST_BEFORE_UNIT)))
        spaces[1:] = (spaces[1:] | lost) & ~kerned
        _space_letters(glyphs, starts, gaps, spaces, is_letter)
    spaces[starts] = False
    return spaces


def _usual_gap(gaps: NDArray[np.float64], is_space: Flags) -> float:
    """Return the page's median gap between words, in ems."""
    found = gaps[is_space & (gaps > 0) & (gaps < 1)]
    return float(np.median(found)) if len(found) >= FEWEST_SPACES else USUAL_WORD_GAP


def _cases(codes: NDArray[np.int64]) -> tuple[Flags, Flags]:
    """Return which codes are capitals and which are letters, in Latin as far as Latin Extended-A."""
    folded = codes | 0x20
    is_plain = (folded >= 0x61) & (folded <= 0x7A)
    is_accented = (codes >= 0xC0) & (codes < 0x180) & (codes != 0xD7) & (codes != 0xF7)
    is_ligature = (codes >= 0xFB00) & (codes <= 0xFB06)
    is_upper = (codes >= 0x41) & (codes <= 0x5A) | (codes >= 0xC0) & (codes <= 0xDE) & (codes != 0xD7)
    return is_upper, is_plain | is_accented | is_ligature


def _space_letters(
    glyphs: Glyphs,
    starts: NDArray[np.int64],
    gaps: NDArray[np.float64],
    spaces: Flags,
    is_letter: Flags,
) -> None:
    """Set the spaces of letterspaced fragments anew, in place."""
    lengths = np.diff(np.append(starts, len(spaces)))
    is_apart = np.concatenate(([False], (gaps > SPACED_GAP) & is_letter[1:]))
    is_apart[starts] = False
    counts = np.add.reduceat(is_apart.astype(np.int64), starts)
    for place in np.flatnonzero((lengths >= FEWEST_SPACED) & (counts >= SPACED_SHARE * (lengths - 1))).tolist():
        start, stop = int(starts[place]), int(starts[place] + lengths[place])
        inner = gaps[start : stop - 1]
        middle = float(np.median(inner))
        if middle <= WIDEST_LETTERSPACE:
            spaces[start + 1 : stop] = inner > WORD_STEP * middle
