"""A set's outcome to the figures that are printed and kept: plain numbers under plain names, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

from bench.retrieval.limits import counts_of, failures_of, limits_of
from bench.retrieval.measures import MEASURES, Values, by_question, interval, p_value
from bench.retrieval.measuring import Outcome
from bench.retrieval.peers import Times
from bench.retrieval.systems import OURS

Figures = Mapping[str, Any]

INTERVALS = ("hit@1", "mrr", "ndcg@10")
BETTER_PART = ("keywords", "encoder")


def figures_of(outcome: Outcome) -> dict[str, Any]:
    """Return a set's figures.

    `systems` has for each system every measure's mean, `…_95` the bounds of some of them (questions resampled by
    paper in sets within papers) and `p_…` of the paired randomisation test against our search.
    """
    groups = [question.group for question in outcome.questions.questions]
    values = {system: by_question(outcome.qrels, run) for system, run in outcome.runs.items()}
    figures: dict[str, Any] = {
        "questions": len(outcome.qrels),
        "papers": outcome.papers,
        "passages": outcome.passages,
        "relevant": outcome.questions.relevant,
        "systems": {
            system: _system_figures(held, values.get(OURS), groups) | _time_figures(outcome.times.get(system))
            for system, held in values.items()
        },
    }
    if OURS in values and all(part in values for part in BETTER_PART):
        best = max(float(values[part]["ndcg@10"].mean()) for part in BETTER_PART)
        figures["ndcg_over_better_part"] = round(float(values[OURS]["ndcg@10"].mean()) - best, 4)
        figures["failures"] = counts_of(list(failures_of(outcome)))
    if OURS in values and outcome.questions.is_within_papers:
        figures["limits"] = {name: round(value, 4) for name, value in asdict(limits_of(outcome)).items()}
    return figures


def _system_figures(
    values: Mapping[str, Values], ours: Mapping[str, Values] | None, groups: list[str]
) -> dict[str, Any]:
    figures: dict[str, Any] = {name: round(float(values[name].mean()), 4) for name in MEASURES}
    for name in INTERVALS:
        bounds = interval(values[name], groups)
        figures[f"{name}_95"] = [round(bounds.low, 4), round(bounds.high, 4)]
    if ours is not None and ours is not values:
        for name in ("mrr", "ndcg@10"):
            figures[f"p_{name}"] = round(p_value(ours[name], values[name]), 4)
    return figures


def _time_figures(times: Times | None) -> dict[str, float]:
    if times is None or not times.encoding:
        return {}
    return {
        "ms_p50": round(median(times.encoding), 2),
        "ms_p50_encoded": round(median(times.encoded), 2),
        "cpu_ms_p50_encoded": round(median(times.encoded_cpu), 2),
        "ms_p95_encoded": round(float(np.quantile(times.encoded, 0.95)), 2),
    }
