"""How a page's text is painted and what is painted around it, as arrays: cheap facts from pdfium, no verdicts.

Objects are walked in the order of painting, into forms; `order` grows along it. Boxes are in the page's user space
(left, bottom, right, top). Knows nothing of characters.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.calling import Handle, Scratch, all_prepared, answers, bind_bare, prepared
from ingest.pdf.engine import bind
from ingest.pdf.geometry import Floats
from ingest.pdf.hidden.touching import touches

MOST_OBJECTS = 20_000
"""Objects of a page that are looked at, those in forms included; of 1,498 pages of real papers, none has over 7,237."""
DEEPEST_FORM = 4
"""Forms inside forms that are entered."""
LEAST_COVER = 0.3
"""Points; what is thinner in either direction covers nothing: the rules of tables and fractions are."""
MOST_CLIP_SEGMENTS = 5
"""A rectangle's; other clip paths are not followed, only their presence is noted."""
MOST_NOTES = 500
"""Notes and links of a page that are looked at."""
AFTER_ALL = 1e9
WHOLLY = 255.0
EVERYWHERE = (-1e9, -1e9, 1e9, 1e9)

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Covers:
    """What is painted on a page besides text: where in the order, where on the page, in which colour.

    `density` estimates from 0 to 1 how much of its box it fills; `is_plain` says that `colours` (red, green, blue,
    alpha) holds, which it does not for images, shadings and patterns.
    """

    order: Floats
    boxes: Floats
    colours: Floats
    density: Floats
    is_plain: NDArray[np.bool_]
    is_image: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texts:
    """The text objects of a page, by address: place in the order, and what the forms around them impose.

    `clips` is what may be seen of each; `is_odd` marks text whose clip or form asks for a look at the page itself.
    """

    order: Floats
    clips: Floats
    in_form: NDArray[np.bool_]
    is_odd: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was found on a page: its texts, what covers them, text objects that no character names (pdfium drops the
    second of two equal ones in one place) with their boxes, and whether all of the page was walked.
    """

    texts: Texts
    covers: Covers
    spare: tuple[int, ...]
    spare_boxes: Floats
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Paint:
    """How text objects are painted, a row each: colours as red, green, blue, alpha; modes of PDF 32000, table 106."""

    fills: NDArray[np.uint32]
    strokes: NDArray[np.uint32]
    modes: NDArray[np.int64]
    is_transparent: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Container:
    """A page or form whose objects are walked: where its orders begin and how far they reach."""

    addresses: NDArray[np.int64]
    handles: list[Handle]
    kinds: NDArray[np.int64]
    matrix: Matrix
    clip: tuple[float, float, float, float]
    is_odd: bool
    depth: int
    first: float
    step: float


class _Rows:
    """The rows of objects by their addresses; where two have one, the last."""

    def __init__(self, addresses: NDArray[np.int64]) -> None:
        self._order = np.argsort(addresses, kind="stable")
        self._sorted = addresses[self._order]

    def of(self, addresses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each address's row, -1 where it has none."""
        if not len(self._sorted):
            return np.full(len(addresses), -1)
        at = np.maximum(np.searchsorted(self._sorted, addresses, side="right") - 1, 0)
        return np.where(self._sorted[at] == addresses, self._order[at], -1)


