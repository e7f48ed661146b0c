"""Which of a page's characters a reader sees, and what their codes and sizes really are."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.geometry import Floats

LEAST_VISIBLE_SIZE = 1.0
"""Points; smaller type cannot be read on paper, so it is hidden text."""
OCR_IMAGE_SHARE = 0.5
"""An image over this much of the page, with invisible text, is a scan with its recognised text, not a trick."""
OCR_TEXT_SHARE = 0.8
"""Share of the page's characters that are invisible on such a scan, at least."""
FIRST_HIGH_SURROGATE, FIRST_LOW_SURROGATE, AFTER_SURROGATES = 0xD800, 0xDC00, 0xE000
_SPACES = (0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x3000)

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


def is_white_space(codes: Codes) -> Flags:
    """Return which code points are white space or nothing."""
    return np.isin(codes, _SPACES) | ((codes >= 0x2000) & (codes <= 0x200B))


def is_unmapped(codes: Codes) -> Flags:
    """Return which code points say nothing: private use, control, replacement, lone surrogates."""
    private = (codes >= 0xE000) & (codes <= 0xF8FF)
    control = ((codes < 0x20) & (codes != 0x02)) | ((codes >= 0x7F) & (codes < 0xA0))
    surrogate = (codes >= FIRST_HIGH_SURROGATE) & (codes < AFTER_SURROGATES)
    unmapped: Flags = private | control | surrogate | (codes == 0xFFFD) | (codes >= 0xF0000)
    return unmapped


def join_surrogates(codes: Codes) -> tuple[Codes, Flags]:
    """Return the codes with each surrogate pair as one code point, and where the pairs' second halves stand."""
    high = (codes >= FIRST_HIGH_SURROGATE) & (codes < FIRST_LOW_SURROGATE)
    low = (codes >= FIRST_LOW_SURROGATE) & (codes < AFTER_SURROGATES)
    begins = np.flatnonzero(high[:-1] & low[1:])
    is_second_half = np.zeros(len(codes), dtype=bool)
    if not len(begins):
        return codes, is_second_half
    joined = codes.copy()
    upper, lower = codes[begins] - FIRST_HIGH_SURROGATE, codes[begins + 1] - FIRST_LOW_SURROGATE
    joined[begins] = 0x10000 + (upper << 10) + lower
    is_second_half[begins + 1] = True
    return joined, is_second_half


def trusted_sizes(sizes: Floats, boxes: Floats, object_of: NDArray[np.int64], *, object_count: int) -> Floats:
    """Replace sizes that contradict the boxes: Type 3 fonts name their size in units of their own."""
    extent = np.maximum(np.abs(boxes[:, 1] - boxes[:, 3]), np.abs(boxes[:, 0] - boxes[:, 2]))
    tallest = np.zeros(object_count)
    np.maximum.at(tallest, object_of, extent)
    tallest = tallest[object_of]
    is_wrong = (sizes < 0.3 * tallest) | (sizes > 4 * np.maximum(tallest, 0.01))
    return np.where(is_wrong, tallest, sizes)


def hidden_type(*, is_ink: Flags, is_invisible: Flags, sizes: Floats, has_scan: Callable[[], bool]) -> Flags:
    """Return which characters are set to be unseen.

    Args:
        is_ink: not white space.
        is_invisible: set in the mode that draws nothing.
        sizes: in points.
        has_scan: whether a picture covers the page; asked only when nearly all text is invisible.
    """
    is_tiny = is_ink & (sizes < LEAST_VISIBLE_SIZE)
    hidden = (is_ink & is_invisible) | is_tiny
    if hidden.sum() > OCR_TEXT_SHARE * is_ink.sum() and has_scan():
        return is_tiny
    return hidden


def covers_page(page: pypdfium2.PdfPage) -> bool:
    """Return whether one image covers most of the page."""
    return image_share(page) >= OCR_IMAGE_SHARE


def image_share(page: pypdfium2.PdfPage) -> float:
    """Return the largest image's share of the page, 0 to 1."""
    width, height = page.get_size()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    largest = 0.0
    for index in range(pdfium.FPDFPage_CountObjects(page.raw)):
        handle = pdfium.FPDFPage_GetObject(page.raw, index)
        if pdfium.FPDFPageObj_GetType(handle) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        if pdfium.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
            largest = max(largest, (right.value - left.value) * (top.value - bottom.value))
    return float(min(largest / max(width * height, 1.0), 1.0))
