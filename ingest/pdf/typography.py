"""The type that most of a document is set in: what larger, smaller, tighter and looser are measured against."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.lines import TextLine

USUAL_LEADING = 1.2


@dataclass(frozen=True, slots=True)
class Typography:
    """`body_size` in points, `body_font` by name; `leading` is the distance of a paragraph's baselines in ems."""

    body_size: float
    leading: float
    body_font: str


def typography_of(lines: Sequence[TextLine]) -> Typography:
    """Return the size that most characters have and the usual distance of its lines."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
        fonts[line.font] += len(line.text)
    body_size = sizes.most_common(1)[0][0] if sizes else 10.0
    body_size = max(body_size, 1.0)
    steps = [
        (after.baseline - before.baseline) / body_size
        for before, after in itertools.pairwise(lines)
        if before.page == after.page
        and before.column == after.column
        and abs(before.size - body_size) < 0.6
        and abs(after.size - body_size) < 0.6
        and len(after.text) > 30
    ]
    usual = [step for step in steps if 0.9 <= step <= 3.0]
    return Typography(
        body_size=body_size,
        leading=median(usual) if usual else USUAL_LEADING,
        body_font=fonts.most_common(1)[0][0] if fonts else "",
    )
