"""A set's questions to what the re-ranker learns from: features of the candidates, and which of them are relevant.

Candidates and features come from the very code that searches. Word pieces are compared by a projection that has not
seen the questions, for in-sample nearness would look better than it is; query and passages by the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bench.retrieval.judged import judge, passages_of
from bench.retrieval.sets import Question, QuestionSet
from indexes.arrays import Scores
from indexes.candidates import Read, by_both, read_best, scope_of, to_rerank
from indexes.encoding.encoder import passage_context
from indexes.late_interaction.maxsim import compress, query_tokens
from indexes.late_interaction.projection import TokenProjection
from indexes.library import Library
from indexes.query.wording import wording_of
from indexes.rerank.features import QUERY_FEATURES, features, standardised
from indexes.rerank.lexicon import Lexicon
from indexes.rerank.ordering import DEPTH, pieces_of

TEXTS_AT_ONCE = 64

Unseen = Callable[[str | None], TokenProjection]
"""Gives, for a paper's id, a projection that was trained without that paper; for None, one that has seen no question to
a library."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: `names` (f,) of the features, `values` (n, f) standardised, `grades` (n,), `units`
    (n,) what is judged of each, and `judged`, the grades of all that is relevant. `group` is never parted by folds."""

    set_name: str
    group: str
    names: tuple[str, ...]
    values: Scores
    grades: Scores
    units: tuple[str, ...]
    judged: dict[str, int]


def examples(questions: QuestionSet, library: Library, *, unseen: Unseen) -> Iterator[Example]:
    """Yield an example for every question that has at least two candidates."""
    is_within = questions.is_within_papers
    blobs = _blobs(library, lambda paper_id: unseen(paper_id if is_within else None))
    judgements = judge(questions, passages_of(questions, library))
    lexicon = Lexicon()
    for question in questions.questions:
        papers = None if question.paper_id is None else [question.paper_id]
        scope = scope_of(library, papers)
        pool = by_both(library, wording_of(question.text), scope, depth=scope.depth)
        read = read_best(library, pool, scope, depth=DEPTH)
        if len(read.places) < 2:
            continue
        candidates = to_rerank(pool, read, depth=DEPTH, is_library_wide=papers is None)
        projection = unseen(question.paper_id)
        _, tokens = library.encoder.encode_query_with_tokens(question.text, layer=projection.layer)
        rows = [int(pool.rows[place]) for place in read.places]
        pieces = pieces_of(query_tokens(tokens, projection), rows, blobs)
        columns = features(question.text, read.passages, replace(candidates, pieces=pieces), lexicon=lexicon)
        names = tuple(name for name in columns if not name.startswith(QUERY_FEATURES))
        judged = judgements[question.question_id]
        units = _units(question, read)
        grades = np.array([judged.get(unit, 0) for unit in units], dtype=np.float32)
        values = standardised(columns, names)
        yield Example(questions.name, question.group, names, values, grades, units, judged)


def _units(question: Question, read: Read) -> tuple[str, ...]:
    """Return what is judged of each candidate: the passage within a paper, its paper across papers."""
    if question.paper_id is not None:
        return tuple(passage.passage_id for passage in read.passages)
    return tuple(passage.paper_id for passage in read.passages)


def _blobs(library: Library, unseen: Unseen) -> dict[int, bytes]:
    """Return the word pieces of every passage, compressed by a projection that has not seen its paper."""
    held = sorted(library.log.passages(library.log.all_rows().tolist()).items())
    titles = {paper_id: library.papers.get(paper_id).paper.title for paper_id in {p.paper_id for _, p in held}}
    blobs = {}
    for start in range(0, len(held), TEXTS_AT_ONCE):
        part = held[start : start + TEXTS_AT_ONCE]
        texts = [passage_context(titles[passage.paper_id], passage.section) + passage.text for _, passage in part]
        layer = unseen(part[0][1].paper_id).layer
        _, tokens = library.encoder.encode_passages_with_tokens(texts, layer=layer)
        for (row, passage), pieces in zip(part, tokens, strict=True):
            blob = compress(pieces, unseen(passage.paper_id))
            if blob is not None:
                blobs[row] = blob
    return blobs
