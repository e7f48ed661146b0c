"""Passages to their vectors and the bytes of their word pieces, in one pass of the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexes.analysis import is_mostly_cjk
from indexes.arrays import Vectors
from indexes.encoding.encoder import Encoder
from indexes.encoding_cache import EncodingCache, Entry, key_of
from indexes.late_interaction.maxsim import compress
from indexes.late_interaction.projection import TokenProjection, projection_for
from indexes.storage.rows import VECTOR_DTYPE, stack_vectors

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
    encoder: Encoder,
    texts: Sequence[str],
    *,
    cache: EncodingCache | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> EncodedTexts:
    """Return the texts' vectors and what is kept of their word pieces; `on_batch` as in `Encoder.encode_passages`.

    Args:
        encoder: the library's.
        texts: passages with their context.
        cache: is asked first, and told what had to be encoded.
        on_batch: called with the number of texts done since the last call.

    Raises:
        ModelMissing, ModelFailed: the model cannot be loaded, or broke; the projection's file is damaged.
    """
    projection = projection_for(encoder)
    entries: list[Entry] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts[start : start + TEXTS_AT_ONCE]
        if cache is None:
            entries += _encoded(encoder, part, projection, on_batch)
        else:
            entries += _through(cache, encoder, part, projection=projection, on_batch=on_batch)
    vectors = stack_vectors((vector for vector, _ in entries), dimension=encoder.dimension)
    return EncodedTexts(vectors, [blob for _, blob in entries])


def _through(
    cache: EncodingCache,
    encoder: Encoder,
    texts: Sequence[str],
    *,
    projection: TokenProjection | None,
    on_batch: Callable[[int], None] | None,
) -> list[Entry]:
    keys = [key_of(text, encoder_sha256=encoder.sha256, projection=projection) for text in texts]
    length = encoder.dimension * VECTOR_DTYPE.itemsize
    known = {key: entry for key, entry in cache.known(keys).items() if len(entry[0]) == length}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if on_batch is not None and len(missing) < len(texts):
        on_batch(len(texts) - len(missing))
    if missing:
        added = dict(zip(missing, _encoded(encoder, list(missing.values()), projection, on_batch), strict=True))
        cache.keep(added)
        known |= added
    return [known[key] for key in keys]


def _encoded(
    encoder: Encoder,
    texts: Sequence[str],
    projection: TokenProjection | None,
    on_batch: Callable[[int], None] | None,
) -> list[Entry]:
    if projection is None:
        vectors = encoder.encode_passages(texts, on_batch=on_batch)
        return [(row.astype(VECTOR_DTYPE).tobytes(), None) for row in vectors]
    vectors, tokens = encoder.encode_passages_with_tokens(texts, layer=projection.layer, on_batch=on_batch)
    blobs = [
        None if is_mostly_cjk(text) else compress(pieces, projection)
        for text, pieces in zip(texts, tokens, strict=True)
    ]
    return [(row.astype(VECTOR_DTYPE).tobytes(), blob) for row, blob in zip(vectors, blobs, strict=True)]
