"""An English encoder that also reads Japanese, because Japanese is glossed into English words before it.

The encoder itself never sees a Japanese character. A text without one goes to it unchanged and gets the very vector it
would get alone, so English figures do not move. A text with one is glossed (`indexes/japanese/glossing.py`), and where
it is mostly Japanese the student's vector is mixed in, window by window. How well each does is told in ADR 19.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indexes.analysis import is_mostly_cjk
from indexes.arrays import TokenVectors, Vectors
from indexes.encoding.sentence_encoder import SentenceEncoder
from indexes.japanese.glossing import gloss_of, has_japanese
from indexes.japanese.lexicon import LEXICON_FILE, Lexicon, read_lexicon, sha256_of
from indexes.japanese.student import STUDENT_FILE, Student, read_student
from indexes.japanese.windows import windows_of

LANGUAGES = frozenset({"en", "ja"})

STUDENT_SHARE = 0.5
"""What the student's vector counts beside the gloss's. By the gloss, the student, and both with .4 / .7 / 1.0:
acc@1 of sentences of lectures .878, .829, .926 / .933 / .933, of talk at work .559, .571, .609 / .628 / .646 (about 520
each, never learned from). MRR of Japanese questions inside their English papers .519, .439, and both .522 with .5, .525
with .7, where the English questions have .547. Notes to abstracts lose a little with more."""


@dataclass(frozen=True, slots=True)
class _Windows:
    """What the encoder gets, for each piece the number of the text it came from, and the Japanese behind it, if any."""

    english: list[str]
    owners: list[int]
    japanese: list[str]


@dataclass(frozen=True, slots=True)
class _Reader:
    lexicon: Lexicon
    student: Student


class BilingualEncoder:
    """An English encoder with a lexicon of Japanese before it and a student beside it; satisfies `Encoder`.

    Safe to call from several threads.
    """

    def __init__(self, english: SentenceEncoder) -> None:
        self._english = english
        self._lock = threading.Lock()
        self._held: _Reader | None = None
        self._sha256 = ""

    @property
    def name(self) -> str:
        """The English encoder's name."""
        return self._english.name

    @property
    def sha256(self) -> str:
        """Hash over the English encoder's files, lexicon and student, taken when first asked for."""
        if not self._sha256:
            both = f"{self._english.sha256} {sha256_of(LEXICON_FILE, STUDENT_FILE)}"
            self._sha256 = hashlib.sha256(both.encode()).hexdigest()
        return self._sha256

    @property
    def pieces_sha256(self) -> str:
        """Whose word pieces it gives: the English encoder's."""
        return self._english.sha256

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._english.dimension

    @property
    def max_tokens(self) -> int:
        """Word pieces read of an English text; a Japanese one is read window by window."""
        return self._english.max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """English and Japanese."""
        return LANGUAGES

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the word pieces of each text as it stands; a gloss is rarely longer than its Japanese."""
        return self._english.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Return one row a text, in order; `on_batch` gets the number of texts done since the last call."""
        windows = self._windows(texts)
        is_whole = len(windows.owners) == len(texts)
        vectors = self._english.encode_passages(windows.english, on_batch=on_batch if is_whole else None)
        if on_batch is not None and not is_whole:
            on_batch(len(texts))
        return self._rows(vectors, windows)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a query, in order."""
        windows = self._windows(texts)
        return self._rows(self._english.encode_queries(windows.english), windows)

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = -1, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Return rows and word pieces; a Japanese text has the pieces of the first window of its gloss."""
        windows = self._windows(texts)
        is_whole = len(windows.owners) == len(texts)
        vectors, tokens = self._english.encode_passages_with_tokens(
            windows.english, layer=layer, on_batch=on_batch if is_whole else None
        )
        if on_batch is not None and not is_whole:
            on_batch(len(texts))
        return self._rows(vectors, windows), [tokens[window] for window in _firsts(windows.owners)]

    def encode_query_with_tokens(self, text: str, *, layer: int = -1) -> tuple[Vectors, TokenVectors]:
        """Return the query's row (1, d) and its word pieces; a Japanese query has those of its gloss's first window."""
        windows = self._windows([text])
        first, tokens = self._english.encode_query_with_tokens(windows.english[0], layer=layer)
        if len(windows.owners) == 1:
            return self._rows(first, windows), tokens
        return self._rows(self._english.encode_queries(windows.english), windows), tokens

    def _windows(self, texts: Sequence[str]) -> _Windows:
        """Return every text as it is where it has no Japanese, else the gloss of each of its windows."""
        windows = _Windows([], [], [])
        for number, text in enumerate(texts):
            pieces = windows_of(text) if is_mostly_cjk(text) else [text]
            for piece in pieces:
                windows.english.append(gloss_of(piece, self._reader().lexicon) if has_japanese(piece) else piece)
                windows.owners.append(number)
                windows.japanese.append(piece if is_mostly_cjk(piece) else "")
        return windows

    def _rows(self, vectors: Vectors, windows: _Windows) -> Vectors:
        """Return one row a text: the student mixed into the rows of Japanese windows, and each text's windows
        averaged."""
        japanese = [row for row, text in enumerate(windows.japanese) if text]
        if not japanese:
            return vectors
        reader = self._reader()
        student = reader.student.encode([windows.japanese[row] for row in japanese], reader.lexicon)
        mixed = vectors.copy()
        mixed[japanese] = _unit(vectors[japanese] + STUDENT_SHARE * student)
        firsts = _firsts(windows.owners)
        if len(firsts) == len(mixed):
            return mixed
        return _unit(np.add.reduceat(mixed, firsts, axis=0))

    def _reader(self) -> _Reader:
        with self._lock:
            if self._held is None:
                self._held = _Reader(read_lexicon(), read_student())
            return self._held


def _firsts(owners: Sequence[int]) -> list[int]:
    """Return the place of each text's first window."""
    return [place for place, owner in enumerate(owners) if place == 0 or owners[place - 1] != owner]


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
