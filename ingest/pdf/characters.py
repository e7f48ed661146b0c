"""A page's characters with boxes, baselines, sizes and fonts, as arrays, straight from pdfium.

Knows nothing of words or lines. White space and invisible text are gone from the arrays: a space lives on as
`space_before` of the character after it, hidden characters as a count.
"""

from __future__ import annotations

import ctypes
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Run:
    """What the characters of like text objects share; `turns` clockwise quarter turns set them upright, -1 if none."""

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

    `object_of` says for each character which text object of the page it belongs to, `origins` where each object's
    `firsts` stands, `run_of` which of `runs` a character is set in. White space has no box.
    """

    frame: Frame
    codes: NDArray[np.int64]
    boxes: Floats
    object_of: NDArray[np.int64]
    firsts: NDArray[np.int64]
    origins: Floats
    run_of: NDArray[np.int64]
    runs: tuple[Run, ...]

    def of_runs(self, values: Sequence[float]) -> Floats:
        """Spread one value a run over its characters."""
        return np.array(values, dtype=np.float64)[self.run_of]


class CharacterReader:
    """Reads pages of one document; holds the bound functions and the fonts met so far."""

    def __init__(self) -> None:
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self._text = bind(pdfium.FPDFText_GetText, pointer, index, index, address, returns=ctypes.c_int)
        self._unicode = bind(pdfium.FPDFText_GetUnicode, pointer, index, returns=ctypes.c_uint)
        self._object = bind(pdfium.FPDFText_GetTextObject, pointer, index, returns=ctypes.c_ssize_t)
        self._loose_box = bind(pdfium.FPDFText_GetLooseCharBox, pointer, index, address, returns=ctypes.c_int)
        self._origin = bind(pdfium.FPDFText_GetCharOrigin, pointer, index, address, address, returns=ctypes.c_int)
        self._matrix = bind(pdfium.FPDFText_GetMatrix, pointer, index, address, returns=ctypes.c_int)
        self._size = bind(pdfium.FPDFTextObj_GetFontSize, pointer, address, returns=ctypes.c_int)
        self._mode = bind(pdfium.FPDFTextObj_GetTextRenderMode, pointer, returns=ctypes.c_int)
        self._font = bind(pdfium.FPDFTextObj_GetFont, pointer, returns=ctypes.c_ssize_t)
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
        codes = self._codes(text_page, count)
        ink = np.flatnonzero(~is_white_space(codes))
        boxes = np.zeros((count, 4), dtype=np.float32)  # left, top, right, bottom
        addresses = (ink * boxes.shape[1] * boxes.itemsize + boxes.ctypes.data).tolist()
        _call(self._loose_box, repeat(text_page), ink.tolist(), addresses)
        firsts, objects, object_of = self._text_objects(text_page, count, ink)
        origins = np.zeros((len(firsts), 2), dtype=np.float64)
        _call(self._origin, repeat(text_page), firsts.tolist(), _rows(origins), _rows(origins, skip=8))
        runs, run_of = self._runs(text_page, firsts, objects)
        raw = RawCharacters(
            frame=page_frame(page),
            codes=codes,
            boxes=boxes.astype(np.float64),
            object_of=object_of,
            firsts=firsts,
            origins=origins,
            run_of=run_of[object_of],
            runs=runs,
        )
        return see(raw, number=number, has_scan=lambda: covers_page(page))

    def _codes(self, text_page: int, count: int) -> NDArray[np.int64]:
        """Return the characters' codes: all at once, or one by one where the page's text skips some of them."""
        text = np.zeros(count + 1, dtype=np.uint16)
        if self._text(text_page, 0, count, text.ctypes.data) == count + 1 and text[:count].all():
            return text[:count].astype(np.int64)
        return np.fromiter(map(self._unicode, repeat(text_page), range(count)), dtype=np.int64, count=count)

    def _text_objects(
        self, text_page: int, count: int, ink: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return each object's first character, its address (0 for none), and the object of each character.

        A word whose first and last character belong to one object is taken to belong to it whole: a third of the
        calls. White space counts to the object before it.
        """
        if not len(ink):
            return np.zeros(1, np.int64)[:count], np.zeros(1, np.int64)[:count], np.zeros(count, np.int64)
        breaks = np.flatnonzero(np.diff(ink) > 1)
        begins, ends = np.append(0, breaks + 1), np.append(breaks, len(ink) - 1)
        heads, tails = self._objects(text_page, ink[begins]), self._objects(text_page, ink[ends])
        lengths = ends - begins + 1
        owners = np.repeat(heads, lengths)
        mixed = np.flatnonzero(np.repeat(heads != tails, lengths))
        owners[mixed] = self._objects(text_page, ink[mixed])
        changes = np.append(0, np.flatnonzero(np.diff(owners)) + 1)
        is_first = np.zeros(count, dtype=np.int64)
        is_first[ink[changes[1:]]] = 1
        return ink[changes], owners[changes], np.cumsum(is_first)

    def _objects(self, text_page: int, indexes: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.fromiter(map(self._object, repeat(text_page), indexes.tolist()), dtype=np.int64, count=len(indexes))

    def _runs(
        self, text_page: int, firsts: NDArray[np.int64], objects: NDArray[np.int64]
    ) -> tuple[tuple[Run, ...], NDArray[np.int64]]:
        """Return the runs that the page's text objects make, and the run of each object."""
        count = len(objects)
        matrices, sizes = np.zeros((count, 6), dtype=np.float32), np.zeros((count, 1), dtype=np.float32)
        addresses = objects.tolist()
        _call(self._matrix, repeat(text_page), firsts.tolist(), _rows(matrices))  # with its form's matrix, too
        _call(self._size, addresses, _rows(sizes))
        fonts = np.fromiter(map(self._font, addresses), dtype=np.int64, count=count)
        modes = np.fromiter(map(self._mode, addresses), dtype=np.int64, count=count)
        is_invisible = modes == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        a, b, c, d = (matrices[:, column].astype(np.float64) for column in range(4))
        size = np.abs(sizes[:, 0]).astype(np.float64) * np.hypot(c, d)
        kinds, size_of = np.unique(size, return_inverse=True)
        turns = np.where(objects == 0, -1, quarter_turns(a, b))
        keys = np.stack((fonts, size_of, turns, is_invisible), axis=1)
        distinct, run_of = np.unique(keys, axis=0, return_inverse=True)
        runs = tuple(
            Run(self._fonts.read(font), float(kinds[place]), turned, bool(is_unseen))
            for font, place, turned, is_unseen in distinct.tolist()
        )
        return runs, run_of.reshape(-1)


def _rows(table: NDArray[Any], *, skip: int = 0) -> range:
    """Return the addresses of an array's rows, `skip` bytes into each."""
    step = table.shape[1] * table.itemsize
    start = table.ctypes.data + skip
    return range(start, start + step * len(table), step)


def _call(function: Callable[..., int], *arguments: Iterable[int]) -> None:
    """Call pdfium's function once for each row of arguments; what it writes is in the arrays they point into."""
    deque(map(function, *arguments), maxlen=0)


def page_frame(page: pypdfium2.PdfPage) -> Frame:
    """Return the page's frame as shown: crop box within media box, and /Rotate."""
    bounds = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page.raw, bounds):
        bounds = pdfium.FS_RECTF(0.0, 792.0, 612.0, 0.0)
    return Frame(bounds.left, bounds.bottom, bounds.right, bounds.top, pdfium.FPDFPage_GetRotation(page.raw) % 4)


