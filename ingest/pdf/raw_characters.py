"""A page's characters as pdfium gives them, before anyone asks which of them are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.fonts import Font
from ingest.pdf.geometry import Floats, Frame


@dataclass(frozen=True, slots=True)
class Run:
    """What the characters of like text objects share; `turns` clockwise quarter turns set them upright, -1 if none.

    `stretch` is how wide the type is set against its height: 1 as designed, 0 squeezed to nothing.
    """

    font: Font
    size: float
    turns: int
    is_invisible: bool
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class RawCharacters:
    """A page's characters as pdfium gives them: boxes (left, top, right, bottom) and origins in user space.

    `object_of` says for each character which text object of the page it belongs to, `run_of` which of `runs` it is set
    in, `reasons` why it is hidden (a `HiddenBy`); white space has no box. By object: `addresses` where pdfium keeps it
    (0 for none), `fonts` where its font, `modes` how it is painted (PDF 32000, table 106), `firsts` its first
    character, `origins` where that stands and `tight` its glyph's own box (left, right, bottom, top).
    """

    frame: Frame
    codes: NDArray[np.int64]
    boxes: Floats
    object_of: NDArray[np.int64]
    firsts: NDArray[np.int64]
    addresses: NDArray[np.int64]
    fonts: NDArray[np.int64]
    modes: NDArray[np.int64]
    origins: Floats
    tight: Floats
    run_of: NDArray[np.int64]
    runs: tuple[Run, ...]
    reasons: NDArray[np.uint8]

    def of_runs(self, values: Sequence[float]) -> Floats:
        """Spread one value a run over its characters."""
        return np.array(values, dtype=np.float64)[self.run_of]

    def with_reasons(self, reasons: NDArray[np.uint8]) -> RawCharacters:
        """Return the same characters with other reasons."""
        return replace(self, reasons=reasons)
