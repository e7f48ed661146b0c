"""A query to its words: which carry its content, which are names, and what kind of answer it asks for.

The kinds of question are read from English words; a query in another language is of no kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes.rerank.lexicon import Codes, all_words, words_of

Mask = npt.NDArray[np.bool_]

_FUNCTION_WORDS = all_words(
    "a an the of in on at to for from by with as and or but is are was were be been being do does did has have had can "
    "could will would should may might must it its this that these those there their they we our you your i he she his "
    "her them what which who whom whose when where why how if than then so not no nor any some all also into about "
    "between during after before over under such other more most many much only very s t us me my up down out "
    "same"
)

QUESTION_KINDS = {
    "number": r"\bhow (?:many|much|large|big|high|often|far|old|tall|common|likely|effective|fast)\b|\b(?:number|"
    r"percentage|percent|proportion|fraction|rate|ratio|size|amount|cost|score|accuracy|estimated|average|mean|total|"
    r"range|prevalence|incidence|mortality|dose|temperature|threshold)\b",
    "date": r"\bwhen\b|\bwhat (?:year|date|month|time)\b|\bwhich year\b",
    "duration": r"\bhow long\b|\bduration\b|\bperiod\b",
    "place": r"\bwhere\b|\b(?:what|which) (?:country|countries|city|cities|region|place|location|province|hospital|"
    r"state)\b",
    "person": r"\bwho(?:se|m)?\b|\bauthors?\b",
    "definition": r"^\W*(?:what|who) (?:is|are|was|were|does)\b(?=\W+(?:\w+\W+){1,5}$)|\bdefin|\bstands? for\b|"
    r"\bmeaning\b|\bmeant by\b|\bacronym",
    "reason": r"\bwhy\b|\breasons?\b|\bcauses?\b|\bpurpose\b",
    "listing": r"\b(?:what|which) (?:\w+ ){0,2}(?:are|were|types|kinds|factors|symptoms|datasets?|models?|methods?|"
    r"baselines?|metrics?)\b",
    "name": r"\b(?:what|which) (?!is|are|was|were|does|do|did)\w+",
    "how": r"\bhow (?:do|does|did|is|are|was|were|can|has|have)\b",
    "yesno": r"^\W*(?:is|are|was|were|do|does|did|can|could|has|have|will|would|should)\b",
}
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in QUESTION_KINDS.items()}


@dataclass(frozen=True, slots=True)
class QueryWords:
    """A query's distinct terms in order of appearance, by the lexicon's numbers.

    Attributes:
        codes: (t, 3) int32, as `Lexicon.codes` gives them.
        has_content: (t,) whether a term says what is asked about; all do where none would.
        is_named: (t,) whether a term is a name or holds a digit.
        order: places in `codes` of the query's words as they follow each other, repetitions included.
        kinds: the kinds of answer asked for.
    """

    codes: Codes
    has_content: Mask
    is_named: Mask
    order: tuple[int, ...]
    kinds: frozenset[str]


def read_query(query: str, lexicon_codes: Codes) -> QueryWords:
    """Return the words of `query`, whose numbers are `lexicon_codes` (w, 3), one for each of `words_of(query)`."""
    words = words_of(query)
    places: dict[int, int] = {}
    first: list[int] = []
    order = []
    for number, stem in enumerate(lexicon_codes[:, 0].tolist()):
        if stem == 0:
            continue
        if stem not in places:
            places[stem] = len(places)
            first.append(number)
        order.append(places[stem])
    has_content = np.array([words[number].lower() not in _FUNCTION_WORDS for number in first], dtype=bool)
    if not has_content.any():
        has_content[:] = True
    is_named = np.array(
        [_is_name(words[number], is_first=place == 0) for place, number in enumerate(first)], dtype=bool
    )
    kinds = frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(query))
    return QueryWords(lexicon_codes[first], has_content, is_named, tuple(order), kinds)


def _is_name(word: str, *, is_first: bool) -> bool:
    capitals = sum(character.isupper() for character in word)
    return any(character.isdigit() for character in word) or capitals > 1 or (capitals == 1 and not is_first)
