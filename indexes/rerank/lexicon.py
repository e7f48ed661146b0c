"""Passages to numbers a word, so that matching a query against fifty of them is arithmetic on arrays.

A word's number says which term it is searched as (`indexes.analysis`) and what kind of word it is (a number, a month, a
word of cause …). The kinds are English; words of other languages simply have none.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from enum import IntFlag
from functools import cache

import numpy as np
import numpy.typing as npt

from indexes.analysis import CJK_CHARACTERS, terms_of

Codes = npt.NDArray[np.int32]

MAX_WORDS = 400_000
"""Distinct words remembered; beyond, the lexicon starts anew. A word takes about 200 bytes."""

MAX_PASSAGES = 20_000
"""Passages remembered as numbers, the last used kept: 0.6 kB each."""

_STREAM = re.compile(r"[^\W_]+|[%°(]|[.!?](?=\s)|[。！？]")
_CJK = re.compile(f"[{CJK_CHARACTERS}]")


class WordKind(IntFlag):
    """What a word is, apart from what it says."""

    BREAK = 1
    NUMBER = 2
    YEAR = 4
    UNIT = 8
    CAPITAL = 16
    COPULA = 32
    CAUSE = 64
    TIME = 128
    MONTH = 256
    LISTING = 512
    OPENING = 1024


def all_words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(text.split())


_KINDS = {
    WordKind.NUMBER: all_words(
        "one two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand million billion "
        "half third quarter twice double dozen"
    ),
    WordKind.UNIT: all_words(
        "mm cm km kg mg ml nm kb mb gb hz ghz mhz ms percent degrees fold times kda bp dpi µm μm μl μg µl µg ng pg mol "
        "mmol nmol"
    ),
    WordKind.TIME: all_words(
        "day days week weeks month months year years hour hours minute minutes min h hrs second seconds century decade "
        "decades annually daily"
    ),
    WordKind.MONTH: all_words(
        "january february march april may june july august september october november december jan feb mar apr jun jul "
        "aug sep sept oct nov dec"
    ),
    WordKind.COPULA: all_words(
        "is are was were refers defined means called known denotes termed named stands represents describes consists "
        "comprises defines"
    ),
    WordKind.CAUSE: all_words(
        "because due since thus therefore reason reasons caused causes owing leads led result results consequence "
        "hence attributed explained allows enables"
    ),
    WordKind.LISTING: all_words("including include includes such following namely first second respectively and"),
}


class Lexicon:
    """Words by number; grows as passages are read. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._numbers: dict[str, int] = {}
        self._stems: dict[str, int] = {"": 0}
        self._prefixes: dict[str, int] = {"": 0}
        self._table = np.zeros((4096, 3), dtype=np.int32)
        self._passages: OrderedDict[str, Codes] = OrderedDict()

    def codes(self, texts: list[str]) -> list[Codes]:
        """Return, for each text, (w, 3) int32: a word's term, the term's opening letters (0: too short), its kinds.

        Numbers mean the same within one call only.
        """
        with self._lock:
            if len(self._numbers) > MAX_WORDS:
                self._forget()
            numbered = [self._numbered(text) for text in texts]
            return [self._table[numbers] for numbers in numbered]

    def _numbered(self, text: str) -> Codes:
        held = self._passages.get(text)
        if held is not None:
            self._passages.move_to_end(text)
            return held
        known = self._numbers
        numbers = [known[word] if word in known else self._learn(word) for word in words_of(text)]
        self._passages[text] = coded = np.array(numbers, dtype=np.int32)
        if len(self._passages) > MAX_PASSAGES:
            self._passages.popitem(last=False)
        return coded

    def _learn(self, word: str) -> int:
        term = terms_of(word)[-1:] if word[0].isalnum() else []
        stem = self._stems.setdefault(term[0], len(self._stems)) if term else 0
        opening = term[0][:PREFIX_LETTERS] if term and len(term[0]) >= PREFIX_LETTERS else ""
        prefix = self._prefixes.setdefault(opening, len(self._prefixes))
        number = self._numbers[word] = len(self._numbers)
        if number == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        self._table[number] = (stem, prefix, _bits_of(word))
        return number


PREFIX_LETTERS = 5
"""Words that begin alike for so long are near in spelling though not the same term (palmitoylate, palmitoylation)."""


def words_of(text: str) -> list[str]:
    """Return the words of `text` in order with the signs between them; Chinese and Japanese as they are indexed."""
    found = _STREAM.findall(text)
    if text.isascii():
        return found
    return [part for word in found for part in (terms_of(word) if _CJK.match(word) else (word,))]


_BITS: dict[str, int] = {}
for _kind, _words in _KINDS.items():
    for _word in _words:
        _BITS[_word] = _BITS.get(_word, 0) | int(_kind)


def kind_of(word: str) -> WordKind:
    """Return what kinds of word `word` is."""
    return WordKind(_bits_of(word))


def _bits_of(word: str) -> int:
    """Return the kinds as a number: putting flags together takes longer than all the rest."""
    if not word[0].isalnum():
        return int(WordKind.OPENING if word == "(" else WordKind.UNIT if word in "%°" else WordKind.BREAK)
    lower = word.lower()
    bits = 0 if lower == "may" and word != "May" else _BITS.get(lower, 0)
    if not word.isalpha() and any(character.isdigit() for character in word):
        is_year = len(word) == 4 and word.isdigit() and word[:2] in ("18", "19", "20")
        bits |= _NUMBER | _YEAR if is_year else _NUMBER
    return bits | _CAPITAL if word[0].isupper() else bits


_NUMBER, _YEAR, _CAPITAL = int(WordKind.NUMBER), int(WordKind.YEAR), int(WordKind.CAPITAL)


@cache
def shared_lexicon() -> Lexicon:
    """Return the lexicon of this process; what it holds is only a saving."""
    return Lexicon()
