"""An encoder without a model: a hashed bag of words. Equal texts get equal vectors, shared words bring texts near."""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from indexes.arrays import TokenVectors, Vectors

VOCABULARY = 1000

_WORD = re.compile(r"[^\W_]+|[^\w\s]")


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()


class FakeEncoder:
    """Honest in every way the library can see: rows of norm 1, equal text gives equal vectors, tokens are countable.

    `languages` is empty by default, which means that the encoder states no limit; `frozenset({"en"})` imitates the
    bundled one.
    """

    def __init__(
        self,
        *,
        name: str = "fake",
        dimension: int = 32,
        max_tokens: int = 256,
        languages: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.languages = languages
        self.sha256 = hashlib.sha256(f"{name}/{dimension}".encode()).hexdigest()
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        vectors = self._encode(texts)
        if on_batch is not None and texts:
            on_batch(len(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = -1, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        return self.encode_passages(texts, on_batch=on_batch), [self._tokens(text) for text in texts]

    def encode_query_with_tokens(self, text: str, *, layer: int = -1) -> tuple[Vectors, TokenVectors]:
        return self.encode_queries([text]), self._tokens(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) + 2 for text in texts]

    def _tokens(self, text: str) -> TokenVectors:
        """Return one vector a word: that of the word alone, so that only equal words are near for certain."""
        words = _WORD.findall(text.casefold())[: self.max_tokens - 2]
        ids = np.array([int.from_bytes(_digest(word)[:2], "big") % VOCABULARY for word in words], dtype=np.int32)
        vectors = np.zeros((len(words), self.dimension), dtype=np.float32)
        for row, word in enumerate(words):
            column, sign = self._place(word)
            vectors[row, column] = sign
        return TokenVectors(ids, vectors)

    def _place(self, word: str) -> tuple[int, float]:
        digest = _digest(word)
        return int.from_bytes(digest[:4], "big") % self.dimension, 1.0 if digest[4] % 2 else -1.0

    def _encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()) or [""]:
                column, sign = self._place(word)
                vectors[row, column] += sign
            norm = float(np.linalg.norm(vectors[row]))
            if norm == 0.0:
                vectors[row, 0] = norm = 1.0
            vectors[row] /= norm
        return vectors
