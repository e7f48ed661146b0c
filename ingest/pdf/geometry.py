"""Where a point of a PDF page is once the page is turned upright, with its origin at the top left.

Three systems meet: pdfium's (the page's own user space, y upwards), the page as shown (after /Rotate, cropped), and
the reading frame, which is the shown page turned so that most of its text runs left to right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexes.records import Box

Floats = NDArray[np.float64]
Value = TypeVar("Value", float, Floats)


def share_of(values: Floats, share: float) -> float:
    """Return the value that this share of the others lies below; NumPy's own takes ten times as long for a page."""
    ordered = np.sort(values)
    return float(ordered[round(share * (len(ordered) - 1))])


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's crop box in user space and how many quarter turns (clockwise) bring it upright for reading.

    `page_turns` is /Rotate divided by 90; `text_turns` further turns the shown page when its text runs sideways.
    """

    left: float
    bottom: float
    right: float
    top: float
    page_turns: int
    text_turns: int = 0

    @property
    def shown_size(self) -> tuple[float, float]:
        """Width and height of the page as shown."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.page_turns % 2 else (width, height)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the reading frame."""
        width, height = self.shown_size
        return (height, width) if self.text_turns % 2 else (width, height)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Move points of user space into the reading frame."""
        width, height = self.right - self.left, self.top - self.bottom
        return _turn(x - self.left, self.top - y, width, height, self.page_turns + self.text_turns)

    def show(self, box: Box) -> Box:
        """Move a box of the reading frame onto the page as shown, where nothing lies outside the page."""
        right, bottom = self.shown_size
        if not self.text_turns:
            x0, y0 = min(max(box.x0, 0.0), right), min(max(box.y0, 0.0), bottom)
            x1, y1 = min(max(box.x1, 0.0), right), min(max(box.y1, 0.0), bottom)
            return Box(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))
        width, height = self.size
        xa, ya = _turn(box.x0, box.y0, width, height, -self.text_turns)
        xb, yb = _turn(box.x1, box.y1, width, height, -self.text_turns)
        return Box(
            round(min(max(min(xa, xb), 0.0), right), 2),
            round(min(max(min(ya, yb), 0.0), bottom), 2),
            round(min(max(max(xa, xb), 0.0), right), 2),
            round(min(max(max(ya, yb), 0.0), bottom), 2),
        )


def _turn(x: Value, y: Value, width: float, height: float, turns: int) -> tuple[Value, Value]:
    """Turn points of a width x height sheet (origin top left) clockwise by quarter turns."""
    match turns % 4:
        case 0:
            return x, y
        case 1:
            return height - y, x
        case 2:
            return width - x, height - y
        case _:
            return y, width - x
