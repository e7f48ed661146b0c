"""Text to the terms that are indexed and searched: one analysis for both, so a query has no syntax to break.

Words are folded (case, width, accents) and stemmed; runs of Chinese and Japanese characters become bigrams; compounds
such as GPT-4, BERT-base, IL-6 or 10-5 are searchable whole and in parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import Stemmer

ANALYSIS_VERSION = 2
"""Raise it when any text yields other terms than before; keyword indexes of another version are rebuilt."""

CJK_CHARACTERS = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
MOSTLY_CJK_SHARE = 0.5

_HYPHENS = "-\u2010-\u2015\u2212"
_JOINERS = rf"{_HYPHENS}./"
_WORD = rf"[^\W_{CJK_CHARACTERS}]+(?:'[^\W_{CJK_CHARACTERS}]+)*"
_TOKEN = re.compile(rf"(?P<run>[{CJK_CHARACTERS}]+)|(?P<compound>{_WORD}(?:[{_JOINERS}]{_WORD})*)")
_JOINER = re.compile(rf"[{_JOINERS}]")
_HYPHEN = re.compile(rf"[{_HYPHENS}]")
_CJK = re.compile(rf"[{CJK_CHARACTERS}]")
_MAY_BE_CJK = re.compile(rf"[{CJK_CHARACTERS}\uff66-\uff9d]")
"""Half-width kana become others when folded."""
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_CITED = re.compile(
    rf"(?:(?<=[^\W\d_{_RAISED}]{{3}})|(?<=[.,;:!?)\]\u201d\u2019]))[{_RAISED}]+(?:[{_HYPHENS},;][{_RAISED}]+)*(?![{_RAISED}\w])"
)
"""Raised numbers after a word or a mark: citations and footnotes. Folded, they would make "models12" of "models"."""
_POWER = re.compile(rf"(?<=[0-9])(?=[{_RAISED}])")
"""Where a power begins: folded, 10 with a raised 8 would be found as 108."""

MAX_TERM_CHARACTERS = 64
"""Longer "words" (base64, sequences) are cut: nobody types them and they only swell the index."""


REMEMBERED_WORDS = 100_000
"""Words whose terms are kept, the last used: text is mostly words seen before, and a look-up takes a sixth of the time.
A word takes some 250 bytes."""


def in_one_width(text: str) -> str:
    """Return `text` in NFKC, where a power stays one ("10⁸" becomes "10^8", not 108) and citation marks go."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _POWER.sub("^", _CITED.sub(" ", text)))


def terms_of(text: str) -> list[str]:
    """Return the terms of `text` in order, repeated as often as they occur."""
    text = in_one_width(text)
    text = text.casefold().replace("\u2019", "'")
    terms: list[str] = []
    for run, compound in _TOKEN.findall(text):
        if run:
            terms += _bigrams(run)
        else:
            terms += _known_terms(compound) if len(compound) <= MAX_TERM_CHARACTERS else _word_terms(compound)
    return terms


def pairs_of(terms: Sequence[str]) -> list[str]:
    """Return each two neighbouring terms as one; terms hold no space and no underscore, so pairs are never mistaken."""
    return [f"{first}_{second}" for first, second in pairwise(terms)]


def is_mostly_cjk(text: str) -> bool:
    """Return whether at least half of the letters and digits are Chinese or Japanese characters."""
    if not _MAY_BE_CJK.search(text):
        return False
    letters = _LETTER_OR_DIGIT.findall(unicodedata.normalize("NFKC", text))
    return bool(letters) and sum(1 for letter in letters if _CJK.match(letter)) >= MOSTLY_CJK_SHARE * len(letters)


def _bigrams(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[start : start + 2] for start in range(len(run) - 1)]


@lru_cache(maxsize=REMEMBERED_WORDS)
def _known_terms(compound: str) -> tuple[str, ...]:
    return _word_terms(compound)


def _word_terms(compound: str) -> tuple[str, ...]:
    """Return the parts of a compound, stemmed, and after them the whole; one term for a plain word.

    The whole is written without its joiners, so that GPT-4 and GPT4 meet, unless it is all digits: 10-5 is not 105.
    """
    parts = [_unaccented(part) for part in _JOINER.split(compound)]
    terms = [_stem(part[:MAX_TERM_CHARACTERS]) for part in parts]
    if len(parts) > 1:
        is_digits = all(part.isdigit() for part in parts)
        whole = _HYPHEN.sub("-", compound) if is_digits else "".join(parts)
        terms.append(whole[:MAX_TERM_CHARACTERS])
    return tuple(terms)


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


def _stem(word: str) -> str:
    # A stemmer is not to be shared by threads; making one takes 2 µs, where Snowball in Python took 38 a word.
    return str(Stemmer.Stemmer("english").stemWord(word)) if word.isascii() else word
