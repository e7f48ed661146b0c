"""A question and candidate sentences to one score each: shared terms, nearness of meaning, passage, kind of answer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.cues import Wanted, numbers_of, offers, wanted_by
from app.generators.extractive.terms import content_terms

TERM_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.4
MEANING_WEIGHT = 1.0
PASSAGE_WEIGHT = 0.3
KIND_WEIGHT = 0.2
DANGLING_COST = 0.05

HEADING_WEIGHT = 0.6
"""For terms that the sentence lacks and the heading of its section has: under "Limitations", every sentence is one."""

MIN_HEADING_SHARE = 0.5
"""A heading counts where at least this share of its terms is asked for."""

SHORT_WORDS = 8
SHORT_COST = 0.1

_WORDS_OF_MEASURE = re.compile(
    r"\bhow (?:long|large|big|far|old|high|fast|often|well|accurate)\b|\btakes?(?= ?\?|$)", re.IGNORECASE
)
"""They ask for a kind of answer (`cues`) and are no words of the answer."""


def term_weights(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return each content term of the question with its inverse document frequency among the candidates."""
    terms = set(content_terms(_WORDS_OF_MEASURE.sub(" ", question)))
    holding = Counter(term for one in candidates for term in terms & set(content_terms(one.text)))
    count = len(candidates)
    return {term: math.log(1 + (count - holding[term] + 0.5) / (holding[term] + 0.5)) for term in terms}


def covered_terms(weights: dict[str, float], text: str) -> frozenset[str]:
    """Return those of the weighted terms that `text` has."""
    return frozenset(weights.keys() & set(content_terms(text)))


def share_of(weights: dict[str, float], terms: Iterable[str]) -> float:
    """Return the share of all weight that the terms carry; 0 where there is none."""
    total = sum(weights.values())
    return sum(weights[term] for term in terms) / total if total else 0.0


def lexical_scores(question: str, candidates: Sequence[Candidate], weights: dict[str, float]) -> list[float]:
    """Return the part of every score that needs no vectors; `weights` are the question's `term_weights`."""
    wanted = wanted_by(question)
    best = max((one.passage_score for one in candidates), default=0.0) or 1.0
    asked_numbers = numbers_of(question)
    return [
        _of_terms(one, weights)
        + PASSAGE_WEIGHT * one.passage_score / best
        + KIND_WEIGHT * (wanted is not Wanted.ANY and offers(one.text, wanted, besides=asked_numbers))
        - DANGLING_COST * one.is_dangling
        - SHORT_COST * _is_short(one.text)
        for one in candidates
    ]


def _of_terms(candidate: Candidate, weights: dict[str, float]) -> float:
    own = covered_terms(weights, candidate.text)
    around = covered_terms(weights, f"{candidate.section} {candidate.before or ''}") - own
    heading = frozenset(content_terms(candidate.section.rpartition(" > ")[2]))
    named = (
        heading & weights.keys() - own
        if len(heading & weights.keys()) >= MIN_HEADING_SHARE * len(heading)
        else frozenset()
    )
    score = TERM_WEIGHT * share_of(weights, own) + CONTEXT_WEIGHT * share_of(weights, around - named)
    return score + HEADING_WEIGHT * share_of(weights, named)


def _is_short(text: str) -> bool:
    return text.isascii() and len(text.split()) < SHORT_WORDS
