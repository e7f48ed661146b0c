"""A page's text as pypdf reads it, for pages that pdfium reads badly: fragments with places, or a reason why not.

pypdf knows where a piece of text begins, not where it ends: its width is estimated. This is the one
home of pypdf's text extraction, which raises almost anything on damaged files.
"""

from __future__ import annotations

import io
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pypdf

from indexes.errors import UnreadableSource
from indexes.records import Box
from ingest.pdf.fragments import WIDEST_GAP, Fragment
from ingest.pdf.geometry import Frame
from ingest.pdf.hidden.visibility import is_unmapped
from ingest.pdf.lettering import cjk_share, clean

MAX_DOCUMENT_S = 6.0
"""Seconds of one document's time that may go to pypdf; its pages take 0.02 to 0.4 s (bench.parsing's papers)."""
MAX_OPERATORS_BETWEEN_CLOCKS = 256
MAX_PIECES = 20_000
LETTER_WIDTH, CJK_WIDTH = 0.5, 1.0
"""In ems: the usual width of a letter, for pieces whose end is not known."""
ASCENT, DESCENT = 0.8, 0.2
SAME_BASELINE = 0.3
SIZES = (1.0, 500.0)
"""In points; what is smaller cannot be seen, and Type 3 fonts that lie about their size come out below."""
UPRIGHT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Matrix = tuple[float, float, float, float, float, float]


class _OutOfTime(Exception):
    """Raised through pypdf's operator loop."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What pypdf reads on a page: pieces in content order and the share of characters that map to no letter."""

    fragments: tuple[Fragment, ...]
    unmapped_share: float


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    x: float
    baseline: float
    size: float
    font: str
    is_upright: bool


class SecondReader:
    """Reads pages of one document with pypdf, as long as the time for it lasts."""

    def __init__(self, content: bytes, *, max_s: float = MAX_DOCUMENT_S) -> None:
        self._content = content
        self._left_s = max_s
        self._reader: pypdf.PdfReader | None = None

    def read(self, number: int, *, frame: Frame) -> Opinion:
        """Return page `number` (from 1) in the reading frame.

        Raises:
            UnreadableSource: pypdf fails on the file or the page, or the document's time for it is spent.
        """
        if self._left_s <= 0:
            raise UnreadableSource("no time is left for a second reading", hint="")
        started = time.monotonic()
        try:
            collector = self._collected(number, frame=frame, deadline=started + self._left_s)
        except _OutOfTime as error:
            raise UnreadableSource(f"pypdf took longer than {self._left_s:.0f} s", hint="") from error
        except RecursionError as error:
            raise UnreadableSource("pypdf found it nested too deeply", hint="") from error
        except MemoryError as error:
            self._left_s = 0.0
            raise UnreadableSource("pypdf ran out of memory", hint="") from error
        except Exception as error:  # pypdf leaks many foreign types on damaged files
            raise UnreadableSource(f"pypdf failed: {type(error).__name__}: {str(error)[:200]}", hint="") from error
        finally:
            self._left_s -= time.monotonic() - started
        return Opinion(_fragments(collector.pieces), collector.unmapped / max(collector.signs, 1))

    def _collected(self, number: int, *, frame: Frame, deadline: float) -> _Collector:
        if self._reader is None:
            logging.getLogger("pypdf").setLevel(logging.CRITICAL)
            self._reader = pypdf.PdfReader(io.BytesIO(self._content))
        collector = _Collector(frame, deadline)
        self._reader.pages[number - 1].extract_text(
            visitor_operand_before=collector.before,
            visitor_operand_after=collector.after,
            visitor_text=collector.text,
        )
        return collector


