"""What an encoder is, and how one is opened by name. Knows neither torch nor where vectors are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from indexes.arrays import TokenVectors, Vectors
from indexes.encoding.bilingual import BilingualEncoder
from indexes.encoding.model_folder import BUNDLED, find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder

MAX_TITLE_CHARACTERS = 160
MAX_SECTION_CHARACTERS = 80


class Encoder(Protocol):
    """Turns text into vectors whose inner product is nearness of meaning. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """What people call it; two encoders are the same when their `sha256` is."""
        ...

    @property
    def sha256(self) -> str:
        """Hash over every file that decides a vector: weights, configuration, tokenizer."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Word pieces read of a text, special tokens included; the rest is cut off."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """Codes of the languages it was made for; empty where its card does not say."""
        ...

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Return one row a text, in order. `on_batch` is called with the number of texts done since the last call.

        Raises:
            ModelMissing, ModelFailed: the model cannot be loaded, or broke.
        """
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a query, in order.

        Raises:
            ModelMissing, ModelFailed: as `encode_passages`.
        """
        ...

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = -1, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Return the rows of `encode_passages` and each text's word pieces, from one pass.

        `layer` says which of the transformer's hidden states the pieces are, counted from the last (-1); the rows do
        not depend on it.

        Raises:
            ModelMissing, ModelFailed: as `encode_passages`.
        """
        ...

    def encode_query_with_tokens(self, text: str, *, layer: int = -1) -> tuple[Vectors, TokenVectors]:
        """Return the query's row (1, d) and its word pieces, from one pass; `layer` as above.

        Raises:
            ModelMissing, ModelFailed: as `encode_passages`.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the word pieces of each text, special tokens included, without loading the model."""
        ...


def open_encoder(name: str, *, threads: int) -> Encoder:
    """Open the encoder called `name`: `bundled`, a model's folder, or a model name that the hub or its cache knows.

    Its tokenizer and identity are read at once; the model loads when something is first encoded. The bundled encoder,
    which is English, reads Japanese by way of a lexicon (`indexes/encoding/bilingual.py`); every other model gets its
    texts as they are.

    Args:
        name: which encoder.
        threads: threads for the model; 0 means every core.

    Raises:
        ModelMissing: there is no such model, or a file of it is absent.
        ModelFailed: a file of it cannot be read.
    """
    encoder = SentenceEncoder(read_model_folder(find_model_folder(name), name=name), threads=threads)
    return BilingualEncoder(encoder) if name == BUNDLED else encoder


def passage_context(title: str, section: str) -> str:
    """Return what stands before a passage's text when it is encoded: title and section, bounded, with a newline.

    Nothing where both are empty. More than half of the errors of passage retrieval are missing document context.
    """
    parts = (_shortened(title, MAX_TITLE_CHARACTERS), _shortened(section, MAX_SECTION_CHARACTERS))
    line = ": ".join(part for part in parts if part)
    return f"{line}\n" if line else ""


def _shortened(text: str, limit: int) -> str:
    """Return `text` on one line, cut at the last space before `limit` characters (at the limit where none is)."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[:limit]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut
