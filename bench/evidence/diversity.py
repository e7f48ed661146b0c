"""Results of the whole library made more diverse: by taking likeness off (MMR), and by few passages of each paper.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) takes the passage of the highest
`share * score - (1 - share) * likeness`, likeness being the highest cosine with those taken before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import mean

import numpy as np

from bench.evidence.figures import Table, reciprocal
from bench.retrieval.judged import Qrels, judge, passages_of
from bench.retrieval.sets import Question, QuestionSet
from indexes.arrays import Scores, Vectors
from indexes.fusion import normalised
from indexes.library import Library
from indexes.records import Hit
from indexes.search import search

SETS = ("covidqa", "qasper", "qasper_pooled", "cranfield", "csfcube", "dair", "pubmedqa", "scifact")
"""Questions to one paper are asked of all papers here."""

SHOWN = 10
DEPTH = 50
SHARES = (0.9, 0.7, 0.5)
MOST_OF_A_PAPER = (3, 2, 1)

Chosen = Callable[[Sequence[Hit], Scores, Vectors], list[int]]
"""From hits, best first, their scores (n,) and vectors (n, d): the places of those shown, in order."""


def diversity_compared(questions: QuestionSet, library: Library) -> Table:
    """Return what the first ten hits hold by way of choosing them."""
    judgements = judge(questions, passages_of(questions, library))
    ways: dict[str, Chosen] = {"as they are": lambda hits, scores, vectors: list(range(min(SHOWN, len(hits))))}
    ways |= {f"MMR {share}": _mmr_by(share) for share in SHARES}
    ways |= {f"at most {most} of a paper": _capped_by(most) for most in MOST_OF_A_PAPER}
    rows_by_name = {name: row for row, name in library.log.passage_ids(library.log.all_rows().tolist()).items()}
    seen: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in ways}
    for question in questions.questions:
        hits = [
            hit for hit in search(library, question.text, k=DEPTH).hits if hit.passage.paper_id not in question.excluded
        ]
        if not hits:
            continue
        rows = np.array([rows_by_name[hit.passage.passage_id] for hit in hits], dtype=np.int64)
        held, vectors = library.log.vectors_of(rows)
        vectors = vectors[np.searchsorted(held, rows)]
        scores = normalised(np.array([hit.score for hit in hits], dtype=np.float32))
        for name, choose in ways.items():
            places = choose(hits, scores, vectors)
            seen[name].append(_row(question, [hits[place] for place in places], vectors[places], judgements))
    names = ("relevant found", "mrr", "papers", "likeness")
    return {
        name: {key: round(mean(row[place] for row in rows), 4) for place, key in enumerate(names)}
        for name, rows in seen.items()
    }


def _row(
    question: Question, hits: Sequence[Hit], vectors: Vectors, judgements: Qrels
) -> tuple[float, float, float, float]:
    """Return the share of what is relevant, the first one's reciprocal rank, the papers, and how alike the hits are."""
    grades = judgements[question.question_id]
    units = [hit.passage.passage_id if question.paper_id is not None else hit.passage.paper_id for hit in hits]
    found = {unit for unit in units if unit in grades}
    rank = next((rank for rank, unit in enumerate(units, start=1) if unit in grades), None)
    papers = len({hit.passage.paper_id for hit in hits})
    alike = vectors @ vectors.T
    nearest = [float(alike[place, :place].max()) for place in range(1, len(hits))] or [0.0]
    return len(found) / min(SHOWN, len(grades)), reciprocal(rank), float(papers), mean(nearest)


def _mmr_by(share: float) -> Chosen:
    def chosen(hits: Sequence[Hit], scores: Scores, vectors: Vectors) -> list[int]:
        alike, places = vectors @ vectors.T, [0]
        while len(places) < min(SHOWN, len(hits)):
            gains = share * scores - (1 - share) * alike[:, places].max(axis=1)
            gains[places] = -np.inf
            places.append(int(np.argmax(gains)))
        return places

    return chosen


def _capped_by(most: int) -> Chosen:
    def chosen(hits: Sequence[Hit], scores: Scores, vectors: Vectors) -> list[int]:
        taken: Counter[str] = Counter()
        places = []
        for place, hit in enumerate(hits):
            taken[hit.passage.paper_id] += 1
            if taken[hit.passage.paper_id] <= most:
                places.append(place)
        return places[:SHOWN]

    return chosen
