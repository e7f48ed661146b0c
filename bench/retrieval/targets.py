"""The figures that retrieval must reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bench.retrieval.figures import Figures
from bench.retrieval.limits import MOST_LOST_BY_FUSING
from bench.retrieval.systems import OURS

TIMES_FASTER = 3.0
RIVALS = ("langchain", "llamaindex", "txtai")


class Judged(NamedTuple):
    """One figure beside what it must reach."""

    name: str
    value: float
    reach: str
    is_met: bool


LEAST = (
    ("covidqa", "hit@1", 0.75),
    ("covidqa", "hit@5", 0.945),
    ("covidqa", "mrr", 0.84),
    ("qasper", "mrr", 0.52),
    ("qasper", "hit@5", 0.70),
    ("jsquad", "mrr@10", 0.85),
    ("ja_notes", "r@10", 0.40),
)
_TRAINED_WITHIN = ("covidqa", "qasper", "argscichat", "qasper_pooled", "ja_questions", "ja_questions_en")
_TRAINED_ACROSS = ("scifact", "dair", "pubmedqa", "cranfield")
TRAINED_ON = frozenset((*_TRAINED_WITHIN, *_TRAINED_ACROSS))
"""Sets whose questions, or their originals, the re-ranker was trained on: what is measured here is the training fit.
`bench.training.reranker` measures on papers it has not seen."""

JAPANESE_SHARE = 0.75
"""MRR of a Japanese question over the English papers, as a share of the English original's."""


def judged(sets: Figures) -> Iterator[Judged]:
    """Yield every target whose sets and systems were measured."""
    for name, measure, least in LEAST:
        if (value := _of(sets, name, OURS, measure)) is not None:
            yield _at_least(f"{name} {measure}{_fit(name)}", value, least)
    yield from _japanese(sets)
    for name, figures in sets.items():
        if "ndcg_over_better_part" in figures:
            yield _at_least(
                f"{name} nDCG@10 over its better part{_fit(name)}",
                figures["ndcg_over_better_part"],
                -MOST_LOST_BY_FUSING,
            )
    for name in sets:
        for rival in RIVALS:
            yield from _against(sets, name, rival)


def _japanese(sets: Figures) -> Iterator[Judged]:
    japanese, english = (_of(sets, name, OURS, "mrr") for name in ("ja_questions", "ja_questions_en"))
    if japanese is not None and english:
        yield _at_least("Japanese question, share of the English MRR", japanese / english, JAPANESE_SHARE)


def _against(sets: Figures, name: str, rival: str) -> Iterator[Judged]:
    ours, theirs = _of(sets, name, OURS, "mrr"), _of(sets, name, rival, "mrr")
    if ours is None or theirs is None:
        return
    yield Judged(f"{name} MRR over {rival}{_fit(name)}", ours - theirs, "> 0", ours > theirs)
    our_ms, their_ms = _of(sets, name, OURS, "ms_p50"), _of(sets, name, rival, "ms_p50")
    if our_ms is not None and their_ms is not None:
        yield _at_least(f"{name} times faster than {rival}", their_ms / our_ms, TIMES_FASTER)


def _fit(name: str) -> str:
    return " (training fit)" if name in TRAINED_ON else ""


def _at_least(name: str, value: float, least: float) -> Judged:
    return Judged(name, value, f">= {least:g}", round(value, 4) >= least)


def _of(sets: Figures, name: str, system: str, measure: str) -> float | None:
    found = sets.get(name, {}).get("systems", {}).get(system, {}).get(measure)
    return None if found is None else float(found)
