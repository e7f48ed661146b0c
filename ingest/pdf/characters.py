"""A page's characters with boxes, baselines, sizes and fonts, as arrays, straight from pdfium.

Knows nothing of words or lines. White space and invisible text are gone from the arrays: a space lives on as
`space_before` of the character after it, hidden characters as a count.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from indexes.errors import UnreadableSource
from ingest.pdf.calling import Handle, Scratch, all_prepared, answers, bind_bare, prepared
from ingest.pdf.fonts import FontReader
from ingest.pdf.geometry import Floats, Frame
from ingest.pdf.hidden.regions import HiddenBy, HiddenRegion, Placed, regions_of
from ingest.pdf.hidden.replacements import ReplacementReader
from ingest.pdf.hidden.sight import Sight
from ingest.pdf.hidden.visibility import is_unmapped, is_white_space, join_surrogates, sizes_of
from ingest.pdf.raw_characters import RawCharacters, Run

UNSEEN = (HiddenBy.ZERO_WIDTH, HiddenBy.TAG, HiddenBy.SELECTOR, HiddenBy.OVERRIDE)
ZERO_WIDTH_SPACE = 0x200B
"""Not seen, and still a place where words part."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A page's visible characters in the order of its content, in the reading frame (y downwards).

    All arrays have one length: `codes` Unicode code points, boxes `x0 y0 x1 y1`, `baseline`, `size` in points, `run`
    an index into `runs`, `space_before` whether white space stood before the character, `is_upright` whether it runs
    left to right in the frame. `hidden_starts` are where the hidden characters begin: x and baseline, a row each.
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
    hidden: tuple[HiddenRegion, ...] = ()
    is_recognised: bool = False
    hidden_starts: Floats = field(default_factory=lambda: np.zeros((0, 2)), compare=False)


