"""A page's characters with boxes, baselines, sizes and fonts, as arrays, straight from pdfium.

Knows nothing of words or lines. White space and invisible text are gone from the arrays: a space lives on as
`space_before` of the character after it, hidden characters as a count.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from indexes.errors import UnreadableSource
from ingest.pdf.engine import bind
from ingest.pdf.fonts import Font, FontReader
from ingest.pdf.geometry import Floats, Frame

GALLOP = 8
"""Characters stepped over at once when both ends belong to one text object (3 to 4 times fewer calls)."""
LEAST_VISIBLE_SIZE = 1.0
"""Points; smaller type cannot be read on paper, so it is hidden text."""
OCR_IMAGE_SHARE = 0.5
"""An image over this much of the page, with invisible text, is a scan with its recognised text, not a trick."""
FIRST_HIGH_SURROGATE, FIRST_LOW_SURROGATE, AFTER_SURROGATES = 0xD800, 0xDC00, 0xE000


@dataclass(frozen=True, slots=True)
class Run:
    """What one text object's characters share. `turns` is the clockwise quarter turns that set it upright, or -1."""

    font: Font
    size: float
    turns: int
    is_invisible: bool


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A page's visible characters in the order of its content, in the reading frame (y downwards).

    All arrays have one length: `codes` Unicode code points, boxes `x0 y0 x1 y1`, `baseline`, `size` in points, `run`
    an index into `runs`, `space_before` whether white space stood before the character, `is_upright` whether it runs
    left to right in the frame.
    """

    number: int
    frame: Frame
    codes: NDArray[np.int64]
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    baseline: Floats
    size: Floats
    run: NDArray[np.int64]
    space_before: NDArray[np.bool_]
    is_upright: NDArray[np.bool_]
    runs: tuple[Run, ...]
    hidden_count: int
    unmapped_count: int


class CharacterReader:
    """Reads pages of one document; holds the bound functions and the fonts met so far."""

    def __init__(self) -> None:
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self._unicode = bind(pdfium.FPDFText_GetUnicode, pointer, index, returns=ctypes.c_uint)
        self._object = bind(pdfium.FPDFText_GetTextObject, pointer, index, returns=ctypes.c_void_p)
        self._loose_box = bind(pdfium.FPDFText_GetLooseCharBox, pointer, index, address, returns=ctypes.c_int)
        self._origin = bind(pdfium.FPDFText_GetCharOrigin, pointer, index, address, address, returns=ctypes.c_int)
        self._matrix = bind(pdfium.FPDFText_GetMatrix, pointer, index, address, returns=ctypes.c_int)
        self._fonts = FontReader()

    def read(self, page: pypdfium2.PdfPage, *, number: int) -> Glyphs:
        """Return the page's visible characters.

        Raises:
            UnreadableSource: pdfium cannot read the page's text.
        """
        text_page = pdfium.FPDFText_LoadPage(page.raw)
        if not text_page:
            raise UnreadableSource(f"the text of page {number} cannot be read", hint="The page is damaged.")
        try:
            count = max(pdfium.FPDFText_CountChars(text_page), 0)
            return self._collect(page, ctypes.cast(text_page, ctypes.c_void_p).value or 0, count, number)
        finally:
            pdfium.FPDFText_ClosePage(text_page)

    def _collect(self, page: pypdfium2.PdfPage, text_page: int, count: int, number: int) -> Glyphs:
        indexes = range(count)
        codes = np.fromiter(map(self._unicode, repeat(text_page), indexes), dtype=np.int64, count=count)
        boxes = np.zeros((count, 4), dtype=np.float32)  # left, top, right, bottom
        start = boxes.ctypes.data
        for _ in map(self._loose_box, repeat(text_page), indexes, range(start, start + 16 * count, 16)):
            pass
        first_of_run, run_of = self._object_runs(text_page, count)
        return _glyphs(
            number=number,
            frame=page_frame(page),
            codes=codes,
            boxes=boxes.astype(np.float64),
            run_of=run_of,
            runs=tuple(self._read_run(text_page, first, obj) for first, obj in first_of_run),
            origins=np.array([self._read_origin(text_page, first) for first, _ in first_of_run]).reshape(-1, 2),
            first_glyphs=np.array([first for first, _ in first_of_run], dtype=np.int64),
            has_scan=lambda: image_share(page) >= OCR_IMAGE_SHARE,
        )

    def _object_runs(self, text_page: int, count: int) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
        """Return (first character, object) of each run of characters of one object, and the run of each character."""
        starts: list[tuple[int, int]] = []
        get = self._object
        position, current = 0, -1
        while position < count:
            ahead = position + GALLOP
            if current > 0 and ahead < count and get(text_page, ahead) == current:
                position = ahead + 1
                continue
            stop = min(ahead + 1, count)
            while position < stop:
                found = get(text_page, position) or 0
                if found != current:
                    starts.append((position, found))
                    current = found
                position += 1
        lengths = np.diff([first for first, _ in starts] + [count])
        return starts, np.repeat(np.arange(len(starts)), lengths)

    def _read_run(self, text_page: int, first: int, text_object: int) -> Run:
        if not text_object:
            return Run(font=self._fonts.none, size=0.0, turns=-1, is_invisible=False)
        handle = ctypes.cast(text_object, pdfium.FPDF_PAGEOBJECT)
        matrix, size = pdfium.FS_MATRIX(), ctypes.c_float()
        self._matrix(text_page, first, ctypes.addressof(matrix))  # unlike the object's, it includes its form's matrix
        pdfium.FPDFTextObj_GetFontSize(handle, size)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(handle)
        effective_size = abs(size.value) * float(np.hypot(matrix.c, matrix.d))
        return Run(
            font=self._fonts.read(pdfium.FPDFTextObj_GetFont(handle)),
            size=effective_size,
            turns=quarter_turns(matrix.a, matrix.b),
            is_invisible=mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
        )

    def _read_origin(self, text_page: int, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._origin(text_page, index, ctypes.addressof(x), ctypes.addressof(y))
        return x.value, y.value


def page_frame(page: pypdfium2.PdfPage) -> Frame:
    """Return the page's frame as shown: crop box within media box, and /Rotate."""
    bounds = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page.raw, bounds):
        bounds = pdfium.FS_RECTF(0.0, 792.0, 612.0, 0.0)
    return Frame(bounds.left, bounds.bottom, bounds.right, bounds.top, pdfium.FPDFPage_GetRotation(page.raw) % 4)


