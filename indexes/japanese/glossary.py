"""Japanese text to the English terms that its words stand for, from a list of the project's own, `glossary.tsv`.

A line of the list is a Japanese word (a verb or an adjective in its dictionary form), its English translations, best
first and parted by semicolons, and its field, with tabs between them. Which passages the terms find is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from indexes.analysis import terms_of
from indexes.errors import BadInput
from indexes.japanese.inflection import forms_of
from indexes.japanese.segmentation import covering

GLOSSARY_NAME = "glossary.tsv"

RANK_WEIGHTS = (1.0, 0.35, 0.3, 0.25)
"""What a translation counts for, by its place among a word's.

On the Japanese development questions of COVID-QA and QASPER (docs/adr/0021-glossary.md) 1 for all gives an MRR of .610,
1 / .7 / .6 / .5 .627, 1 / .5 / .4 / .3 .636, these .638, 1 / .3 / .3 / .3 .641, 1 / .2 / .2 / .2 .635.
"""

_OPEN_VOWELS = str.maketrans("ァィゥェォヮ", "アイウエオワ")
_VOICED_U = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"), ("ヂ", "ジ"), ("ヅ", "ズ"))
_LAST_LONG_MARK = re.compile(r"(?<=[\u30a1-\u30fc]{3})ー$")
_LATIN = re.compile(r"[a-z0-9]+(?:[-./+][a-z0-9]+)*")
_MIDDLE_DOT = re.compile(r"(?<=[\u30a1-\u30fc])[・=](?=[\u30a1-\u30fc])")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One translation: the terms that `indexes.analysis` gives for it, in order, and its weight, above 0, at most 1."""

    terms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Translation:
    """A word of the text, folded, and what it may mean, best first and of weight 1."""

    surface: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list."""

    word: str
    translations: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class _Glossary:
    translations: dict[str, tuple[str, ...]]
    longest: int


def translated_terms(text: str, *, k: int = 3) -> tuple[Translation, ...]:
    """Return the words of the glossary that cover `text` best, in the order of the text, each once.

    Latin words and numbers are not among them: they are terms as they stand (`indexes.analysis.terms_of`). The
    alternatives of a word are to be scored as one, with the rarity of all together, so that a word with four
    translations does not outweigh one with one.

    Args:
        text: Japanese or mixed.
        k: translations wanted for each word, 1 <= k.

    Raises:
        BadInput: k is below 1.
    """
    if k < 1:
        raise BadInput(f"k is {k}; at least 1 translation must be wanted", hint="Ask for 1 or more.")
    glossary, folded = _glossary(), folded_text(text)
    spans = covering(folded, glossary.translations, longest=glossary.longest)
    surfaces = dict.fromkeys(folded[start:end] for start, end in spans)
    return tuple(Translation(surface, _alternatives(glossary.translations[surface], k)) for surface in surfaces)


def english_words(text: str) -> str:
    """Return the best translation of each word of the glossary in `text`, and its Latin words and numbers, in order.

    It is no sentence; what the glossary lacks is left out.
    """
    glossary, folded = _glossary(), folded_text(text)
    spans = covering(folded, glossary.translations, longest=glossary.longest)
    told = [(start, glossary.translations[folded[start:end]][0]) for start, end in spans]
    latin = [(found.start(), found[0]) for found in _LATIN.finditer(folded)]
    outside = [one for one in latin if not any(start <= one[0] < end for start, end in spans)]
    return " ".join(dict.fromkeys(words for _, words in sorted(told + outside)))


def folded_text(text: str) -> str:
    """Return `text` as the glossary's words are written: one width, one case, one spelling of katakana.

    ウィルス and ウイルス, ヴィールス and ビールス, ギラン・バレー and ギランバレー meet. A long mark after a word
    stays: the segmentation passes over it.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    for spelled, folded in _VOICED_U:
        text = text.replace(spelled, folded)
    return _MIDDLE_DOT.sub("", text.translate(_OPEN_VOWELS))


def entries() -> Iterator[Entry]:
    """Yield the list's entries in the order of their words."""
    for line in (files("indexes.japanese") / GLOSSARY_NAME).read_text(encoding="utf-8").splitlines():
        word, translations, field = line.split("\t")
        yield Entry(word, tuple(translations.split("; ")), field)


@lru_cache(maxsize=1)
def _glossary() -> _Glossary:
    """Return the words as they are looked up: an entry's own spelling wins over the inflected form of another."""
    own: dict[str, tuple[str, ...]] = {}
    inflected: dict[str, tuple[str, ...]] = {}
    for entry in entries():
        word, *others = forms_of(entry.word)
        own.setdefault(_LAST_LONG_MARK.sub("", folded_text(word)), entry.translations)
        for form in others:
            inflected.setdefault(folded_text(form), entry.translations)
    translations = inflected | own
    return _Glossary(translations, max(map(len, translations)))


@lru_cache(maxsize=4096)
def _alternatives(translations: tuple[str, ...], k: int) -> tuple[Alternative, ...]:
    weights: dict[tuple[str, ...], float] = {}
    for translation, weight in zip(translations[:k], RANK_WEIGHTS, strict=False):
        weights.setdefault(tuple(terms_of(translation)), weight)
    return tuple(Alternative(terms, weight) for terms, weight in weights.items())
