"""Whether characters leave a mark on the page as drawn: the page with them and without, compared where they stand.

Every look costs two drawings of a part of a page, so they are counted and bounded for each document.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.engine import bind
from ingest.pdf.geometry import Floats

LEAST_DIFFERENCE = 12
"""Levels of 255: a watermark in grey .9 differs from white by 25, "near white" .97 by 8."""
LEAST_EDGE = 30
"""Levels between the lightest and darkest pixel of a character that only clips: what is painted through it shows."""
SCALE = 2.0
"""Pixels a point; the stems of 3-point type are half a pixel wide then."""
SCAN_SCALE = 1.0
MOST_PIXELS = 2_500_000
"""Of one drawing; a page of letter size has 1.9 million at full scale."""
MOST_PAGES = 60
"""Pages of a document that are drawn; on more, what is suspected counts as unseen."""
SAMPLE_SCALE = 2.0
CHANNELS = 3
MARGIN = 2.0
"""Points drawn around the characters looked at."""

Flags = NDArray[np.bool_]


class ContrastReader:
    """Draws pages of one document, as often as its bound allows."""

    def __init__(self) -> None:
        self._set_active = bind(pdfium.FPDFPageObj_SetIsActive, ctypes.c_void_p, ctypes.c_int, returns=ctypes.c_int)
        self.pages_left = MOST_PAGES

    def leaves_mark(
        self, page: pypdfium2.PdfPage, addresses: Sequence[int], boxes: Floats, *, clips_only: Flags
    ) -> Flags | None:
        """Return for each box whether the texts at `addresses` leave a mark in it; None when the bound is used up.

        Args:
            page: it is drawn with its notes, twice.
            addresses: all the text objects under the boxes.
            boxes: (n, 4) x0, y0, x1, y1 of the page as shown, y downwards, in points.
            clips_only: which boxes are of text that only clips; there, any edge is a mark.
        """
        if self.pages_left <= 0:
            return None
        self.pages_left -= 1
        area = _area(page, boxes)
        if area is None:
            return np.zeros(len(boxes), dtype=bool)
        scale = min(SCALE, (MOST_PIXELS / max((area[2] - area[0]) * (area[3] - area[1]), 1.0)) ** 0.5)
        full = _drawn(page, area, scale)
        for address in addresses:
            self._set_active(address, 0)
        try:
            bare = _drawn(page, area, scale)
        finally:
            for address in addresses:
                self._set_active(address, 1)
        places = _pixels(boxes, area, scale, full.shape)
        marked = _marked(full, bare, places)
        for place in np.flatnonzero(clips_only).tolist():
            x0, y0, x1, y1 = places[place].tolist()
            part = full[y0:y1, x0:x1, :CHANNELS].reshape(-1, CHANNELS)
            marked[place] = len(part) > 0 and int(np.ptp(part, axis=0).max()) >= LEAST_EDGE
        return marked

    def inked_share(self, page: pypdfium2.PdfPage, address: int) -> float:
        """Return the share of a text object's columns that hold ink when it is drawn alone, 0 to 1."""
        handle = ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)
        bitmap = pdfium.FPDFTextObj_GetRenderedBitmap(page.pdf.raw, page.raw, handle, SAMPLE_SCALE)
        if not bitmap:
            return 0.0
        try:
            height, stride = pdfium.FPDFBitmap_GetHeight(bitmap), pdfium.FPDFBitmap_GetStride(bitmap)
            width = pdfium.FPDFBitmap_GetWidth(bitmap)
            pixels = np.ctypeslib.as_array(
                ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_uint8)), (height, stride)
            )
            alpha = pixels[:, 3 : 4 * width : 4]
            return float((alpha > 0).any(axis=0).mean()) if alpha.size else 0.0
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)

    def shows_edges(self, page: pypdfium2.PdfPage, boxes: Floats) -> Flags | None:
        """Return for each box (as in `leaves_mark`) whether anything is drawn in it; None when the bound is used up."""
        if self.pages_left <= 0:
            return None
        self.pages_left -= 1
        area = _area(page, boxes)
        if area is None:
            return np.zeros(len(boxes), dtype=bool)
        scale = min(SCAN_SCALE, (MOST_PIXELS / max((area[2] - area[0]) * (area[3] - area[1]), 1.0)) ** 0.5)
        grey = _drawn(page, area, scale)[:, :, :CHANNELS].astype(np.int16).mean(axis=2)
        edges = np.zeros(grey.shape, dtype=bool)
        edges[:, 1:] |= np.abs(np.diff(grey, axis=1)) >= LEAST_EDGE
        edges[1:, :] |= np.abs(np.diff(grey, axis=0)) >= LEAST_EDGE
        found: Flags = counts_in(edges, _pixels(boxes, area, scale, edges.shape)) > 0
        return found


