"""Judgements and rankings to measures by question (ir-measures), their means, and what chance allows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
import numpy.typing as npt

from bench.retrieval.judged import Qrels

MEASURES = {
    "hit@1": ir_measures.Success @ 1,
    "hit@3": ir_measures.Success @ 3,
    "hit@5": ir_measures.Success @ 5,
    "hit@10": ir_measures.Success @ 10,
    "mrr": ir_measures.RR,
    "mrr@10": ir_measures.RR @ 10,
    "ndcg@10": ir_measures.nDCG @ 10,
    "r@10": ir_measures.R @ 10,
    "r@100": ir_measures.R @ 100,
}
RESAMPLES = 2_000
PERMUTATIONS = 10_000
CONFIDENCE = 0.95
SEED = 4

Run = Mapping[str, Sequence[str]]
"""What is judged, best first, by question."""

Values = npt.NDArray[np.float64]
"""(q,) one value a question, in the order of the judgements."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds between which the means of resampled questions fall."""

    mean: float
    low: float
    high: float


def by_question(qrels: Qrels, run: Run) -> dict[str, Values]:
    """Return every measure's value for each question of the judgements; one without a ranking counts 0."""
    scored = {
        question: {unit: float(len(units) - place) for place, unit in enumerate(units)}
        for question, units in run.items()
    }
    places = {question: place for place, question in enumerate(qrels)}
    values = {name: np.zeros(len(qrels)) for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    judged = {question: dict(grades) for question, grades in qrels.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), judged, scored):
        values[names[metric.measure]][places[metric.query_id]] = metric.value
    return values


def interval(values: Values, groups: Sequence[str]) -> Interval:
    """Return the mean and its bootstrap interval; questions of a group are drawn together (the cluster bootstrap)."""
    _, members = np.unique(np.asarray(groups), return_inverse=True)
    sums, sizes = np.bincount(members, weights=values), np.bincount(members).astype(np.float64)
    drawn = np.random.default_rng(SEED).integers(0, len(sums), size=(RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def p_value(first: Values, second: Values) -> float:
    """Return how often chance gives a mean difference as far from 0, by flipping signs of the paired differences.

    The two-sided paired randomisation test (Smucker, Allan and Carterette, CIKM 2007), with one added to both counts.
    """
    differences = first - second
    differences = differences[differences != 0]
    if not len(differences):
        return 1.0
    generator, observed, extreme = np.random.default_rng(SEED), abs(differences.sum()), 0
    for _ in range(PERMUTATIONS // 1_000):
        signs = generator.choice(np.array([-1.0, 1.0]), size=(1_000, len(differences)))
        extreme += int((np.abs(signs @ differences) >= observed - 1e-12).sum())
    return (extreme + 1) / (PERMUTATIONS + 1)
