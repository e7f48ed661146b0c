"""Which of many rectangles come near any of many others, in linear time: by the cells of a grid that both touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.geometry import Floats

GRID = 64
"""Cells a side."""


def touches(covers: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Return which covers touch a cell that a box touches, of a grid laid over all boxes (but left > right)."""
    solid = boxes[boxes[:, 0] <= boxes[:, 2]]
    if not len(solid):
        return np.zeros(len(covers), dtype=bool)
    low = solid[:, :2].min(axis=0)
    step = np.maximum((solid[:, 2:].max(axis=0) - low) / GRID, 0.01)
    first, last = _cells(solid[:, :2], low, step), _cells(solid[:, 2:], low, step)
    change = np.zeros((GRID + 2, GRID + 2), dtype=np.int64)
    for x, y, sign in ((first, first, 1), (last + 1, first, -1), (first, last + 1, -1), (last + 1, last + 1, 1)):
        np.add.at(change, (y[:, 1], x[:, 0]), sign)
    is_taken = change.cumsum(axis=0).cumsum(axis=1) > 0
    total = np.zeros((GRID + 3, GRID + 3), dtype=np.int64)
    total[1:, 1:] = is_taken.cumsum(axis=0).cumsum(axis=1)
    begin, end = _cells(covers[:, :2], low, step), _cells(covers[:, 2:], low, step) + 1
    inside = ((covers[:, :2] <= solid[:, 2:].max(axis=0)) & (covers[:, 2:] >= low)).all(axis=1)
    counts = (
        total[end[:, 1], end[:, 0]]
        - total[begin[:, 1], end[:, 0]]
        - total[end[:, 1], begin[:, 0]]
        + total[begin[:, 1], begin[:, 0]]
    )
    return np.asarray(inside & (counts > 0), dtype=bool)


def _cells(points: Floats, low: Floats, step: Floats) -> NDArray[np.int64]:
    return np.clip((points - low) / step, 0, GRID).astype(np.int64)
