"""Scored sentences to the few that are shown: best first, none repeating another, none left pointing at nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.scoring import share_of
from indexes.arrays import Vectors

MIN_SHARE_OF_BEST = 0.92
"""A further sentence that covers no more of the question must score at least this share of the best one."""

MIN_SHARE_WITH_GAIN = 0.8
"""The same for one that covers terms of the question which those before it lack."""

MIN_GAIN = 0.25
"""So much of the question's weight is a gain."""

MAX_LIKENESS = 0.80
"""Two sentences with a higher cosine say the same; the weaker is left out."""

REPETITION_COST = 0.35
"""What likeness to a chosen sentence costs a further one (maximal marginal relevance, Carbonell and Goldstein 1998)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate, its score, its vector, and the question's terms that it has."""

    candidate: Candidate
    score: float
    vector: Vectors
    terms: frozenset[str]


def choose(scored: Sequence[Scored], *, weights: Mapping[str, float], max_sentences: int) -> tuple[Candidate, ...]:
    """Return up to `max_sentences` candidates, best first, each after the sentence that it points back at."""
    chosen: list[Scored] = []
    pool = sorted(scored, key=lambda one: (-one.score, one.candidate.evidence_number, one.candidate.position))
    while pool and len(_with_antecedents(chosen, scored)) < max_sentences:
        pick = max(pool, key=lambda one: one.score - REPETITION_COST * _likeness(one, chosen))
        pool.remove(pick)
        if not chosen or _adds(pick, chosen, weights):
            chosen.append(pick)
    return _with_antecedents(chosen, scored)[:max_sentences]


def _adds(pick: Scored, chosen: Sequence[Scored], weights: Mapping[str, float]) -> bool:
    if _likeness(pick, chosen) > MAX_LIKENESS:
        return False
    gain = share_of(weights, pick.terms.difference(*(one.terms for one in chosen)))
    return pick.score >= (MIN_SHARE_WITH_GAIN if gain >= MIN_GAIN else MIN_SHARE_OF_BEST) * chosen[0].score


def _likeness(one: Scored, chosen: Sequence[Scored]) -> float:
    return max((float(np.dot(one.vector, other.vector)) for other in chosen), default=0.0)


def _with_antecedents(chosen: Sequence[Scored], scored: Sequence[Scored]) -> tuple[Candidate, ...]:
    """Return the chosen ones, each that points back after the sentence before it."""
    by_text = {one.candidate.text: one.candidate for one in scored}
    shown: dict[str, Candidate] = {}
    for one in chosen:
        before = one.candidate.before if one.candidate.is_dangling else None
        if before is not None and before in by_text:
            shown.setdefault(before, by_text[before])
        shown.setdefault(one.candidate.text, one.candidate)
    return tuple(shown.values())
