"""One set on one library: every system's ranking of every question, and how long some questions take each of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.retrieval.judged import Qrels, judge, passages_of, ranked_units
from bench.retrieval.measures import Run
from bench.retrieval.peers import PEERS, PeerEnvironment, Times, export, run_peer
from bench.retrieval.sets import Question, QuestionSet
from bench.retrieval.stored_vectors import StoredVectors
from bench.retrieval.systems import OUR_SYSTEMS, OURS, PARTS, RANKED_UNITS, OurSystems, Ranking, passages_wanted
from indexes.library import Library
from indexes.records import Passage

TIMED_QUESTIONS = 50
TIMED_K = 10
"""Passages asked for when a question is timed: what a reader looks at, not the depth that the measures need."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a set gave: judgements, and by system the run and, where it was timed, the times."""

    questions: QuestionSet
    papers: int
    passages: int
    qrels: Qrels
    runs: Mapping[str, Run]
    times: Mapping[str, Times]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which systems run; without an environment for the peers, none of them does."""

    systems: Sequence[str]
    peers: PeerEnvironment | None


def measure_set(questions: QuestionSet, library: Library, *, encoder: StoredVectors, conditions: Conditions) -> Outcome:
    """Rank every question by every system, then time some of them; all get the same passages and query vectors."""
    passages = passages_of(questions, library)
    encoder.encode_queries([question.text for question in questions.questions])
    ours = OurSystems(library)
    runs = _our_runs(questions, ours, conditions.systems)
    times = {OURS: _our_times(questions, ours, encoder)} if OURS in conditions.systems else {}
    for system, run, peer_times in _peers(questions, library, passages, encoder, conditions):
        runs[system], times[system] = run, peer_times
    count = sum(len(held) for held in passages.values())
    return Outcome(questions, len(passages), count, judge(questions, passages), runs, times)


def timed(questions: QuestionSet) -> list[Question]:
    """Return `TIMED_QUESTIONS` of the set, evenly spread."""
    step = max(1, len(questions.questions) // TIMED_QUESTIONS)
    return list(questions.questions[::step][:TIMED_QUESTIONS])


def _our_runs(questions: QuestionSet, ours: OurSystems, systems: Sequence[str]) -> dict[str, Run]:
    runs: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in OUR_SYSTEMS if name in systems}
    for question in questions.questions:
        k = passages_wanted(question)
        found: dict[str, Ranking] = {}
        if OURS in runs:
            found[OURS] = ours.search(question, k=k)
        if any(name in runs for name in PARTS):
            parts = ours.parts(question, k=k)
            found.update({name: ours.named(PARTS[name](parts)) for name in PARTS if name in runs})
        for name, ranking in found.items():
            runs[name][question.question_id] = ranked_units(question, ranking, depth=RANKED_UNITS)
    return dict(runs)


def _our_times(questions: QuestionSet, ours: OurSystems, encoder: StoredVectors) -> Times:
    """Return the times of the second of two rounds, as the peers' are taken."""
    encoded = [_elapsed_ms(questions, ours) for _ in range(2)]
    encoder.is_looking_up_queries = False
    try:
        encoding = [_elapsed_ms(questions, ours) for _ in range(2)]
    finally:
        encoder.is_looking_up_queries = True
    return Times(*encoding[1][:1], *encoded[1])


def _elapsed_ms(questions: QuestionSet, ours: OurSystems) -> tuple[list[float], list[float]]:
    """Return each timed question's time and processor time."""
    times, cpu_times = [], []
    for question in timed(questions):
        started, started_cpu = time.perf_counter(), time.process_time()
        ours.search(question, k=TIMED_K)
        times.append((time.perf_counter() - started) * 1000)
        cpu_times.append((time.process_time() - started_cpu) * 1000)
    return times, cpu_times


def _peers(
    questions: QuestionSet,
    library: Library,
    passages: Mapping[str, tuple[Passage, ...]],
    encoder: StoredVectors,
    conditions: Conditions,
) -> Iterator[tuple[str, Run, Times]]:
    peers = [peer for peer in PEERS if peer in conditions.systems]
    if conditions.peers is None or not peers:
        return
    with tempfile.TemporaryDirectory(prefix="ronbun-peers-") as folder:
        exported = export(
            Path(folder),
            passages=passages,
            titles={paper_id: library.papers.get(paper_id).paper.title for paper_id in passages},
            questions=questions.questions,
            timed=timed(questions),
            timed_k=TIMED_K,
            environment=conditions.peers,
            encoder=encoder,
        )
        for system in peers:
            found = run_peer(system, exported, environment=conditions.peers)
            run = {
                question.question_id: ranked_units(
                    question,
                    [(name, exported.paper_of[name]) for name in found.rankings.get(question.question_id, ())],
                    depth=RANKED_UNITS,
                )
                for question in questions.questions
            }
            yield system, run, found.times
