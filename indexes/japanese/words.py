"""Parts Japanese text into words of a lexicon: the cheapest path through all words that could stand there (Viterbi).

Costs are negative log probabilities of a unigram model, so a long word of the dictionary wins over the frequent short
words that happen to fill it. Latin words and numbers stay whole. Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MAX_WORD_CHARACTERS = 12
"""Longer words of the lexicon are never looked up."""

UNKNOWN_COST = 18.0
"""Of one character that is no word: more than a rare word (15), less than two."""
UNKNOWN_RUN_COST = 30.0
"""Of a whole run of katakana that is no word (a name, a drug): less than three rare words that fill it by chance."""
LATIN_COST = 10.0
"""Of a Latin word or a number: as a frequent word, so that a word of the lexicon such as B細胞 is cheaper than its
parts."""

LATIN = re.compile(
    r"[0-9a-z\u00c0-\u024f\u0370-\u03ff](?:['+./%_-]?[0-9a-z\u00c0-\u024f\u0370-\u03ff])*%?", re.IGNORECASE
)
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]+")
_RUN = re.compile(r"(?:[^\W_]|(?<=[0-9A-Za-z])['+./%_-](?=[0-9A-Za-z])|(?<=[0-9])%)+")


def folded(text: str) -> str:
    """Return `text` in the form in which words are kept: NFKC, so that ＡＢＣ and ABC meet."""
    return unicodedata.normalize("NFKC", text)


def is_latin(word: str) -> bool:
    """Return whether a word of `words_of` is a Latin word or a number."""
    return LATIN.fullmatch(word) is not None


def words_of(text: str, costs: Mapping[str, float]) -> list[str]:
    """Return the words of folded `text` in order; punctuation is left out."""
    return [word for run in _RUN.findall(text) for word in _cheapest_path(run, costs)]


def _cheapest_path(run: str, costs: Mapping[str, float]) -> list[str]:
    """Return the words of the cheapest way through `run`."""
    best = [0.0] + [float("inf")] * len(run)
    previous = [0] * (len(run) + 1)
    whole = {found.start(): (found.end(), LATIN_COST) for found in LATIN.finditer(run)}
    whole |= {found.start(): (found.end(), UNKNOWN_RUN_COST) for found in _KATAKANA.finditer(run)}
    for start in range(len(run)):
        reached = best[start]
        for end in range(start + 1, min(len(run), start + MAX_WORD_CHARACTERS) + 1):
            cost = costs.get(run[start:end], UNKNOWN_COST if end == start + 1 else None)
            if cost is not None and reached + cost < best[end]:
                best[end], previous[end] = reached + cost, start
        if start in whole:
            end, cost = whole[start]
            if reached + cost < best[end]:
                best[end], previous[end] = reached + cost, start
    words: list[str] = []
    end = len(run)
    while end:
        words.append(run[previous[end] : end])
        end = previous[end]
    return words[::-1]
