"""What is relevant to each question among a library's passages, and rankings of passages as rankings of what is judged.

Judged are passages where a question is asked within a paper, and papers where it is asked of the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.gold import overlapping, placed
from bench.retrieval.sets import Question, QuestionSet
from indexes.library import Library
from indexes.records import Passage

NOWHERE = "in-no-passage"
"""Stands in the judgements of a question whose gold no passage holds, so that it counts as failed and not as absent."""

Qrels = Mapping[str, Mapping[str, int]]
"""Grades above 0 by question and by what is judged."""


def passages_of(questions: QuestionSet, library: Library) -> dict[str, tuple[Passage, ...]]:
    """Return the passages of every paper of the set that the library holds, in the order of its lines."""
    held = library.log.passages(library.log.all_rows().tolist())
    by_paper: dict[str, list[Passage]] = {str(line["paper_id"]): [] for line in questions.lines}
    for _, passage in sorted(held.items()):
        by_paper[passage.paper_id].append(passage)
    return {paper_id: tuple(passages) for paper_id, passages in by_paper.items() if passages}


def judge(questions: QuestionSet, passages: Mapping[str, tuple[Passage, ...]]) -> dict[str, dict[str, int]]:
    """Return the judgements of every question over these passages."""
    places = {paper_id: placed(passages[paper_id], text) for paper_id, text in questions.texts.items()}
    judged = {}
    for question in questions.questions:
        grades = dict(question.relevance)
        if question.paper_id is not None:
            own = passages[question.paper_id]
            grades = {
                own[number].passage_id: 1 for number in overlapping(places[question.paper_id], question.stretches)
            }
        judged[question.question_id] = grades or {NOWHERE: 1}
    return judged


def ranked_units(question: Question, ranking: Iterable[tuple[str, str]], *, depth: int) -> tuple[str, ...]:
    """Return the first `depth` of what is judged, from (passage id, paper id) in order; a paper counts once."""
    if question.paper_id is not None:
        units = dict.fromkeys(passage_id for passage_id, _ in ranking)
    else:
        units = dict.fromkeys(paper_id for _, paper_id in ranking if paper_id not in question.excluded)
    return tuple(units)[:depth]
