"""How far a re-ranker could come, whether fusing pays, and which questions fail by what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.retrieval.judged import NOWHERE
from bench.retrieval.measuring import Outcome
from bench.retrieval.sets import Question
from bench.retrieval.systems import OURS

RERANKED = 50
PLACES = ((1, "first"), (5, "2 to 5"), (10, "6 to 10"), (RERANKED, "11 to 50"))
MOST_LOST_BY_FUSING = 0.005
"""nDCG@10 by which the fused result may stay behind the better of its parts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a set asked within papers: what an oracle that orders our first 50 reaches, and gold that no passage holds.

    The oracle puts a relevant passage first wherever one is there, so its hit@1 and MRR are the same number.
    """

    oracle_over_50: float
    gold_in_no_passage: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A question whose first result is not relevant.

    Attributes:
        place: where its first relevant result stands: "2 to 5" … "beyond 50", or "in no passage".
        first_by: which part alone has a relevant result first: keywords, encoder, both or neither.
        is_beside: the first result is the neighbour of a relevant passage in its paper.
    """

    set_name: str
    question_id: str
    question: str
    place: str
    first_by: str
    is_beside: bool


def limits_of(outcome: Outcome) -> Limits:
    """Return the limits of our run."""
    run, count = outcome.runs[OURS], len(outcome.qrels)
    reached = sum(any(unit in grades for unit in run[one][:RERANKED]) for one, grades in outcome.qrels.items())
    return Limits(reached / count, sum(NOWHERE in grades for grades in outcome.qrels.values()) / count)


def failures_of(outcome: Outcome) -> Iterator[Failure]:
    """Yield the questions whose first result is not relevant; needs the runs of both parts."""
    for question in outcome.questions.questions:
        place = _place(question, outcome)
        if place != PLACES[0][1]:
            yield Failure(
                outcome.questions.name,
                question.question_id,
                question.text,
                place,
                _first_by(question, outcome),
                _is_beside(question, outcome),
            )


def counts_of(failures: list[Failure]) -> dict[str, int]:
    """Return how many there are of each kind, the most frequent first."""
    counts = Counter(f"{one.place}, first by {one.first_by}{', beside' if one.is_beside else ''}" for one in failures)
    return dict(counts.most_common())


def write_failures(path: Path, failures: list[Failure]) -> None:
    """Write one JSON object a line."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in failures]
    path.write_text("".join(lines), encoding="utf-8")


def _place(question: Question, outcome: Outcome) -> str:
    grades = outcome.qrels[question.question_id]
    if NOWHERE in grades:
        return "in no passage"
    run = outcome.runs[OURS][question.question_id]
    rank = next((rank for rank, unit in enumerate(run, start=1) if unit in grades), len(run) + RERANKED)
    return next((name for last, name in PLACES if rank <= last), "beyond 50")


def _first_by(question: Question, outcome: Outcome) -> str:
    grades = outcome.qrels[question.question_id]
    having = [
        part
        for part in ("keywords", "encoder")
        if outcome.runs[part][question.question_id][:1] and outcome.runs[part][question.question_id][0] in grades
    ]
    return {0: "neither", 1: having[0] if having else "", 2: "both"}[len(having)]


def _is_beside(question: Question, outcome: Outcome) -> bool:
    """Whether the first result and a relevant one are neighbours; ids of passages end in their number."""
    run = outcome.runs[OURS][question.question_id]
    if question.paper_id is None or not run:
        return False
    numbers = {_number(unit) for unit in outcome.qrels[question.question_id] if unit != NOWHERE}
    return bool({_number(run[0]) - 1, _number(run[0]) + 1} & numbers)


def _number(passage_id: str) -> int:
    return int(passage_id.rpartition("-")[2])
