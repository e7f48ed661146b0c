"""Which text objects of a page might be hidden, and how: cheap tests on how they are painted and what lies around them.

Suspicion is no verdict: white type on a dark table head is suspected and seen. What is suspected is looked at on the
drawn page (`contrast`).
"""

from __future__ import annotations

from enum import IntFlag

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.geometry import Floats
from ingest.pdf.hidden.painting import Covers, Paint, Surroundings, Texts

CLOSE_COLOUR = 24.0
"""Levels of 255, in the channel that differs most: twice what `contrast` takes for the least that can be seen."""
COVERED_SHARE = 0.5
"""Of a text object's box under later paint."""
LYING_SHARE = 0.3
"""Of a text object's box over earlier paint in its own colour."""
CLIP_TOLERANCE = 0.5
"""Points by which type may reach over its clip's edge."""
MOST_PAIRS = 2_000_000
"""Pairs of cover and text compared a page; beyond, all text is suspected."""
WHITE = 255.0
_TILING = 191
"""pdfium's name for a pattern in its own colours is this grey."""
_STROKED = (pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP)
_BOTH = (pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE, pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE_CLIP)


class Suspicion(IntFlag):
    """Why a text object might not be seen; the lowest bit that holds names the reason."""

    NONE = 0
    INVISIBLE_MODE = 1
    TRANSPARENT = 2
    CLIPPED = 4
    BEHIND_IMAGE = 8
    BEHIND_PAINT = 16
    LAYER = 32
    NO_INK = 64
    CLIPPING = 128
    COLOUR = 256
    UNKNOWN = 512


def suspicions(paint: Paint, around: Surroundings, boxes: Floats) -> NDArray[np.int64]:
    """Return each text object's suspicions as bits.

    Args:
        paint: one row an object.
        around: what the page holds, its texts in the same rows.
        boxes: (n, 4) left, bottom, right, top in user space; an object without characters has none (left > right).
    """
    texts, covers = around.texts, around.covers
    colours = _shown_colours(paint)
    found = np.zeros(len(boxes), dtype=np.int64)
    found[paint.modes == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE] |= Suspicion.INVISIBLE_MODE
    found[paint.modes == pdfium.FPDF_TEXTRENDERMODE_CLIP] |= Suspicion.CLIPPING
    found[colours[:, 3] * (WHITE - colours[:, :3].min(axis=1)) <= CLOSE_COLOUR] |= Suspicion.COLOUR
    found[(colours[:, :3] == _TILING).all(axis=1)] |= Suspicion.COLOUR
    found[colours[:, 3] * WHITE <= CLOSE_COLOUR] |= Suspicion.TRANSPARENT
    found[paint.is_transparent & (colours[:, 3] == 1)] |= Suspicion.UNKNOWN
    found[texts.is_odd] |= Suspicion.UNKNOWN
    found[_is_cut(texts.clips, boxes)] |= Suspicion.CLIPPED
    if len(covers.order):
        found |= _by_covers(texts, colours, covers, boxes)
    if not around.is_whole:
        found |= Suspicion.UNKNOWN
    found[boxes[:, 0] > boxes[:, 2]] = Suspicion.NONE
    return found


def _shown_colours(paint: Paint) -> Floats:
    """Return the colour that stands out most of each object's paint: red, green, blue in levels, alpha from 0 to 1."""
    fills, strokes = paint.fills.astype(np.float64), paint.strokes.astype(np.float64)
    fills[:, 3] /= WHITE
    strokes[:, 3] /= WHITE
    ink = np.stack([(WHITE - part[:, :3].min(axis=1)) * part[:, 3] for part in (fills, strokes)])
    use_stroke = np.isin(paint.modes, _STROKED) | (np.isin(paint.modes, _BOTH) & (ink[1] > ink[0]))
    return np.where(use_stroke[:, None], strokes, fills)


def _is_cut(clips: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Return which boxes reach over their clips by more than a little."""
    is_low = boxes[:, :2] < clips[:, :2] - CLIP_TOLERANCE
    is_high = boxes[:, 2:] > clips[:, 2:] + CLIP_TOLERANCE
    return np.asarray((is_low | is_high).any(axis=1), dtype=bool)


def _by_covers(texts: Texts, colours: Floats, covers: Covers, boxes: Floats) -> NDArray[np.int64]:
    """Return what lies over each text object, and whether what lies under it has its colour."""
    found = np.zeros(len(boxes), dtype=np.int64)
    kept = np.flatnonzero(covers.colours[:, 3] > 0)
    if not len(kept):
        return found
    if len(kept) * len(boxes) > MOST_PAIRS:
        return np.full(len(boxes), int(Suspicion.UNKNOWN), dtype=np.int64)
    shares, is_wide = _overlaps(covers.boxes[kept], boxes)
    dense = shares * covers.density[kept, None]
    is_wide &= covers.density[kept, None] >= COVERED_SHARE
    order = covers.order[kept, None]
    is_later, is_earlier = order >= texts.order[None, :], order <= texts.order[None, :]
    is_image = covers.is_image[kept, None]
    is_behind = ((dense * is_later).sum(axis=0) >= COVERED_SHARE) | (is_wide & is_later).any(axis=0)
    found[is_behind] |= Suspicion.BEHIND_PAINT
    found[is_behind & (is_later & is_image & (shares > 0)).any(axis=0)] |= Suspicion.BEHIND_IMAGE
    under = np.flatnonzero(((dense >= LYING_SHARE) | is_wide) & is_earlier)
    cover_at, text_at = np.unravel_index(under, dense.shape)
    distance = np.abs(covers.colours[kept[cover_at], :3] - colours[text_at, :3]).max(axis=1) * colours[text_at, 3]
    is_near = (distance <= CLOSE_COLOUR) | ~covers.is_plain[kept[cover_at]]
    found[np.unique(text_at[is_near])] |= Suspicion.COLOUR
    return found


def _overlaps(covers: Floats, boxes: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (covers, texts): the share of each text's box in each cover's, and whether it holds a letter or two."""
    width = np.minimum(covers[:, None, 2], boxes[None, :, 2]) - np.maximum(covers[:, None, 0], boxes[None, :, 0])
    height = np.minimum(covers[:, None, 3], boxes[None, :, 3]) - np.maximum(covers[:, None, 1], boxes[None, :, 1])
    width, height = np.clip(width, 0, None), np.clip(height, 0, None)
    sides = boxes[:, 2:] - boxes[:, :2]
    em = np.maximum(sides.min(axis=1), 0.01)
    is_wide = (np.minimum(width, height) >= COVERED_SHARE * em) & (np.maximum(width, height) >= em)
    return width * height / np.maximum(sides.prod(axis=1), 0.01), is_wide
