"""What the encoder reads around a passage: nothing, its title, its section, its neighbours; or their vectors mixed in.

Keywords stay as they are. Each way ranks the same passages, so that ranks are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bench.evidence.figures import Judged, Table, ranks_told, reciprocal
from bench.retrieval.judged import judge, passages_of
from bench.retrieval.measures import p_value
from bench.retrieval.sets import QuestionSet
from bench.retrieval.stored_vectors import StoredVectors
from indexes.arrays import Vectors
from indexes.encoding.encoder import passage_context
from indexes.fusion import fused
from indexes.library import Library
from indexes.pool import DENSE_WEIGHT
from indexes.query.wording import wording_of
from indexes.records import Passage
from indexes.sentences import sentence_spans

SETS = ("covidqa", "qasper", "argscichat")
OURS = "title and section (ours)"
MIXED = (0.1, 0.2, 0.3, 0.5)

Reads = Callable[[str, Sequence[Passage], int], str]
"""From a title, a paper's passages and a number: what the encoder reads of that passage."""


def contexts_compared(questions: QuestionSet, library: Library, encoder: StoredVectors) -> Table:
    """Return hit@1, hit@5 and MRR of the encoder alone and of the sum by what it reads, and how far chance goes."""
    passages = passages_of(questions, library)
    titles = {paper_id: library.papers.get(paper_id).paper.title for paper_id in passages}
    ways = {
        name: {
            paper_id: encoder.encode_passages([reads(titles[paper_id], held, number) for number in range(len(held))])
            for paper_id, held in passages.items()
        }
        for name, reads in READS.items()
    }
    for weight in MIXED:
        ways[f"{OURS}, {weight} of each neighbour's vector"] = {
            paper_id: _mixed(vectors, weight) for paper_id, vectors in ways[OURS].items()
        }
    judgements = judge(questions, passages)
    keywords = library.keywords.current()
    found: dict[str, dict[str, list[int | None]]] = {name: {"encoder": [], "sum": []} for name in ways}
    for question in questions.questions:
        assert question.paper_id is not None
        rows = library.log.rows_of_papers([question.paper_id])
        names = library.log.passage_ids(rows.tolist())
        judged = Judged(tuple(names[row] for row in rows.tolist()), frozenset(judgements[question.question_id]))
        weighed = keywords.weighed(wording_of(question.text).terms, paper_ids=[question.paper_id], translations=())
        by_word = keywords.scores(weighed, rows)
        query = encoder.encode_queries([question.text])[0]
        for name, vectors in ways.items():
            by_meaning = np.asarray(vectors[question.paper_id] @ query, dtype=np.float32)
            found[name]["encoder"].append(judged.rank(by_meaning))
            found[name]["sum"].append(judged.rank(fused(by_word, by_meaning, dense_weight=DENSE_WEIGHT)))
    return _told(found)


def _told(found: dict[str, dict[str, list[int | None]]]) -> Table:
    table: Table = {}
    ours = {part: np.array(list(map(reciprocal, ranks))) for part, ranks in found[OURS].items()}
    for name, parts in found.items():
        table[name] = {}
        for part, ranks in parts.items():
            told = ranks_told(ranks)
            table[name] |= {f"{part} {measure}": value for measure, value in told.items() if measure != "hit@1"}
            if name != OURS:
                table[name][f"p ({part})"] = round(p_value(np.array(list(map(reciprocal, ranks))), ours[part]), 4)
    return table


def _mixed(vectors: Vectors, weight: float) -> Vectors:
    """Return each vector with a share of those before and after it, of norm 1 again."""
    mixed = vectors.copy()
    mixed[1:] += weight * vectors[:-1]
    mixed[:-1] += weight * vectors[1:]
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def _last_sentence(passages: Sequence[Passage], number: int) -> str:
    if number == 0:
        return ""
    text = passages[number - 1].text
    start, end = list(sentence_spans(text))[-1]
    return text[start:end] + " "


def _first_sentence(passages: Sequence[Passage], number: int) -> str:
    if number == len(passages) - 1:
        return ""
    text = passages[number + 1].text
    start, end = next(iter(sentence_spans(text)))
    return " " + text[start:end]


READS: dict[str, Reads] = {
    OURS: lambda title, held, number: passage_context(title, held[number].section) + held[number].text,
    "the passage alone": lambda title, held, number: held[number].text,
    "title": lambda title, held, number: passage_context(title, "") + held[number].text,
    "section": lambda title, held, number: passage_context("", held[number].section) + held[number].text,
    f"{OURS}, the sentence before": lambda title, held, number: (
        passage_context(title, held[number].section) + _last_sentence(held, number) + held[number].text
    ),
    f"{OURS}, the sentences before and after": lambda title, held, number: (
        passage_context(title, held[number].section)
        + _last_sentence(held, number)
        + held[number].text
        + _first_sentence(held, number)
    ),
}
