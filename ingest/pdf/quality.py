"""How far a page's text reads as language, from 0 to 1: broken fonts give signs of no letter, or of the wrong ones.

It looks at the shape of words, at pairs of letters and at how common Chinese characters are. It has no dictionary:
pages of names, formulas, numbers or references, and papers in German or French, read as language too. It does not ask
how the text was read.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

LEAST_WORD, LONGEST_WORD = 3, 30
"""Letters. Shorter tokens prove nothing; longer ones are words that lost their spaces (German compounds stay below)."""
WORD_SHARES, WORD_QUALITIES = (0.0, 0.12, 0.3, 0.9), (0.0, 0.5, 0.8, 1.0)
"""A page's quality by the share of its characters (numbers apart) that stand in words. Over 1,372 sound pages of 133
papers the share is .22 at least, .90 in the middle; over the 125 pages of the five papers with broken fonts it is .004
in the middle and .043 at the 95th percentile (bench.parsing's papers)."""
PAIR_SHARES, PAIR_QUALITIES = (0.55, 0.75, 0.9), (0.0, 0.5, 1.0)
"""Quality by the share of letter pairs that European languages use. Sound pages have .77 at least,
.984 in the middle; the same pages with letters swapped for others .47 in the middle, .74 at most."""
HAN_SHARES, HAN_QUALITIES = (0.5, 0.85, 0.97), (0.0, 0.5, 1.0)
"""Quality by the share of common ones among the page's Japanese and Chinese characters: .999 where they are right, .32
where they are drawn from Unicode's block by chance."""
LEAST_QUALITY, LEAST_QUALITY_UNMAPPED = 0.5, 0.75
"""Below, a page is garbled; the second holds where fonts are known to be broken. Sound pages of 200 characters are at
.61 or above (the half per cent below .84: tables of chemical names), at .83 where formulas lost their symbols."""
UNMAPPED_SHARE = 0.05
"""A page's fonts are broken when this much of its type maps to no character."""
FEWEST_CHARACTERS = 200
"""Pages with less text, such as a plot's labels, are left alone unless signs map to no character."""
PRIOR_PAIRS, PRIOR_SHARE = 10, 0.98
"""Pairs (and Chinese characters) taken for granted beside the page's own: three odd words do not condemn a page."""

_PAIRS = {
    "a": "abcdfghiklmnoprstuvyz", "b": "abcdefijlorsu", "c": "acehiklorstuy", "d": "adegiorsuvy",
    "e": "abcdefghiklmnopqrstuvwxyz", "f": "abefilortu", "g": "aehilmnorsuy", "h": "aeimnortuy",
    "i": "abcdefgjklmnopqrstvxz", "j": "aeiou", "k": "aeinorsuy", "l": "adefghiklnopstuy", "m": "abeimnopsuy",
    "n": "acdefgiklmnoprstuvyz", "o": "abcdefghiklmnoprstuvwxyz", "p": "aehiloprstuy", "q": "u",
    "r": "acdefgiklmnoprstuvyz", "s": "acefhijklmopstuwy", "t": "acehiloprstuwyz", "u": "abcdefgilmnprstvwxz",
    "v": "aeioru", "w": "aehilnors", "x": "aceiptuy", "y": "aeilmnoprstu", "z": "aehiouz",
}  # fmt: skip
"""Which letters follow which within words, accents dropped: the pairs that make up 98.5 % of English abstracts and 93 %
of the names of countries and languages in German, French, Spanish, Italian, Portuguese and Dutch. Swedish, Polish,
Finnish, Turkish and Hungarian text is at .95 and above with them."""
_LETTERS = 26


class Kind(IntEnum):
    """What a character can be part of."""

    SYMBOL = 0
    LATIN = 1
    GREEK = 2
    CYRILLIC = 3
    OTHER_LETTER = 4
    CJK = 5
    RARE_CJK = 6
    NUMBER = 7
    QUOTE = 8
    PUNCTUATION = 9


_NUMBER_SIGNS = "0123456789+−±%=–"
_QUOTES = "\"'“‘’”!?\u0002—…«»"
_PUNCTUATION = ".,-()[]:;/"
"""In numbers and in words alike."""


def quality_of(text: str) -> float:
    """Return from 0 (no language) to 1 (reads as language) for a page's text, words parted by spaces.

    A text without words or signs, such as a table of numbers, is beyond doubt.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    places = np.flatnonzero(codes != 0x20)
    if not len(places):
        return 1.0
    codes = np.minimum(codes[places], 0xFFFF)
    kinds_of, bases_of, is_pair = _tables()
    kinds = kinds_of[codes]
    is_first = np.diff(places, prepend=-2) > 1
    counts, lengths, token_of = _counted(kinds, is_first)
    is_word = _words(counts, lengths)
    is_neutral = counts[:, Kind.NUMBER] + counts[:, Kind.PUNCTUATION] == lengths
    questioned = int(lengths[~is_neutral].sum())
    words = int(lengths[is_word].sum() + counts[~is_word, Kind.CJK].sum())
    word_quality = float(np.interp(words / questioned, WORD_SHARES, WORD_QUALITIES)) if questioned else 1.0
    bases = bases_of[codes]
    inside = ~is_first[1:] & is_word[token_of[1:]] & (bases[1:] < _LETTERS) & (bases[:-1] < _LETTERS)
    known = is_pair[bases[:-1][inside], bases[1:][inside]]
    pair_quality = float(np.interp(_eased(int(known.sum()), len(known)), PAIR_SHARES, PAIR_QUALITIES))
    common, rare = int(counts[:, Kind.CJK].sum()), int(counts[:, Kind.RARE_CJK].sum())
    han_quality = float(np.interp(_eased(common, common + rare), HAN_SHARES, HAN_QUALITIES))
    return word_quality * pair_quality * han_quality


def is_garbled(quality: float, *, length: int, unmapped_share: float) -> bool:
    """Return whether a page's text is no language: too low in quality for its length and its fonts.

    Args:
        quality: of its text, as `quality_of` says.
        length: characters of that text.
        unmapped_share: of all the page's characters, those that map to no letter.
    """
    if unmapped_share > UNMAPPED_SHARE:
        return length > 0 and quality < LEAST_QUALITY_UNMAPPED
    return length >= FEWEST_CHARACTERS and quality < LEAST_QUALITY


def _eased(found: int, among: int) -> float:
    return (found + PRIOR_PAIRS * PRIOR_SHARE) / (among + PRIOR_PAIRS)


def _counted(
    kinds: NDArray[np.uint8], is_first: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return for each token how many characters of each kind it has, its length, and each character's token."""
    token_of = np.cumsum(is_first) - 1
    count = int(token_of[-1]) + 1
    counts = np.bincount(token_of * len(Kind) + kinds, minlength=count * len(Kind)).reshape(count, len(Kind))
    return counts, counts.sum(axis=1), token_of


def _words(counts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which tokens have the shape of a word: letters of one script, and marks as they stand around words."""
    letters = counts[:, Kind.LATIN : Kind.OTHER_LETTER + 1].max(axis=1)
    marks = counts[:, Kind.QUOTE] + counts[:, Kind.PUNCTUATION]
    is_word: NDArray[np.bool_] = (letters >= LEAST_WORD) & (letters <= LONGEST_WORD) & (letters + marks == lengths)
    return is_word


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return for code points below 0x10000 their kind and base letter (0 to 25; 26 for none), and which pairs go."""
    kinds = np.full(0x10000, Kind.SYMBOL, dtype=np.uint8)
    bases = np.full(0x10000, _LETTERS, dtype=np.uint8)
    kinds[0x370:0x400] = kinds[0x1F00:0x2000] = Kind.GREEK
    kinds[0x400:0x530] = Kind.CYRILLIC
    kinds[0x530:0x1E00] = kinds[0xAC00:0xD7B0] = Kind.OTHER_LETTER
    for code in (*range(0x250), *range(0x1E00, 0x1F00)):
        if chr(code).isalpha():
            kinds[code] = Kind.LATIN
            base = unicodedata.normalize("NFD", chr(code).lower())[0]
            bases[code] = ord(base) - ord("a") if "a" <= base <= "z" else _LETTERS
    kinds[0x2E80:0xA000] = kinds[0xF900:0xFB00] = Kind.RARE_CJK
    kinds[0x3000:0x3100] = kinds[0xFF00:0xFFF0] = Kind.CJK
    kinds[[ord(character) for character in _common_han()]] = Kind.CJK
    kinds[list(map(ord, _NUMBER_SIGNS))] = Kind.NUMBER
    kinds[list(map(ord, _QUOTES))] = Kind.QUOTE
    kinds[list(map(ord, _PUNCTUATION))] = Kind.PUNCTUATION
    is_pair = np.zeros((_LETTERS, _LETTERS), dtype=bool)
    for first, followers in _PAIRS.items():
        is_pair[ord(first) - ord("a"), [ord(second) - ord("a") for second in followers]] = True
    return kinds, bases, is_pair


def _common_han() -> str:
    """Return the characters of level 1 of JIS X 0208 (rows 16 to 47) and of GB 2312 (rows 16 to 55)."""
    found = ""
    for codec, rows in (("euc_jp", range(16, 48)), ("gb2312", range(16, 56))):
        block = bytes(byte for row in rows for cell in range(1, 95) for byte in (row + 0xA0, cell + 0xA0))
        found += block.decode(codec, errors="ignore")
    return found
