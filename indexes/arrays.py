"""The arrays that travel between an encoder, the store and the vector index."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
"""(n, d) float32, rows of norm 1."""

Rows: TypeAlias = npt.NDArray[np.int64]
"""(n,) int64, numbers of passages' rows in the library; a number is never used twice."""

Scores: TypeAlias = npt.NDArray[np.float32]
"""(n,) float32, higher is better."""
