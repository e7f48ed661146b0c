"""A page's characters with boxes, baselines, sizes and fonts, as arrays, straight from pdfium.

Knows nothing of words or lines. White space and invisible text are gone from the arrays: a space lives on as
`space_before` of the character after it, hidden characters as a count.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Sequence
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
from ingest.pdf.visibility import (
    covers_page,
    hidden_type,
    is_unmapped,
    is_white_space,
    join_surrogates,
    trusted_sizes,
)

GALLOP = 8
"""Characters stepped over at once when both ends belong to one text object (3 to 4 times fewer calls)."""


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


@dataclass(frozen=True, slots=True)
class RawCharacters:
    """A page's characters as pdfium gives them: boxes (left, top, right, bottom) and origins in user space.

    `run_of` says for each character which of `runs` it belongs to, `first_of_run` where each run begins.
    """

    frame: Frame
    codes: NDArray[np.int64]
    boxes: Floats
    run_of: NDArray[np.int64]
    runs: tuple[Run, ...]
    first_of_run: NDArray[np.int64]
    origins: Floats

    def of_runs(self, values: Sequence[float]) -> Floats:
        """Spread one value a run over its characters."""
        return np.array(values, dtype=np.float64)[self.run_of]


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
        starts, run_of = self._object_runs(text_page, count)
        raw = RawCharacters(
            frame=page_frame(page),
            codes=codes,
            boxes=boxes.astype(np.float64),
            run_of=run_of,
            runs=tuple(self._read_run(text_page, first, text_object) for first, text_object in starts),
            first_of_run=np.array([first for first, _ in starts], dtype=np.int64),
            origins=np.array([self._read_origin(text_page, first) for first, _ in starts], dtype=float).reshape(-1, 2),
        )
        return see(raw, number=number, has_scan=lambda: covers_page(page))

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


def see(raw: RawCharacters, *, number: int, has_scan: Callable[[], bool]) -> Glyphs:
    """Turn pdfium's characters into the reading frame and keep what a reader can see."""
    codes, is_second_half = join_surrogates(raw.codes)
    is_space = is_white_space(codes)
    is_ink = ~is_space & ~is_second_half
    turns = raw.of_runs([run.turns for run in raw.runs])
    sizes = trusted_sizes(raw.of_runs([run.size for run in raw.runs]), raw.boxes, raw.run_of, run_count=len(raw.runs))
    is_invisible = raw.of_runs([run.is_invisible for run in raw.runs]).astype(bool)
    hidden = hidden_type(is_ink=is_ink, is_invisible=is_invisible, sizes=sizes, has_scan=has_scan)
    votes = Counter(turns[is_ink & ~hidden & (turns >= 0)].tolist())
    total_turns = int(votes.most_common(1)[0][0]) if votes else raw.frame.page_turns
    frame = replace(raw.frame, text_turns=(total_turns - raw.frame.page_turns) % 4)
    x0, y0, x1, y1, baseline = _placed(raw, frame)
    width, height = frame.size
    hidden |= is_ink & ((x1 <= 0) | (x0 >= width) | (y1 <= 0) | (y0 >= height))
    kept = np.flatnonzero(is_ink & ~hidden)
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
        run=raw.run_of[kept],
        space_before=np.diff(np.cumsum(is_space)[kept], prepend=0) > 0,
        is_upright=(turns == total_turns)[kept],
        runs=raw.runs,
        hidden_count=int(hidden.sum()),
        unmapped_count=int(is_unmapped(codes[kept]).sum()),
    )


def _placed(raw: RawCharacters, frame: Frame) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return x0, y0, x1, y1 and baseline in the frame; each run's first character tells how far the baseline is up."""
    xa, ya = frame.place(raw.boxes[:, 0], raw.boxes[:, 1])
    xb, yb = frame.place(raw.boxes[:, 2], raw.boxes[:, 3])
    x0, x1, y0, y1 = np.minimum(xa, xb), np.maximum(xa, xb), np.minimum(ya, yb), np.maximum(ya, yb)
    _, origin_y = frame.place(raw.origins[:, 0], raw.origins[:, 1])
    baseline = y1 - (y1[raw.first_of_run] - origin_y)[raw.run_of]
    return x0, y0, x1, y1, baseline
