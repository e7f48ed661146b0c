"""Fragments placed by hand, for tests of order and furniture."""

from indexes.records import Box
from ingest.pdf.fragments import Fragment


def make_fragment(text: str, *, x0: float, x1: float, baseline: float, size: float = 10.0) -> Fragment:
    return Fragment(
        text=text,
        box=Box(x0, baseline - 0.8 * size, x1, baseline + 0.2 * size),
        baseline=baseline,
        size=size,
        bold=0.0,
        italic=0.0,
        math=0.0,
        font="Times-Roman",
        order=0,
        is_upright=True,
    )
