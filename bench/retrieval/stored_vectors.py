"""An encoder that looks a text's vector up before it encodes: by the SHA-256 of the text, in files kept between runs.

A store is two files: NAME with rows of float32, and NAME.sha256 with one digest of 32 bytes a row. Rows of zeros are
places not filled yet. Both only ever grow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from indexes.arrays import TokenVectors, Vectors
from indexes.encoding.encoder import Encoder
from indexes.errors import IndexMismatch

DIGEST_BYTES = 32
QUERY_MARK = b"query\0"
"""Before a query's text when it is hashed: an encoder may encode the same text otherwise as a passage."""
LEAST_COSINE = 0.999
"""Below this, a stored vector is not what this encoder makes of the text."""


class VectorFile:
    """One store, open for reading and appending."""

    def __init__(self, path: Path, *, dimension: int) -> None:
        """Open the store at `path`; one that is not there is made at the first vector put in.

        Raises:
            IndexMismatch: its sizes do not agree with the dimension.
        """
        self.path, self._dimension = path, dimension
        self._digests = path.with_name(f"{path.name}.sha256")
        self._places: dict[bytes, int] = {}
        self._rows = np.empty((0, dimension), dtype=np.float32)
        self._read()

    def _read(self) -> None:
        if not self.path.is_file():
            return
        known = self._digests.read_bytes()
        held = self.path.stat().st_size // (4 * self._dimension)
        if held < len(known) // DIGEST_BYTES:
            raise IndexMismatch(
                f"{self.path} holds {held} vectors of {self._dimension} numbers, {self._digests.name} names "
                f"{len(known) // DIGEST_BYTES}",
                hint="Give the vectors of this encoder, or remove both files.",
            )
        if held:
            self._rows = np.memmap(self.path, dtype=np.float32, mode="r", shape=(held, self._dimension))
        starts = range(0, len(known) - len(known) % DIGEST_BYTES, DIGEST_BYTES)
        self._places = {known[start : start + DIGEST_BYTES]: row for row, start in enumerate(starts)}

    def get(self, digest: bytes) -> Vectors | None:
        """Return the vector under this digest, None where there is none yet."""
        place = self._places.get(digest)
        vector = None if place is None else np.asarray(self._rows[place])
        return vector if vector is not None and vector.any() else None

    def put(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Append vectors, then their digests; what a killed run left without the other is cut off first."""
        named = self._digests.stat().st_size // DIGEST_BYTES if self._digests.is_file() else 0
        with self.path.open("ab") as stream:
            stream.truncate(named * 4 * self._dimension)
            stream.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
        with self._digests.open("ab") as stream:
            stream.truncate(named * DIGEST_BYTES)
            stream.write(b"".join(digests))
        self._read()


class StoredVectors:
    """An encoder before which vectors are looked up in files: `kept` takes what is encoded, `given` is only read.

    Files hold no word pieces. Where a passage's are asked for too, it is encoded again, unless its vector is given:
    then it has none, and late interaction says nothing about it.
    """

    def __init__(self, encoder: Encoder, kept: VectorFile, given: Sequence[VectorFile] = ()) -> None:
        self._encoder, self._kept, self._given = encoder, kept, tuple(given)
        self._query_tokens: dict[tuple[str, int], tuple[Vectors, TokenVectors]] = {}
        self.is_looking_up_queries = True

    def __getattr__(self, name: str) -> Any:
        """Answer as the encoder does for whatever is not looked up."""
        return getattr(self._encoder, name)

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Return one row a text; `on_batch` is told of all at once where all were known."""
        digests = [sha256(text.encode()).digest() for text in texts]
        vectors = self._filled(digests, texts, self._encoder.encode_passages)
        if on_batch is not None and texts:
            on_batch(len(texts))
        return vectors

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = -1, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Return rows and word pieces; no pieces for a text whose vector is given."""
        digests = [sha256(text.encode()).digest() for text in texts]
        rows = [_found(digest, self._given) for digest in digests]
        pieces = [TokenVectors(np.empty(0, np.int32), np.empty((0, self._encoder.dimension), np.float32))] * len(texts)
        unknown = [number for number, row in enumerate(rows) if row is None]
        if unknown:
            made, made_pieces = self._encoder.encode_passages_with_tokens([texts[i] for i in unknown], layer=layer)
            self._kept.put([digests[number] for number in unknown], made)
            for number, row, piece in zip(unknown, made, made_pieces, strict=True):
                rows[number], pieces[number] = row, piece
        if on_batch is not None and texts:
            on_batch(len(texts))
        return self._stacked(rows), pieces

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a query; encoded each time while `is_looking_up_queries` is False."""
        if not self.is_looking_up_queries:
            return self._encoder.encode_queries(texts)
        digests = [sha256(QUERY_MARK + text.encode()).digest() for text in texts]
        return self._filled(digests, texts, self._encoder.encode_queries)

    def encode_query_with_tokens(self, text: str, *, layer: int = -1) -> tuple[Vectors, TokenVectors]:
        """Return a query's row and word pieces, as `encode_queries`; kept in memory only."""
        if not self.is_looking_up_queries:
            return self._encoder.encode_query_with_tokens(text, layer=layer)
        if (text, layer) not in self._query_tokens:
            self._query_tokens[text, layer] = self._encoder.encode_query_with_tokens(text, layer=layer)
        return self._query_tokens[text, layer]

    def missing(self, texts: Sequence[str]) -> int:
        """Return how many of the passages would have to be encoded."""
        return sum(self._known(sha256(text.encode()).digest()) is None for text in texts)

    def check(self, texts: Sequence[str]) -> None:
        """Encode these passages and compare with what the files hold.

        Raises:
            IndexMismatch: a stored vector is not what this encoder makes of the text.
        """
        for text in texts:
            held = self._known(sha256(text.encode()).digest())
            if held is None:
                continue
            cosine = float(self._encoder.encode_passages([text])[0] @ held)
            if cosine < LEAST_COSINE:
                raise IndexMismatch(
                    f"a stored vector has cosine {cosine:.4f} with what {self._encoder.name} makes of the same text",
                    hint="The vectors are another encoder's: leave --vectors out, or give another --cache.",
                )

    def _filled(
        self, digests: Sequence[bytes], texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        vectors = [self._known(digest) for digest in digests]
        unknown = [number for number, vector in enumerate(vectors) if vector is None]
        if unknown:
            made = encode([texts[number] for number in unknown])
            self._kept.put([digests[number] for number in unknown], made)
            for number, vector in zip(unknown, made, strict=True):
                vectors[number] = vector
        return self._stacked(vectors)

    def _stacked(self, vectors: Sequence[Vectors | None]) -> Vectors:
        known = [vector for vector in vectors if vector is not None]
        return np.vstack(known).astype(np.float32) if known else np.empty((0, self._encoder.dimension), np.float32)

    def _known(self, digest: bytes) -> Vectors | None:
        return _found(digest, (self._kept, *self._given))


def _found(digest: bytes, files: Sequence[VectorFile]) -> Vectors | None:
    return next((vector for file in files if (vector := file.get(digest)) is not None), None)
