"""Which of a page's characters are set to be seen, and what their codes and sizes really are.

Knows the characters alone; what is painted around them is `sight`'s.
"""

from __future__ import annotations

import ctypes

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.geometry import Floats
from ingest.pdf.hidden.regions import HiddenBy
from ingest.pdf.raw_characters import RawCharacters

LEAST_VISIBLE_SIZE = 3.0
"""Points; of 1,498 pages of real papers, one has words set smaller (2.7 points, in the boxes of a diagram)."""
LEAST_STRETCH = 0.1
"""Of the width as designed; the narrowest type on 1,498 pages of real papers is set at .45 of its width."""
LONGEST_SCRIPT = 4
"""Characters of a superscript or subscript that may be tiny beside type of readable size."""
LEAST_SCRIPT_RATIO = 0.4
"""Of the size of the type beside it; a script of a script has half."""
OCR_IMAGE_SHARE = 0.5
"""An image over this much of the page, with invisible text, is a scan with its recognised text, not a trick."""
OCR_TEXT_SHARE = 0.8
"""Share of the page's characters that are invisible on such a scan, at least."""
FIRST_HIGH_SURROGATE, FIRST_LOW_SURROGATE, AFTER_SURROGATES = 0xD800, 0xDC00, 0xE000
_SPACES = (0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, *range(0x2000, 0x200B), 0x3000)
_IS_SPACE = np.zeros(0x3002, dtype=bool)
_IS_SPACE[list(_SPACES)] = True

FIRST_UNSEEN = 0x200B
_UNSEEN = {
    HiddenBy.ZERO_WIDTH: (
        (0x200B, 0x200F), (0x202A, 0x202C), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x1D173, 0x1D17A),
    ),
    HiddenBy.OVERRIDE: ((0x202D, 0x202E),),
    HiddenBy.TAG: ((0xE0000, 0xE007F),),
    HiddenBy.SELECTOR: ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)),
}  # fmt: skip
"""Characters that no font draws, by the reason told for them. A soft hyphen is none of them: it ends lines."""

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


def is_white_space(codes: Codes) -> Flags:
    """Return which code points are white space or nothing."""
    flags: Flags = _IS_SPACE[np.clip(codes, 0, len(_IS_SPACE) - 1)]
    return flags


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


def inked(codes: Codes, unseen: NDArray[np.uint8]) -> Flags:
    """Return which characters (raw, surrogates unjoined) may leave ink: no space, no second half, nothing unseen."""
    _, is_second_half = join_surrogates(codes)
    is_ink: Flags = ~is_white_space(codes) & ~is_second_half & (unseen == 0)
    return is_ink


def unseen_codes(codes: Codes) -> NDArray[np.uint8]:
    """Return for each character (raw, surrogates unjoined) the reason for which no font draws it, or 0."""
    reasons = np.zeros(len(codes), dtype=np.uint8)
    rare = np.flatnonzero(
        (codes >= FIRST_UNSEEN)
        & ((codes <= 0x200F) | ((codes >= 0x202A) & (codes <= 0x202E)) | ((codes >= 0x2060) & (codes <= 0x206F))
           | (codes >= FIRST_HIGH_SURROGATE))
    )  # fmt: skip
    if not len(rare):
        return reasons
    joined, is_second_half = join_surrogates(codes)
    candidates, is_first = joined[rare], ~is_second_half[rare]
    for reason, spans in _UNSEEN.items():
        for first, last in spans:
            reasons[rare[(candidates >= first) & (candidates <= last) & is_first]] = reason
    selectors = np.flatnonzero(reasons == HiddenBy.SELECTOR)
    if len(selectors):
        width = 1 + is_second_half[np.minimum(selectors + 1, len(codes) - 1)]
        follows = np.append(False, np.diff(selectors) == width[:-1])
        reasons[selectors[~follows & ~np.append(follows[1:], False)]] = 0  # one alone chooses its letter's form
    return reasons


def hidden_type(raw: RawCharacters, *, is_ink: Flags) -> NDArray[np.uint8]:
    """Return for each character that is set too small to be read the reason, else 0; `is_ink` may leave ink."""
    reasons = np.zeros(len(raw.codes), dtype=np.uint8)
    sizes = sizes_of(raw)
    is_tiny = is_ink & (sizes < LEAST_VISIBLE_SIZE)
    if is_tiny.any():
        is_tiny &= ~_is_script(raw, sizes, is_ink)
    reasons[is_ink & (raw.of_runs([run.stretch for run in raw.runs]) < LEAST_STRETCH)] = HiddenBy.SQUEEZED
    reasons[is_tiny] = HiddenBy.SIZE
    return reasons


def is_scan(raw: RawCharacters, page: pypdfium2.PdfPage, *, is_ink: Flags) -> bool:
    """Return whether the page is a picture and nearly all its text an invisible layer over it: a recognised scan."""
    is_invisible = is_ink & raw.of_runs([run.is_invisible for run in raw.runs]).astype(bool)
    return bool(is_invisible.sum() > OCR_TEXT_SHARE * is_ink.sum()) and covers_page(page)


def sizes_of(raw: RawCharacters) -> Floats:
    """Return each character's size in points, as far as its box bears it out."""
    return trusted_sizes(
        raw.of_runs([run.size for run in raw.runs]), raw.boxes, raw.object_of, object_count=len(raw.firsts)
    )


def _is_script(raw: RawCharacters, sizes: Floats, is_ink: Flags) -> Flags:
    """Return which tiny characters are superscripts or subscripts: few, and close to readable type."""
    found = np.zeros(len(sizes), dtype=bool)
    ink = np.flatnonzero(is_ink)
    tiny = (sizes[ink] < LEAST_VISIBLE_SIZE).astype(np.int8)
    starts = np.flatnonzero(np.diff(tiny, prepend=0) == 1)
    stops = np.flatnonzero(np.diff(tiny, append=0) == -1) + 1
    middles = (raw.boxes[ink, 1] + raw.boxes[ink, 3]) / 2
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop - start > LONGEST_SCRIPT:
            continue
        for beside, own in ((start - 1, start), (stop, stop - 1)):
            if not 0 <= beside < len(ink):
                continue
            size = sizes[ink[beside]]
            is_level = abs(middles[beside] - middles[own]) < size
            gap = max(
                raw.boxes[ink[own], 0] - raw.boxes[ink[beside], 2], raw.boxes[ink[beside], 0] - raw.boxes[ink[own], 2]
            )
            if is_level and gap < size and sizes[ink[own]] >= LEAST_SCRIPT_RATIO * size:
                found[ink[start:stop]] = True
    return found


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