def counts_in(flags: Flags, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of the flags are set in each of the places (x0, y0, x1, y1 in pixels)."""
    total = np.zeros((flags.shape[0] + 1, flags.shape[1] + 1), dtype=np.int32)
    inner = total[1:, 1:]
    np.cumsum(flags, axis=0, dtype=np.int32, out=inner)
    np.cumsum(inner, axis=1, out=inner)
    x0, y0, x1, y1 = places.T
    counts: NDArray[np.int64] = (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]).astype(np.int64)
    return counts


def _marked(full: NDArray[np.uint8], bare: NDArray[np.uint8], places: NDArray[np.int64]) -> Flags:
    """Return in which places a channel of the two drawings differs; only the part that changed at all is compared."""
    changed = full.view(np.uint32)[:, :, 0] != bare.view(np.uint32)[:, :, 0]
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        return np.zeros(len(places), dtype=bool)
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    differs = np.zeros(changed[part].shape, dtype=bool)
    for channel in range(CHANNELS):
        differs |= np.abs(full[*part, channel].astype(np.int16) - bare[*part, channel]) >= LEAST_DIFFERENCE
    low = np.array([columns[0], rows[0], columns[0], rows[0]])
    height, width = differs.shape
    return counts_in(differs, np.clip(places - low, 0, [width, height, width, height])) > 0


def _area(page: pypdfium2.PdfPage, boxes: Floats) -> tuple[float, float, float, float] | None:
    """Return the part of the page around the boxes, or None where nothing of them is on it."""
    width, height = page.get_size()
    x0, y0 = (max(float(value) - MARGIN, 0.0) for value in boxes[:, :2].min(axis=0))
    x1, y1 = float(boxes[:, 2].max()) + MARGIN, float(boxes[:, 3].max()) + MARGIN
    x1, y1 = min(x1, width), min(y1, height)
    return (x0, y0, x1, y1) if x1 - x0 >= 1 and y1 - y0 >= 1 else None


def _drawn(page: pypdfium2.PdfPage, area: tuple[float, float, float, float], scale: float) -> NDArray[np.uint8]:
    """Return the area's pixels, (rows, columns, 4): blue, green, red and a byte that says nothing."""
    width, height = page.get_size()
    crop = (area[0], height - area[3], width - area[2], area[1])  # left, bottom, right, top
    bitmap = page.render(scale=scale, crop=crop, may_draw_forms=False, prefer_bgrx=True)
    try:
        pixels: NDArray[np.uint8] = bitmap.to_numpy().copy()
    finally:
        bitmap.close()
    return pixels


def _pixels(
    boxes: Floats, area: tuple[float, float, float, float], scale: float, shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return the boxes in whole pixels of a drawing, at least one pixel each way, inside it."""
    low = np.floor((boxes[:, :2] - area[:2]) * scale)
    high = np.maximum(np.ceil((boxes[:, 2:] - area[:2]) * scale), low + 1)
    bounds = np.array([shape[1], shape[0]])
    return np.concatenate((np.clip(low, 0, bounds), np.clip(high, 0, bounds)), axis=1).astype(np.int64)
