"""How much of one text another repeats: shared character 3-grams, and content words that are new."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9][a-z0-9.%-]*[a-z0-9%]|[a-z0-9]|[ァ-ヶー]+|[一-龥]")
_SPACE = re.compile(r"[\s、。,.;:()「」“”\"'?!?!]+")


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _word_set(
    "a an and are as at be been by can could did do does for from had has have how if in into is it its may more "
    "most not of on or our such than that the their them then there these they this those to used using was we were "
    "what when where which while who why will with would you your also each between over under about "
)


def normal_form(text: str) -> str:
    """Return the text in NFKC, lower case, without spaces and punctuation, as 3-grams are counted on it."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).lower())


def containment(first: str, second: str) -> float:
    """Return the share of the shorter text's character 3-grams that the other holds, from 0 to 1."""
    grams = sorted((_grams(first), _grams(second)), key=len)
    if not grams[0]:
        return 0.0
    return len(grams[0] & grams[1]) / len(grams[0])


def new_words(text: str, *, beyond: str) -> frozenset[str]:
    """Return the content words of `text` that `beyond` does not hold, compared by their first six letters."""
    known = {_stem(word) for word in content_words(beyond)}
    return frozenset(word for word in content_words(text) if _stem(word) not in known)


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that carry meaning, in order: Latin words and numbers, runs of katakana, single kanji."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
    return tuple(word for word in found if word not in _STOP)


def _stem(word: str) -> str:
    return word[:6] if word[0].isascii() else word


def _grams(text: str) -> frozenset[str]:
    normal = normal_form(text)
    return frozenset(normal[at : at + 3] for at in range(len(normal) - 2))
