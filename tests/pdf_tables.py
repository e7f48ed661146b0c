"""Tables for PDFs made by tests: cells set at exact places, rules drawn as lines, thin boxes or pictures of lines."""

import itertools
from collections.abc import Sequence

from pdf_files import show


def row(cells: Sequence[tuple[float, str]], *, y: float, size: float = 9, font: str = "F1") -> str:
    """Operators that set each (x, text) on one baseline; empty texts set nothing."""
    return "\n".join(show(text, x=x, y=y, size=size, font=font) for x, text in cells if text)


def rows(columns: Sequence[float], texts: Sequence[Sequence[str]], *, y: float, leading: float = 12) -> str:
    """Operators that set rows of texts at the columns' left edges, from y downwards."""
    return "\n".join(
        row(list(zip(columns, cells, strict=True)), y=y - leading * number) for number, cells in enumerate(texts)
    )


def across(x0: float, x1: float, y: float) -> str:
    """Operators that stroke a horizontal rule."""
    return f"0.5 w {x0} {y} m {x1} {y} l S"


def across_as_box(x0: float, x1: float, y: float) -> str:
    """Operators that fill a horizontal rule as a thin box, as TeX does."""
    return f"{x0} {y} {x1 - x0} 0.4 re f"


def down(x: float, y0: float, y1: float) -> str:
    """Operators that stroke a vertical rule."""
    return f"0.5 w {x} {y0} m {x} {y1} l S"


def boxed(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Operators that stroke a box around every cell of the grid that the edges make."""
    return "\n".join(
        f"0.5 w {left} {low} {right - left} {high - low} re S"
        for left, right in itertools.pairwise(xs)
        for high, low in itertools.pairwise(ys)
    )
