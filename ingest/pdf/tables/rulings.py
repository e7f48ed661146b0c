"""A page's drawn lines: the horizontal and vertical rules that tables are ruled with, in the reading frame.

Thin rectangles, stroked lines, the edges of stroked boxes and thin images (as some converters draw rules) are rules;
curves, slanted lines and shading are none.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ingest.pdf.engine import bind
from ingest.pdf.geometry import Frame

THICKEST = 3.0
"""Points; a drawn box this thin in one direction is a rule in the other."""
SHORTEST = 4.0
MOST_OBJECTS = 20_000
MOST_SEGMENTS = 2_000
"""Per page. A page of more objects is a drawing; of further paths only those thin as a whole are read."""
MOST_IN_PATH = 120
"""Segments; a longer path is a curve."""
DEEPEST_FORM = 3
LONGEST_GAP = 1.5
"""Points between two pieces of one rule: the borders of neighbouring cells are drawn one by one."""
DOUBLE = 3.2
"""Points between the two strokes of a double rule."""
_MOST_RULES = 600
LONG = 20.0
"""Points; longer than the ticks of an axis."""

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Rule(NamedTuple):
    """A line along one axis: from `start` to `end`, at `at` on the other axis; points of the reading frame."""

    start: float
    end: float
    at: float

    @property
    def length(self) -> float:
        """How long it is."""
        return self.end - self.start


class Rulings(NamedTuple):
    """The page's rules: `across` run from left to right and come from the top down, `down` from the left."""

    across: tuple[Rule, ...]
    down: tuple[Rule, ...]


NO_RULINGS = Rulings((), ())


class RulingReader:
    """Reads the rules of a document's pages; holds pdfium's functions."""

    def __init__(self) -> None:
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self._count = bind(pdfium.FPDFPage_CountObjects, pointer, returns=ctypes.c_int)
        self._object = bind(pdfium.FPDFPage_GetObject, pointer, index, returns=ctypes.c_ssize_t)
        self._form_count = bind(pdfium.FPDFFormObj_CountObjects, pointer, returns=ctypes.c_int)
        self._form_object = bind(pdfium.FPDFFormObj_GetObject, pointer, ctypes.c_ulong, returns=ctypes.c_ssize_t)
        self._type = bind(pdfium.FPDFPageObj_GetType, pointer, returns=ctypes.c_int)
        self._bounds = bind(
            pdfium.FPDFPageObj_GetBounds, pointer, address, address, address, address, returns=ctypes.c_int
        )
        self._matrix = bind(pdfium.FPDFPageObj_GetMatrix, pointer, address, returns=ctypes.c_int)
        self._mode = bind(pdfium.FPDFPath_GetDrawMode, pointer, address, address, returns=ctypes.c_int)
        self._segments = bind(pdfium.FPDFPath_CountSegments, pointer, returns=ctypes.c_int)
        self._segment = bind(pdfium.FPDFPath_GetPathSegment, pointer, index, returns=ctypes.c_ssize_t)
        self._segment_type = bind(pdfium.FPDFPathSegment_GetType, pointer, returns=ctypes.c_int)
        self._point = bind(pdfium.FPDFPathSegment_GetPoint, pointer, address, address, returns=ctypes.c_int)
        self._values = (ctypes.c_float * 6)()
        self._flags = (ctypes.c_int * 2)()

    def read(self, page: pypdfium2.PdfPage, *, frame: Frame) -> Rulings:
        """Return the page's rules, pieces joined and double rules made one; none where the page is a drawing."""
        address = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        boxes: list[tuple[float, float, float, float]] = []
        budget = [MOST_OBJECTS, MOST_SEGMENTS]
        self._walk(address, self._count, self._object, _IDENTITY, DEEPEST_FORM, boxes, budget)
        if budget[0] < 0 or not boxes:
            return NO_RULINGS
        corners = np.array(boxes, dtype=np.float64)
        xa, ya = frame.place(corners[:, 0], corners[:, 1])
        xb, yb = frame.place(corners[:, 2], corners[:, 3])
        x0, x1, y0, y1 = np.minimum(xa, xb), np.maximum(xa, xb), np.minimum(ya, yb), np.maximum(ya, yb)
        width, height = x1 - x0, y1 - y0
        level = (height <= THICKEST) & (width >= SHORTEST) & (width > 2 * height)
        steep = (width <= THICKEST) & (height >= SHORTEST) & (height > 2 * width)
        across = np.stack((x0, x1, (y0 + y1) / 2), axis=1)[level]
        down = np.stack((y0, y1, (x0 + x1) / 2), axis=1)[steep]
        return Rulings(joined(across.tolist()), joined(down.tolist()))

    def _walk(
        self,
        holder: int,
        count: Callable[[int], int],
        get: Callable[[int, int], int],
        matrix: Matrix,
        depth: int,
        boxes: list[tuple[float, float, float, float]],
        budget: list[int],
    ) -> None:
        """Collect the boxes of thin shapes of a page or form; `budget` counts down the objects and segments left."""
        number = max(count(holder), 0)
        budget[0] -= number
        if budget[0] < 0:
            return
        for index in range(number):
            shape = get(holder, index)
            kind = self._type(shape)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                boxes.extend(_moved(box, matrix) for box in self._thin_boxes(shape, budget))
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                boxes.extend(_moved(box, matrix) for box in self._bounds_of(shape))
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth > 0:
                inner = _times(self._matrix_of(shape), matrix)
                self._walk(shape, self._form_count, self._form_object, inner, depth - 1, boxes, budget)
            if budget[0] < 0:
                return

    def _thin_boxes(self, shape: int, budget: list[int]) -> Iterator[tuple[float, float, float, float]]:
        for box in self._bounds_of(shape):
            if min(box[2] - box[0], box[3] - box[1]) <= THICKEST:
                yield box
                return
        if budget[1] < 0:
            return
        flags = ctypes.addressof(self._flags)
        if self._mode(shape, flags, flags + 4) and (self._flags[0] or self._flags[1]):
            count = max(self._segments(shape), 0)
            if count > MOST_IN_PATH:
                return
            budget[1] -= count
            if budget[1] >= 0:
                yield from self._edges(shape, count, is_stroked=bool(self._flags[1]))

    def _bounds_of(self, shape: int) -> list[tuple[float, float, float, float]]:
        start = ctypes.addressof(self._values)
        if not self._bounds(shape, start, start + 4, start + 8, start + 12):
            return []
        left, bottom, right, top = self._values[:4]
        return [(left, bottom, right, top)]

    def _edges(self, shape: int, count: int, *, is_stroked: bool) -> Iterator[tuple[float, float, float, float]]:
        """Yield a path's thin sub-paths, and the level and steep edges of its others where they are stroked."""
        matrix = self._matrix_of(shape)
        part: list[tuple[float, float]] = []
        is_curved = False
        start = ctypes.addressof(self._values)
        for index in range(count + 1):
            segment = self._segment(shape, index) if index < count else 0
            kind = self._segment_type(segment) if segment else pdfium.FPDF_SEGMENT_MOVETO
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                if not is_curved:
                    yield from _sub_path_edges(part, is_stroked=is_stroked)
                part, is_curved = [], False
            is_curved = is_curved or kind == pdfium.FPDF_SEGMENT_BEZIERTO
            if segment and self._point(segment, start, start + 4):
                part.append(_point_moved(self._values[0], self._values[1], matrix))

    def _matrix_of(self, shape: int) -> Matrix:
        if not self._matrix(shape, ctypes.addressof(self._values)):
            return _IDENTITY
        a, b, c, d, e, f = self._values
        return a, b, c, d, e, f