class _Collector:
    """Takes what pypdf's visitors are told, and knows which form's matrix holds when.

    `unmapped` of all `signs` map to no letter, those counted in that are too small to be kept as pieces.
    """

    def __init__(self, frame: Frame, deadline: float) -> None:
        self.pieces: list[_Piece] = []
        self._frame = frame
        self._deadline = deadline
        self._bases: list[Matrix] = [UPRIGHT]
        self._entered: Matrix | None = None
        self._operators = 0
        self.signs = 0
        self.unmapped = 0

    def before(self, operator: bytes, _operands: Any, cm: Any, _tm: Any) -> None:
        self._operators += 1
        if self._operators % MAX_OPERATORS_BETWEEN_CLOCKS == 0 and time.monotonic() > self._deadline:
            raise _OutOfTime
        if self._entered is not None:  # the first operator inside a form
            self._bases.append(self._entered)
            self._entered = None
        if operator == b"Do":
            self._entered = _times(_matrix(cm), self._bases[-1])
            self._bases.append(self._bases[-1])

    def after(self, operator: bytes, _operands: Any, _cm: Any, _tm: Any) -> None:
        if operator == b"Do":
            if self._entered is None:
                self._bases.pop()
            self._entered = None
            self._bases.pop()

    def text(self, text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if not text.strip() or len(self.pieces) >= MAX_PIECES:
            return
        codes = np.frombuffer("".join(text.split()).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
        self.signs += len(codes)
        self.unmapped += int(is_unmapped(codes).sum())
        matrix = _times(_times(_matrix(tm), _matrix(cm)), self._bases[-1])
        scale = math.hypot(matrix[2], matrix[3]) * abs(float(size))
        if not all(map(math.isfinite, matrix)) or not SIZES[0] <= scale <= SIZES[1]:
            return
        x, y = _placed(self._frame, matrix[4], matrix[5])
        x_ahead, y_ahead = _placed(self._frame, matrix[4] + matrix[0], matrix[5] + matrix[1])
        is_upright = x_ahead - x > 10 * abs(y_ahead - y)
        last = self.pieces[-1] if self.pieces else None
        if last is not None and (last.x, last.baseline) == (x, y) and not last.text.endswith("\n"):
            self.pieces[-1] = replace(last, text=last.text + text)  # only the font changed: pypdf moves no matrix then
            return
        name = str(font.get("/BaseFont", "")).lstrip("/") if isinstance(font, dict) else ""
        self.pieces.append(_Piece(text, x, y, round(scale, 2), name, is_upright))


def _fragments(pieces: Sequence[_Piece]) -> tuple[Fragment, ...]:
    """Join neighbours on a baseline; the end of a piece is guessed, and never behind the start of the next."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        last = groups[-1][-1] if groups else None
        if last is not None and _continues(last, piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return tuple(filter(None, (_fragment(group, order) for order, group in enumerate(groups))))


def _continues(last: _Piece, piece: _Piece) -> bool:
    if not (last.is_upright and piece.is_upright) or last.text.endswith("\n"):
        return False
    gap = (piece.x - last.x - _width(last)) / max(last.size, piece.size)
    return abs(piece.baseline - last.baseline) <= SAME_BASELINE * last.size and -WIDEST_GAP < gap < WIDEST_GAP


def _fragment(group: Sequence[_Piece], order: int) -> Fragment | None:
    text = clean("".join(piece.text for piece in group))
    if not text:
        return None
    main = max(group, key=lambda piece: len(piece.text))
    first, last = group[0], group[-1]
    ahead = _width(last) if last.is_upright else last.size
    box = Box(first.x, main.baseline - ASCENT * main.size, last.x + ahead, main.baseline + DESCENT * main.size)
    return Fragment(
        text=text, box=box, baseline=main.baseline, size=main.size, bold=0.0, italic=0.0, math=0.0, font=main.font,
        order=order, is_upright=first.is_upright,
    )  # fmt: skip


def _width(piece: _Piece) -> float:
    share = cjk_share(piece.text)
    return piece.size * len(piece.text.strip("\n")) * (CJK_WIDTH * share + LETTER_WIDTH * (1 - share))


def _placed(frame: Frame, x: float, y: float) -> tuple[float, float]:
    across, down = frame.place(np.array([x]), np.array([y]))
    return float(across[0]), float(down[0])


def _matrix(values: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _times(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that does the first, then the second (PDF 32000, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
