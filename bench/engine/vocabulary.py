"""A made byte-level vocabulary of any size: its tokens are spread over scripts, marks and lengths as in Qwen2's.

Every token longer than a byte is the merge of a shorter token and one more byte or character, so that the vocabulary is
closed and few tokens break a character. The shares of scripts are rounded from Qwen2's: six tenths Latin, most of it
with a space before; a fifth Chinese and Japanese; the rest Cyrillic, Arabic, Hangul, digits, marks and code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

_ONSETS = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ph", "th", "pr")
_VOWELS = ("a", "e", "i", "o", "u", "io", "ea")
_CODAS = ("", "n", "r", "s", "t", "l", "ng")
_MARKS = " .,:;!?\"'()[]{}<>/\\|-_=+*&^%$#@~`\n\t"
_SCRIPTS = (
    (0.6, ""),
    (0.14, "".join(map(chr, range(0x4E00, 0x5200)))),
    (0.05, "".join(map(chr, range(0x3041, 0x30FB)))),
    (0.06, "".join(map(chr, range(0x0430, 0x0450)))),
    (0.04, "".join(map(chr, range(0x0620, 0x064B)))),
    (0.04, "".join(map(chr, range(0xAC00, 0xAD00)))),
    (0.07, _MARKS),
)
"""Shares of words by script; the empty one is made Latin."""

_MOST_LATIN_SYLLABLES, _MOST_LETTERS = 4, 5
_CAPITALISED, _SPACED = 0.2, 0.6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens as bytes, the 256 single bytes first (a token below 256 is its byte), then in order of their merges."""

    tokens: tuple[bytes, ...]
    merges: tuple[tuple[bytes, bytes], ...]


def made_vocabulary(size: int, *, seed: int = 2026) -> Vocabulary:
    """Return `size` tokens, the same for the same seed; size >= 256."""
    tokens: dict[bytes, None] = {bytes([byte]): None for byte in range(256)}
    merges: list[tuple[bytes, bytes]] = []
    for left, right in _pairs(_words(np.random.default_rng(seed))):
        if len(tokens) >= size:
            break
        if left + right not in tokens:
            tokens[left + right] = None
            merges.append((left, right))
    return Vocabulary(tuple(tokens), tuple(merges))


def printable_bytes() -> tuple[str, ...]:
    """Return GPT-2's stand-in for each byte, by which GGUF files write byte-level tokens."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(256, 512))
    return tuple(chr(byte if byte in printable else next(others)) for byte in range(256))


def _pairs(words: Iterator[str]) -> Iterator[tuple[bytes, bytes]]:
    """Split each word into the merges that build it: bytes to characters, then characters to the word."""
    for word in words:
        letters = [letter.encode() for letter in word]
        for letter in letters:
            yield from ((letter[:end], letter[end : end + 1]) for end in range(1, len(letter)))
        yield from ((b"".join(letters[:end]), letters[end]) for end in range(1, len(letters)))


def _words(generator: np.random.Generator) -> Iterator[str]:
    syllables = tuple(map("".join, product(_ONSETS, _VOWELS, _CODAS)))
    shares = np.cumsum([share for share, _ in _SCRIPTS])
    while True:
        letters = _SCRIPTS[int(np.searchsorted(shares, generator.random() * shares[-1]))][1]
        if letters:
            yield _drawn(generator, letters, most=_MOST_LETTERS)
            continue
        word = _drawn(generator, syllables, most=_MOST_LATIN_SYLLABLES)
        word = word.capitalize() if generator.random() < _CAPITALISED else word
        yield (" " if generator.random() < _SPACED else "") + word


def _drawn(generator: np.random.Generator, parts: str | tuple[str, ...], *, most: int) -> str:
    """Join some parts; those that stand first are drawn more often, as frequent letters are."""
    places = (generator.random(int(generator.integers(1, most + 1))) ** 2 * len(parts)).astype(int)
    return "".join(parts[place] for place in places)