def _sub_path_edges(
    points: list[tuple[float, float]], *, is_stroked: bool
) -> Iterator[tuple[float, float, float, float]]:
    if len(points) < 2:
        return
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if min(max(xs) - min(xs), max(ys) - min(ys)) <= THICKEST:
        yield min(xs), min(ys), max(xs), max(ys)
        return
    if not is_stroked:
        return
    closed = [*points, points[0]] if len(points) > 3 else points
    for (xa, ya), (xb, yb) in itertools.pairwise(closed):
        if abs(xa - xb) <= 0.5 or abs(ya - yb) <= 0.5:
            yield min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the matrix that applies `inner` first, then `outer`."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _point_moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved(box: tuple[float, float, float, float], matrix: Matrix) -> tuple[float, float, float, float]:
    if matrix is _IDENTITY:
        return box
    (xa, ya), (xb, yb) = _point_moved(box[0], box[1], matrix), _point_moved(box[2], box[3], matrix)
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def joined(pieces: list[list[float]]) -> tuple[Rule, ...]:
    """Join (start, end, at) pieces that continue each other, and the strokes of double rules; sorted by `at`.

    Where more than a ruled page's worth remains, a plot has its ticks there: only the long ones count.
    """
    rules: list[Rule] = []
    level: list[Rule] = []
    for start, end, at in sorted(pieces, key=lambda piece: piece[2]):
        if level and at - level[0].at > 1.0:
            rules += _joined_level(level)
            level = []
        level.append(Rule(start, end, at))
    rules += _joined_level(level)
    if len(rules) > _MOST_RULES:
        rules = [rule for rule in rules if rule.length >= LONG]
    return tuple(_without_doubles(rules)) if len(rules) <= _MOST_RULES else ()


def _joined_level(level: list[Rule]) -> list[Rule]:
    merged: list[Rule] = []
    for rule in sorted(level):
        if merged and rule.start - merged[-1].end <= LONGEST_GAP:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, rule.end))
        else:
            merged.append(rule)
    return merged


def _without_doubles(rules: list[Rule]) -> list[Rule]:
    kept: list[Rule] = []
    for rule in sorted(rules, key=lambda one: (one.at, one.start)):
        near = (one for one in reversed(kept[-8:]) if rule.at - one.at <= DOUBLE)
        if not any(abs(one.start - rule.start) <= 3 and abs(one.end - rule.end) <= 3 for one in near):
            kept.append(rule)
    return kept
