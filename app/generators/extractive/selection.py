"""Scored sentences to the few that are shown: not repeating one another, none left pointing at nothing, in "
"reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.generators.extractive.candidates import Candidate
from indexes.arrays import Vectors

MIN_SHARE_OF_BEST = 0.85
"""A further sentence must score at least this share of the best one."""

MAX_LIKENESS = 0.80
"""Two sentences with a higher cosine say the same; the weaker is left out."""

REPETITION_COST = 0.35
"""What likeness to a chosen sentence costs a further one (maximal marginal relevance, Carbonell and Goldstein 1998)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate, its score and its vector."""

    candidate: Candidate
    score: float
    vector: Vectors


def choose(scored: Sequence[Scored], *, max_sentences: int) -> tuple[Candidate, ...]:
    """Return up to `max_sentences` candidates, best group first, each group in its passage's order."""
    chosen: list[Scored] = []
    pool = sorted(scored, key=lambda one: (-one.score, one.candidate.evidence_number, one.candidate.position))
    best = pool[0].score if pool else 0.0
    while pool and _room(chosen, scored) < max_sentences:
        pick = max(pool, key=lambda one: one.score - REPETITION_COST * _likeness(one, chosen))
        pool.remove(pick)
        if chosen and (pick.score < MIN_SHARE_OF_BEST * best or _likeness(pick, chosen) > MAX_LIKENESS):
            continue
        chosen.append(pick)
    return _in_reading_order(_with_antecedents(chosen, scored, max_sentences=max_sentences), chosen)


def _room(chosen: Sequence[Scored], scored: Sequence[Scored]) -> int:
    """Return how many sentences the chosen ones take, their antecedents counted."""
    return len(_with_antecedents(chosen, scored, max_sentences=len(scored)))


def _likeness(one: Scored, chosen: Sequence[Scored]) -> float:
    return max((float(np.dot(one.vector, other.vector)) for other in chosen), default=0.0)


def _with_antecedents(chosen: Sequence[Scored], scored: Sequence[Scored], *, max_sentences: int) -> list[Candidate]:
    """Add the sentence before each one that points back at it, while there is room."""
    kept = [one.candidate for one in chosen]
    by_text = {one.candidate.text: one.candidate for one in scored}
    for one in chosen:
        before = one.candidate.before
        antecedent = by_text.get(before) if one.candidate.is_dangling and before is not None else None
        if antecedent is not None and antecedent not in kept and len(kept) < max_sentences:
            kept.append(antecedent)
    return kept


def _in_reading_order(kept: Sequence[Candidate], chosen: Sequence[Scored]) -> tuple[Candidate, ...]:
    best_of_passage: dict[int, float] = {}
    for one in chosen:
        number = one.candidate.evidence_number
        best_of_passage[number] = max(best_of_passage.get(number, -np.inf), one.score)
    return tuple(
        sorted(
            kept,
            key=lambda one: (-best_of_passage.get(one.evidence_number, -np.inf), one.evidence_number, one.position),
        )
    )