def quarter_turns(a: Floats, b: Floats) -> NDArray[np.int64]:
    """Return how often text along (a, b), y upwards, must turn clockwise to run left to right; -1 when slanted."""
    is_level, is_steep = np.abs(b) <= np.abs(a) * 0.05, np.abs(a) < np.abs(b) * 0.05
    return np.select([is_steep & (b > 0), is_steep, is_level & (a > 0), is_level], [1, 3, 0, 2], default=-1)


def see(raw: RawCharacters, *, number: int, has_scan: Callable[[], bool]) -> Glyphs:
    """Turn pdfium's characters into the reading frame and keep what a reader can see."""
    codes, is_second_half = join_surrogates(raw.codes)
    is_space = is_white_space(codes)
    is_ink = ~is_space & ~is_second_half
    turns = raw.of_runs([run.turns for run in raw.runs])
    sizes = trusted_sizes(
        raw.of_runs([run.size for run in raw.runs]), raw.boxes, raw.object_of, object_count=len(raw.firsts)
    )
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
    """Return x0, y0, x1, y1 and baseline in the frame; an object's first character tells how far up its baseline is."""
    xa, ya = frame.place(raw.boxes[:, 0], raw.boxes[:, 1])
    xb, yb = frame.place(raw.boxes[:, 2], raw.boxes[:, 3])
    x0, x1, y0, y1 = np.minimum(xa, xb), np.maximum(xa, xb), np.minimum(ya, yb), np.maximum(ya, yb)
    _, origin_y = frame.place(raw.origins[:, 0], raw.origins[:, 1])
    baseline = y1 - (y1[raw.firsts] - origin_y)[raw.object_of]
    return x0, y0, x1, y1, baseline