class PaintReader:
    """Reads pages of one document; holds the bound functions."""

    def __init__(self, scratch: Scratch) -> None:
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        handle = ctypes.c_ssize_t
        self._count = bind(pdfium.FPDFPage_CountObjects, pointer, returns=index)
        self._get = bind_bare(pdfium.FPDFPage_GetObject, returns=handle)
        self._form_count = bind(pdfium.FPDFFormObj_CountObjects, pointer, returns=index)
        self._form_get = bind_bare(pdfium.FPDFFormObj_GetObject, returns=handle)
        self._kind = bind_bare(pdfium.FPDFPageObj_GetType, returns=index)
        colour = (pointer, address, address, address, address)
        self._fill = bind(pdfium.FPDFPageObj_GetFillColor, *colour, returns=index)
        self._all_fills = bind_bare(pdfium.FPDFPageObj_GetFillColor, returns=index)
        self._stroke = bind(pdfium.FPDFPageObj_GetStrokeColor, *colour, returns=index)
        self._all_strokes = bind_bare(pdfium.FPDFPageObj_GetStrokeColor, returns=index)
        self._bounds = bind(pdfium.FPDFPageObj_GetBounds, *colour, returns=index)
        self._all_bounds = bind_bare(pdfium.FPDFPageObj_GetBounds, returns=index)
        self._matrix = bind(pdfium.FPDFPageObj_GetMatrix, pointer, address, returns=index)
        self._draw_mode = bind(pdfium.FPDFPath_GetDrawMode, pointer, address, address, returns=index)
        self._width = bind(pdfium.FPDFPageObj_GetStrokeWidth, pointer, address, returns=index)
        self._segments = bind(pdfium.FPDFPath_CountSegments, pointer, returns=index)
        self._transparency = bind_bare(pdfium.FPDFPageObj_HasTransparency, returns=index)
        self._clip = bind_bare(pdfium.FPDFPageObj_GetClipPath, returns=handle)
        self._clip_paths = bind_bare(pdfium.FPDFClipPath_CountPaths, returns=index)
        self._clip_segments = bind(pdfium.FPDFClipPath_CountPathSegments, pointer, index, returns=index)
        self._clip_segment = bind(pdfium.FPDFClipPath_GetPathSegment, pointer, index, index, returns=handle)
        self._point = bind(pdfium.FPDFPathSegment_GetPoint, pointer, address, address, returns=index)
        self._note_count = bind(pdfium.FPDFPage_GetAnnotCount, pointer, returns=index)
        self._note = bind(pdfium.FPDFPage_GetAnnot, pointer, index, returns=handle)
        self._note_kind = bind(pdfium.FPDFAnnot_GetSubtype, pointer, returns=index)
        self._note_box = bind(pdfium.FPDFAnnot_GetRect, pointer, address, returns=index)
        self._close_note = bind(pdfium.FPDFPage_CloseAnnot, pointer, returns=None)
        self._four = (ctypes.c_float * 4)()
        self._colour = (ctypes.c_uint * 4)()
        self._six = (ctypes.c_float * 6)()
        self._scratch = scratch

    def paint(self, addresses: NDArray[np.int64], modes: NDArray[np.int64]) -> Paint:
        """Return how the text objects at these addresses, set in these modes, are painted."""
        handles, count = all_prepared(addresses.tolist()), len(addresses)
        fills, strokes = (
            self._scratch.columns(self._all_fills, handles, dtype=np.uint32, columns=4),
            np.zeros((count, 4), np.uint32),
        )
        if ((modes != pdfium.FPDF_TEXTRENDERMODE_FILL) & (modes != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)).any():
            strokes = self._scratch.columns(self._all_strokes, handles, dtype=np.uint32, columns=4)
        return Paint(
            fills=fills,
            strokes=strokes,
            modes=modes,
            is_transparent=answers(self._transparency, handles, count=count) != 0,
        )

    def walk(self, page: pypdfium2.PdfPage, addresses: NDArray[np.int64], boxes: Floats) -> Surroundings:
        """Return what is on the page: its text objects in the rows of `addresses`, and what is near their `boxes`."""
        raw = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        count = self._count(raw)
        is_whole = count <= MOST_OBJECTS
        count = min(count, MOST_OBJECTS)
        objects = answers(self._get, repeat(prepared(raw)), range(count), count=count)
        rows = _Rows(addresses)
        texts = Texts(
            order=np.full(len(addresses), -1.0),
            clips=np.tile(np.array(EVERYWHERE), (len(addresses), 1)),
            in_form=np.zeros(len(addresses), dtype=bool),
            is_odd=np.zeros(len(addresses), dtype=bool),
        )
        covers: list[tuple[float, ...]] = []
        spare: list[tuple[float, ...]] = []
        spare_at: list[int] = []
        handles = all_prepared(objects.tolist())
        waiting = [_Container(objects, handles, self._kinds(handles), _IDENTITY, EVERYWHERE, False, 0, 0.0, 1.0)]
        left = MOST_OBJECTS - count
        while waiting:
            container = waiting.pop()
            for address in self._place_texts(container, rows, texts):
                box = self._box(address, container.matrix)
                if box is not None:
                    spare.append(box)
                    spare_at.append(address)
            covers.extend(self._covers(container, boxes))
            for place in np.flatnonzero(container.kinds == pdfium.FPDF_PAGEOBJ_FORM).tolist():
                address = int(container.addresses[place])
                inner = self._form_count(address)
                if container.depth >= DEEPEST_FORM or inner > left:
                    is_whole = False
                    continue
                left -= inner
                order = container.first + container.step * place
                waiting.append(self._entered(address, inner, container, order))
        covers.extend(self._notes(raw))
        table = np.array(covers, dtype=np.float64).reshape(-1, 12)
        return Surroundings(
            texts=texts,
            covers=Covers(table[:, 0], table[:, 1:5], table[:, 5:9], table[:, 9], table[:, 10] > 0, table[:, 11] > 0),
            spare=tuple(spare_at),
            spare_boxes=np.array(spare, dtype=np.float64).reshape(-1, 4),
            is_whole=is_whole,
        )

    def _notes(self, page: int) -> list[tuple[float, ...]]:
        """Return the notes that are drawn over the page as covers; links draw nothing."""
        found: list[tuple[float, ...]] = []
        for place in range(min(self._note_count(page), MOST_NOTES)):
            note = self._note(page, place)
            is_drawn = note and self._note_kind(note) not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
            if is_drawn and self._note_box(note, ctypes.addressof(self._four)):
                left, top, right, bottom = self._four
                found.append((AFTER_ALL, left, bottom, right, top, 0.0, 0.0, 0.0, WHOLLY, 1.0, 0.0, 0.0))
            if note:
                self._close_note(note)
        return found

    def _box(self, address: int, matrix: Matrix) -> tuple[float, float, float, float] | None:
        here = ctypes.addressof(self._four)
        if not self._bounds(address, here, here + 4, here + 8, here + 12):
            return None
        return _moved(tuple(self._four), matrix)

    def _place_texts(self, container: _Container, rows: _Rows, texts: Texts) -> list[int]:
        """Fill the rows of a container's text objects; return those that have none."""
        places = np.flatnonzero(container.kinds == pdfium.FPDF_PAGEOBJ_TEXT)
        at_rows = rows.of(container.addresses[places])
        spare: list[int] = container.addresses[places[at_rows < 0]].tolist()
        places, at_rows = places[at_rows >= 0], at_rows[at_rows >= 0]
        if not len(places):
            return spare
        texts.order[at_rows] = container.first + container.step * places
        texts.in_form[at_rows] = container.depth > 0
        texts.is_odd[at_rows] = container.is_odd
        texts.clips[at_rows] = container.clip
        handles = [container.handles[place] for place in places.tolist()]
        counts = answers(self._clip_paths, all_prepared(map(self._clip, handles)), count=len(handles))
        for at in np.flatnonzero(counts > 0).tolist():
            row = at_rows[at]
            clip, is_odd = self._clip_box(int(container.addresses[places[at]]), int(counts[at]), container.matrix)
            texts.clips[row] = _meet(container.clip, clip)
            texts.is_odd[row] |= is_odd
        return spare

    def _entered(self, address: int, count: int, outer: _Container, order: float) -> _Container:
        """Return a form's objects with what the form and those around it impose."""
        objects = answers(self._form_get, repeat(prepared(address)), range(count), count=count)
        handles = all_prepared(objects.tolist())
        self._matrix(address, ctypes.addressof(self._six))
        clip, is_odd = outer.clip, outer.is_odd
        paths = self._clip_paths(prepared(self._clip(prepared(address))))
        if paths > 0:
            own, is_cut = self._clip_box(address, paths, outer.matrix)
            clip, is_odd = _meet(clip, own), is_odd or is_cut
        return _Container(
            addresses=objects,
            handles=handles,
            kinds=self._kinds(handles),
            matrix=_product(tuple(self._six), outer.matrix),
            clip=clip,
            is_odd=is_odd or bool(self._transparency(prepared(address))),
            depth=outer.depth + 1,
            first=order + outer.step / (count + 2),
            step=outer.step / (count + 2),
        )

    def _clip_box(self, address: int, count: int, matrix: Matrix) -> tuple[tuple[float, float, float, float], bool]:
        """Return the box that an object's clip leaves, and whether that is more than its rectangles tell."""
        box, is_odd = EVERYWHERE, count > MOST_CLIP_SEGMENTS
        clip = self._clip(prepared(address))
        for path in range(min(count, MOST_CLIP_SEGMENTS)):
            segments = self._clip_segments(clip, path)
            if segments > MOST_CLIP_SEGMENTS or segments < 1:
                is_odd = True
                continue
            xs, ys = [], []
            for segment in range(segments):
                here = ctypes.addressof(self._four)
                self._point(self._clip_segment(clip, path, segment), here, here + 4)
                xs.append(self._four[0])
                ys.append(self._four[1])
            own = _moved((min(xs), min(ys), max(xs), max(ys)), matrix)
            is_odd = is_odd or len({round(x, 2) for x in xs}) > 2 or len({round(y, 2) for y in ys}) > 2
            box = _meet(box, own)
        return box, is_odd

    def _kinds(self, handles: list[Handle]) -> NDArray[np.int64]:
        return answers(self._kind, handles, count=len(handles))

    def _covers(self, container: _Container, texts: Floats) -> Iterator[tuple[float, ...]]:
        """Yield the rows of what may cover the texts: order, box, colour, density, is_plain, is_image."""
        is_other = (container.kinds != pdfium.FPDF_PAGEOBJ_TEXT) & (container.kinds != pdfium.FPDF_PAGEOBJ_FORM)
        places = np.flatnonzero(is_other)
        if not len(places):
            return
        handles = [container.handles[place] for place in places.tolist()]
        bounds = self._scratch.columns(self._all_bounds, handles, dtype=np.float32, columns=4)
        boxes = _all_moved(bounds.astype(np.float64), container.matrix)
        is_solid = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= LEAST_COVER
        for at in np.flatnonzero(is_solid & touches(boxes, texts)).tolist():
            kind = int(container.kinds[places[at]])
            box = tuple(boxes[at].tolist())
            order = container.first + container.step * int(places[at])
            if kind != pdfium.FPDF_PAGEOBJ_PATH:
                yield (order, *box, 0.0, 0.0, 0.0, WHOLLY, 1.0, 0.0, float(kind == pdfium.FPDF_PAGEOBJ_IMAGE))
                continue
            filled = self._path(int(container.addresses[places[at]]), box[2] - box[0], box[3] - box[1])
            if filled is not None:
                yield (order, *box, *filled, 0.0)

    def _path(
        self, address: int, width: float, height: float
    ) -> tuple[float, float, float, float, float, float] | None:
        """Return a path's colour, density and whether that colour is its own; None where it paints nothing."""
        here, colour = ctypes.addressof(self._four), ctypes.addressof(self._colour)
        self._draw_mode(address, here, here + 4)
        mode, is_stroked = (ctypes.c_int * 2).from_address(here)
        if not mode and not is_stroked:
            return None
        paint = self._fill if mode else self._stroke
        paint(address, colour, colour + 4, colour + 8, colour + 12)
        red, green, blue, alpha = self._colour
        density = 1.0 if mode else self._stroke_density(address, width, height)
        return red, green, blue, alpha, density, float((red, green, blue) != TILING_COLOUR)

    def _stroke_density(self, address: int, width: float, height: float) -> float:
        """Return how much of its box a line of this width may cover, if it ran along the longer side each time."""
        here = ctypes.addressof(self._four)
        self._width(address, here)
        line = max(self._four[0], 0.1)
        turns = max(self._segments(address) - 1, 1)
        return float(min(1.0, turns * line * max(width, height) / max(width * height, 0.01)))


TILING_COLOUR = (191, 191, 191)
"""What pdfium names for a tiling pattern in colours of its own; of other patterns it says white."""


def _meet(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _product(first: tuple[float, ...], then: Matrix) -> Matrix:
    """Return the matrix that applies `first` and `then`, as PDF multiplies them."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(box: tuple[float, ...], matrix: Matrix) -> tuple[float, float, float, float]:
    """Return the box around a box's corners under a matrix."""
    if matrix is _IDENTITY:
        return box[0], box[1], box[2], box[3]
    a, b, c, d, e, f = matrix
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)


def _all_moved(boxes: Floats, matrix: Matrix) -> Floats:
    """Return `_moved` of every row."""
    if matrix is _IDENTITY:
        return boxes
    a, b, c, d, e, f = matrix
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    xs, ys = a * x + c * y + e, b * x + d * y + f
    return np.stack((xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)), axis=1)