class CharacterReader:
    """Reads pages of one document; holds the bound functions and the fonts met so far."""

    def __init__(self, *, has_layers: bool = False) -> None:
        """`has_layers` says that the document has layers, which may be switched off."""
        self._text = bind_bare(pdfium.FPDFText_GetText, returns=ctypes.c_int)
        self._unicode = bind_bare(pdfium.FPDFText_GetUnicode, returns=ctypes.c_uint)
        self._object = bind_bare(pdfium.FPDFText_GetTextObject, returns=ctypes.c_ssize_t)
        self._loose_box = bind_bare(pdfium.FPDFText_GetLooseCharBox, returns=ctypes.c_int)
        self._tight_box = bind_bare(pdfium.FPDFText_GetCharBox, returns=ctypes.c_int)
        self._origin = bind_bare(pdfium.FPDFText_GetCharOrigin, returns=ctypes.c_int)
        self._matrix = bind_bare(pdfium.FPDFText_GetMatrix, returns=ctypes.c_int)
        self._size = bind_bare(pdfium.FPDFTextObj_GetFontSize, returns=ctypes.c_int)
        self._mode = bind_bare(pdfium.FPDFTextObj_GetTextRenderMode, returns=ctypes.c_int)
        self._font = bind_bare(pdfium.FPDFTextObj_GetFont, returns=ctypes.c_ssize_t)
        self._char_count = bind_bare(pdfium.FPDFText_CountChars, returns=ctypes.c_int)
        self._scratch = Scratch()
        self._fonts = FontReader()
        self._sight = Sight(self._scratch, has_layers=has_layers)
        self._replacements = ReplacementReader()

    def read(self, page: pypdfium2.PdfPage, *, number: int) -> Glyphs:
        """Return the page's visible characters.

        Raises:
            UnreadableSource: pdfium cannot read the page's text.
        """
        with _text_of(page, number) as text_page:
            raw = self._collect(page, text_page)
            taken = self._replacements.take_off(raw)
            if not taken:
                return see(raw.with_reasons(self._sight.look(page, raw)), number=number)
        with _text_of(page, number) as text_page:
            lies = self._replacements.lies(text_page, raw, taken)
            raw = self._collect(page, text_page) if lies else raw
            glyphs = see(raw.with_reasons(self._sight.look(page, raw)), number=number)
        return replace(glyphs, hidden=(*glyphs.hidden, *lies))

    def _collect(self, page: pypdfium2.PdfPage, text_page: Handle) -> RawCharacters:
        count = max(self._char_count(text_page), 0)
        codes = self._codes(text_page, count)
        ink = np.flatnonzero(~is_white_space(codes))
        boxes = np.zeros((count, 4), dtype=np.float64)  # left, top, right, bottom
        boxes[ink] = self._scratch.rows(self._loose_box, text_page, ink.tolist(), columns=4)
        firsts, objects, object_of = self._text_objects(text_page, count, ink)
        places = ([text_page] * len(firsts), firsts.tolist())
        origins = self._scratch.columns(self._origin, *places, dtype=np.float64, columns=2)
        tight = self._scratch.columns(self._tight_box, *places, dtype=np.float64, columns=4)
        fonts, modes, runs, run_of = self._runs(text_page, firsts, objects)
        return RawCharacters(
            frame=page_frame(page),
            codes=codes,
            boxes=boxes,
            object_of=object_of,
            firsts=firsts,
            addresses=objects,
            fonts=fonts,
            modes=modes,
            origins=origins,
            tight=tight,
            run_of=run_of[object_of],
            runs=runs,
            reasons=np.zeros(count, dtype=np.uint8),
        )

    def _codes(self, text_page: Handle, count: int) -> NDArray[np.int64]:
        """Return the characters' codes: all at once, or one by one where the page's text skips some of them."""
        text = np.zeros(count + 1, dtype=np.uint16)
        if self._text(text_page, 0, count, prepared(text.ctypes.data)) == count + 1 and text[:count].all():
            return text[:count].astype(np.int64)
        return answers(self._unicode, repeat(text_page), range(count), count=count)

    def _text_objects(
        self, text_page: Handle, count: int, ink: NDArray[np.int64]
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

    def _objects(self, text_page: Handle, indexes: NDArray[np.int64]) -> NDArray[np.int64]:
        return answers(self._object, repeat(text_page), indexes.tolist(), count=len(indexes))

    def _runs(
        self, text_page: Handle, firsts: NDArray[np.int64], objects: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[Run, ...], NDArray[np.int64]]:
        """Return each object's font and mode, the runs that the objects make, and the run of each object."""
        count = len(objects)
        handles = all_prepared(objects.tolist())
        matrices = self._scratch.rows(self._matrix, text_page, firsts.tolist(), columns=6)  # with its form's, too
        sizes = self._scratch.columns(self._size, handles, dtype=np.float32, columns=1)
        fonts = answers(self._font, handles, count=count)
        modes = answers(self._mode, handles, count=count)
        is_invisible = modes == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        a, b, c, d = matrices[:, :4].T
        size = np.abs(sizes[:, 0]).astype(np.float64) * np.hypot(c, d)
        kinds, size_of = np.unique(size, return_inverse=True)
        font_kinds, font_of = np.unique(fonts, return_inverse=True)
        turns = np.where(objects == 0, -1, quarter_turns(a, b))
        stretch = np.minimum(np.round(np.hypot(a, b) / np.maximum(np.hypot(c, d), 1e-9), 2) * 100, 100).astype(np.int64)
        shape = (len(font_kinds), len(kinds), 5, 2, 101)
        keys = np.ravel_multi_index(
            (font_of, size_of, turns + 1, is_invisible.astype(np.int64), stretch), shape, mode="clip"
        )
        distinct, run_of = np.unique(keys, return_inverse=True)
        fields = np.stack(np.unravel_index(distinct, shape), axis=1)
        runs = tuple(
            Run(self._fonts.read(int(font_kinds[font])), float(kinds[place]), turned - 1, bool(is_unseen), width / 100)
            for font, place, turned, is_unseen, width in fields.tolist()
        )
        return fonts, modes, runs, run_of


@contextmanager
def _text_of(page: pypdfium2.PdfPage, number: int) -> Iterator[Handle]:
    """Load a page's text, and close it at the end.

    Raises:
        UnreadableSource: pdfium cannot read it.
    """
    text_page = pdfium.FPDFText_LoadPage(page.raw)
    if not text_page:
        raise UnreadableSource(f"the text of page {number} cannot be read", hint="The page is damaged.")
    try:
        yield prepared(ctypes.cast(text_page, ctypes.c_void_p).value or 0)
    finally:
        pdfium.FPDFText_ClosePage(text_page)


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


def see(raw: RawCharacters, *, number: int) -> Glyphs:
    """Turn pdfium's characters into the reading frame and keep what a reader can see."""
    codes, is_second_half = join_surrogates(raw.codes)
    is_space = is_white_space(codes) | (codes == ZERO_WIDTH_SPACE)
    reasons = raw.reasons.copy()
    is_ink = ~is_space & ~is_second_half
    if reasons.any():
        is_ink &= ~np.isin(reasons, UNSEEN)
    turns = raw.of_runs([run.turns for run in raw.runs]).astype(np.int64)
    sizes = sizes_of(raw)
    votes = turns[is_ink & (reasons == 0) & (turns >= 0)]
    total_turns = _most_frequent(votes) if len(votes) else raw.frame.page_turns
    frame = replace(raw.frame, text_turns=(total_turns - raw.frame.page_turns) % 4)
    x0, y0, x1, y1, baseline = _placed(raw, frame)
    width, height = frame.size
    is_off = is_ink & (reasons == 0) & ((x1 <= 0) | (x0 >= width) | (y1 <= 0) | (y0 >= height))
    reasons[is_off] = HiddenBy.OFF_PAGE
    kept = np.flatnonzero(is_ink & (reasons == 0))
    regions: tuple[HiddenRegion, ...] = ()
    if reasons.any():
        boxes = np.stack((x0, y0, x1, y1), axis=1)
        spaced = np.diff(np.cumsum(is_space), prepend=0) > 0
        spaced[1:] |= is_space[:-1]
        placed = Placed(codes=codes, boxes=boxes, sizes=sizes, space_before=spaced)
        found = regions_of(placed, reasons, is_visible=is_ink & (reasons == 0))
        regions = tuple(replace(region, box=frame.show(region.box)) for region in found)
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
        hidden_count=int((reasons != 0).sum()),
        unmapped_count=int(is_unmapped(codes[kept]).sum()),
        hidden=regions,
        hidden_starts=np.stack((x0, baseline), axis=1)[is_ink & (reasons != 0)],
        is_recognised=bool(len(kept)) and bool(raw.of_runs([run.is_invisible for run in raw.runs])[kept].all()),
    )


def _most_frequent(turns: NDArray[np.int64]) -> int:
    """Return the most frequent of some small numbers, of equals the one that comes first."""
    counts = np.bincount(turns)
    return int(turns[np.argmax(counts[turns] == counts.max())])


def _placed(raw: RawCharacters, frame: Frame) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return x0, y0, x1, y1 and baseline in the frame; an object's first character tells how far up its baseline is."""
    xa, ya = frame.place(raw.boxes[:, 0], raw.boxes[:, 1])
    xb, yb = frame.place(raw.boxes[:, 2], raw.boxes[:, 3])
    x0, x1, y0, y1 = np.minimum(xa, xb), np.maximum(xa, xb), np.minimum(ya, yb), np.maximum(ya, yb)
    _, origin_y = frame.place(raw.origins[:, 0], raw.origins[:, 1])
    baseline = y1 - (y1[raw.firsts] - origin_y)[raw.object_of]
    return x0, y0, x1, y1, baseline
