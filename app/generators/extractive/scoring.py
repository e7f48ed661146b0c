"""A question and candidate sentences to one score each: shared terms, nearness of meaning, passage, kind of answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.cues import Wanted, offers, wanted_by
from app.generators.extractive.terms import content_terms

TERM_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.4
MEANING_WEIGHT = 1.0
PASSAGE_WEIGHT = 0.3
KIND_WEIGHT = 0.2
DANGLING_COST = 0.05

SHORT_WORDS = 8
SHORT_COST = 0.1


def term_weights(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return each content term of the question with its inverse document frequency among the candidates."""
    terms = set(content_terms(question))
    holding = Counter(term for one in candidates for term in terms & set(content_terms(one.text)))
    count = len(candidates)
    return {term: math.log(1 + (count - holding[term] + 0.5) / (holding[term] + 0.5)) for term in terms}


def coverage(weights: dict[str, float], text: str) -> float:
    """Return the weighted share of the terms that `text` has; 0 where there are no terms."""
    total = sum(weights.values())
    if not total:
        return 0.0
    return sum(weights[term] for term in weights.keys() & set(content_terms(text))) / total


def lexical_scores(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return the part of every score that needs no vectors."""
    weights = term_weights(question, candidates)
    wanted = wanted_by(question)
    best = max((one.passage_score for one in candidates), default=0.0) or 1.0
    return [_lexical_score(one, weights, wanted=wanted, best=best) for one in candidates]


def _lexical_score(candidate: Candidate, weights: dict[str, float], *, wanted: Wanted, best: float) -> float:
    own = coverage(weights, candidate.text)
    around = coverage(weights, f"{candidate.section} {candidate.before or ''} {candidate.text}")
    score = TERM_WEIGHT * own + CONTEXT_WEIGHT * (around - own)
    score += PASSAGE_WEIGHT * candidate.passage_score / best
    if wanted is not Wanted.ANY:
        score += KIND_WEIGHT * offers(candidate.text, wanted)
    score -= DANGLING_COST * candidate.is_dangling
    return score - SHORT_COST * (candidate.text.isascii() and len(candidate.text.split()) < SHORT_WORDS)
