"""Text to the terms that carry its meaning: the index's terms without function words and the words of asking."""

from __future__ import annotations

import re

from indexes.analysis import terms_of

_HIRAGANA_ONLY = re.compile(r"[\u3040-\u309f]+")
_FUNCTION_WORDS = (
    "a an the of in on at to for from by with as is are was were be been being am do does did done doing have has "
    "had having "
    "i we you they he she it its it's their our his her my your us them this that these those there here and or "
    "but nor not "
    "no if then than so such both either neither each any all some more most other another into onto over under "
    "between "
    "among during through via per about above after before again against can could may might must shall should "
    "will would "
    "what which who whom whose when where why how many much often also only own same too very just because while "
    "until upon "
    "within without whether however et al etc s t"
)
_ASKING_WORDS = (
    "paper authors author study studies article work use used uses using get got make made kind kinds type types "
    "tell explain describe mean means name give following according main exactly"
)
_ASKING_JAPANESE = frozenset(
    ("論文", "本論", "著者", "者は", "何で", "どの", "何を", "何が", "何に", "何か", "研究", "使用", "用い", "方法",
    "教え", "説明", "述べ", "場合")
)  # fmt: skip

STOP_TERMS = frozenset(terms_of(f"{_FUNCTION_WORDS} {_ASKING_WORDS}")) | _ASKING_JAPANESE
"""Stemmed; words of asking are in nearly every question and tell nothing of what is asked."""


def content_terms(text: str) -> list[str]:
    """Return the terms of `text` in order, repeated as they occur, without those that carry no content."""
    return [term for term in terms_of(text) if term not in STOP_TERMS and not _is_function(term)]


def _is_function(term: str) -> bool:
    return _HIRAGANA_ONLY.fullmatch(term) is not None
