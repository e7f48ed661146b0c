"""Passages to their vectors and the bytes of their word pieces, in one pass of the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indexes.analysis import is_mostly_cjk
from indexes.arrays import Vectors
from indexes.encoder import Encoder
from indexes.late_interaction import compress
from indexes.token_projection import projection_for

TEXTS_AT_ONCE = 128
"""Texts whose pieces are in memory together: at 256 pieces of 384 numbers each 50 MB, where a book's would be GB."""


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """Texts as the library keeps them beside themselves: one of each for every text, in order.

    Attributes:
        vectors: (n, d), rows of norm 1.
        token_blobs: what is kept of the word pieces; None for a text of an encoder that no projection was trained for,
            or in Japanese, which no projection was trained on.
    """

    vectors: Vectors
    token_blobs: Sequence[bytes | None]

    def part(self, first: int, count: int) -> EncodedTexts:
        """Return the `count` texts from number `first` on."""
        return EncodedTexts(self.vectors[first : first + count], self.token_blobs[first : first + count])


def encode_for_storing(
    encoder: Encoder, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None
) -> EncodedTexts:
    """Return the texts' vectors and what is kept of their word pieces; `on_batch` as in `Encoder.encode_passages`.

    Raises:
        ModelMissing, ModelFailed: the model cannot be loaded, or broke; the projection's file is damaged.
    """
    projection = projection_for(encoder)
    if projection is None:
        return EncodedTexts(encoder.encode_passages(texts, on_batch=on_batch), [None] * len(texts))
    rows: list[Vectors] = [np.zeros((0, encoder.dimension), dtype=np.float32)]
    blobs: list[bytes | None] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts[start : start + TEXTS_AT_ONCE]
        vectors, tokens = encoder.encode_passages_with_tokens(part, layer=projection.layer, on_batch=on_batch)
        rows.append(vectors)
        blobs += [
            None if is_mostly_cjk(text) else compress(pieces, projection)
            for text, pieces in zip(part, tokens, strict=True)
        ]
    return EncodedTexts(np.concatenate(rows), blobs)