def quarter_turns(a: float, b: float) -> int:
    """Return how often text along (a, b), y upwards, must turn clockwise to run left to right; -1 when slanted."""
    if abs(a) < abs(b) * 0.05:
        return 1 if b > 0 else 3
    if abs(b) <= abs(a) * 0.05:
        return 0 if a > 0 else 2
    return -1


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
    return min(largest / max(width * height, 1.0), 1.0)


def _glyphs(*, number, frame, codes, boxes, run_of, runs, origins, first_glyphs, has_scan) -> Glyphs:  # type: ignore[no-untyped-def]
    """Turn pdfium's characters into the reading frame and keep what can be seen."""
    is_space = np.isin(codes, (0x20, 0x0D, 0x0A, 0x09, 0xA0, 0x3000, 0x00)) | ((codes >= 0x2000) & (codes <= 0x200B))
    invisible_runs = np.array([run.is_invisible for run in runs], dtype=bool)
    is_invisible = invisible_runs[run_of] if len(runs) else np.zeros(0, dtype=bool)
    turns = np.array([run.turns for run in runs], dtype=np.int64)[run_of] if len(runs) else np.zeros(0, dtype=np.int64)
    sizes = np.array([run.size for run in runs])[run_of] if len(runs) else np.zeros(0)
    heights = np.maximum(np.abs(boxes[:, 1] - boxes[:, 3]), np.abs(boxes[:, 0] - boxes[:, 2]))
    sizes = _trusted_sizes(sizes, heights, run_of, len(runs))
    is_tiny = (sizes < LEAST_VISIBLE_SIZE) & ~is_space
    hidden = (is_invisible & ~is_space) | is_tiny
    if hidden.sum() > 0.8 * (~is_space).sum() and has_scan():
        hidden = is_tiny
    votes = Counter(turns[~is_space & ~hidden & (turns >= 0)].tolist())
    total_turns = votes.most_common(1)[0][0] if votes else frame.page_turns
    frame = replace(frame, text_turns=(total_turns - frame.page_turns) % 4)
    xa, ya = frame.place(boxes[:, 0], boxes[:, 1])
    xb, yb = frame.place(boxes[:, 2], boxes[:, 3])
    x0, x1, y0, y1 = np.minimum(xa, xb), np.maximum(xa, xb), np.minimum(ya, yb), np.maximum(ya, yb)
    baseline = y1
    if len(runs):
        _, origin_y = frame.place(origins[:, 0], origins[:, 1])
        baseline = y1 - (y1[first_glyphs] - origin_y)[run_of]
    width, height = frame.size
    is_outside = (x1 <= 0) | (x0 >= width) | (y1 <= 0) | (y0 >= height)
    hidden |= is_outside & ~is_space
    keep = ~is_space & ~hidden
    kept = np.flatnonzero(keep)
    spaces_so_far = np.cumsum(is_space)
    space_before = np.diff(spaces_so_far[kept], prepend=0) > 0
    return Glyphs(
        number=number,
        frame=frame,
        codes=codes[kept],
        x0=x0[kept],
        y0=y0[kept],
        x1=x1[kept],
        y1=y1[kept],
        baseline=baseline[kept],
        size=sizes[kept],
        run=run_of[kept],
        space_before=space_before,
        is_upright=(turns == total_turns)[kept],
        runs=runs,
        hidden_count=int(hidden.sum()),
        unmapped_count=int(is_unmapped(codes[kept]).sum()),
    )


def _trusted_sizes(sizes: Floats, heights: Floats, run_of: NDArray[np.int64], run_count: int) -> Floats:
    """Replace sizes that contradict the boxes: Type 3 fonts name their size in units of their own."""
    tallest = np.zeros(run_count)
    np.maximum.at(tallest, run_of, heights)
    tallest = tallest[run_of]
    is_wrong = (sizes < 0.3 * tallest) | (sizes > 4 * np.maximum(tallest, 0.01))
    return np.where(is_wrong, tallest, sizes)


def is_unmapped(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which code points say nothing: private use, control, replacement, lone surrogates."""
    private = (codes >= 0xE000) & (codes <= 0xF8FF)
    control = (codes < 0x20) & (codes != 0x02)
    surrogate = (codes >= FIRST_HIGH_SURROGATE) & (codes < AFTER_SURROGATES)
    return private | control | surrogate | (codes == 0xFFFD) | ((codes >= 0x7F) & (codes < 0xA0)) | (codes >= 0xF0000)
