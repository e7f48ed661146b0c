"""The arrays that travel between an encoder, the store and the vector index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
"""(n, d) float32, rows of norm 1."""

Rows: TypeAlias = npt.NDArray[np.int64]
"""(n,) int64, numbers of passages' rows in the library; a number is never used twice."""

Scores: TypeAlias = npt.NDArray[np.float32]
"""(n,) float32, higher is better."""

TokenIds: TypeAlias = npt.NDArray[np.int32]
"""(t,) int32, numbers of word pieces in the encoder's vocabulary."""


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """What an encoder makes of each word piece of one text, in order, special tokens left out.

    `ids` (t,) int32 and `vectors` (t, d) float32 of any norm; t is 0 where the encoder has none for the text.
    """

    ids: TokenIds
    vectors: Vectors
