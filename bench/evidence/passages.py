"""Passages of other sizes, passages that overlap, and small passages that find large ones.

Sizes are compared by what a reader of the first so many characters has met of the evidence, for a hit on a longer
passage is easier and costs more to read. Small to big is compared by ranks: both ways rank the same passages.

`sum` is the normalised sum, which nothing was trained for; `search` orders it anew by weights that were trained on
passages of `TARGET_WORDS`, partly of the same papers, and so has that size in its favour.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from bench.evidence.figures import Table, ranks_told, share_read
from bench.gold import Stretch, overlapping, placed
from bench.retrieval.judged import passages_of
from bench.retrieval.sets import Question, QuestionSet
from bench.retrieval.stored_vectors import StoredVectors
from bench.retrieval.systems import PASSAGES_WITHIN, OurSystems
from indexes.encoding.encoder import passage_context
from indexes.fusion import fused
from indexes.library import Library, open_library
from indexes.passage_encoding import encode_for_storing
from indexes.pool import DENSE_WEIGHT
from indexes.records import Passage
from indexes.sentences import sentence_spans
from ingest import passages as cutting
from ingest.document import ParsedDocument
from ingest.jsonl import parse_jsonl_line

SETS = ("covidqa", "qasper", "argscichat")
TARGET_WORDS = cutting.TARGET_WORDS
SIZES = (45, 65, 90, TARGET_WORDS, 180)
CHILDREN = (45, 65)
BUDGETS = (1_000, 2_000, 4_000)
PARSER = "bench/1"

Cut = Callable[[ParsedDocument], Sequence[Passage]]
Ranked = dict[str, list[str]]
"""Passage ids, best first, by question."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of cutting, searched: by paper the passages and where they stand, and the rankings of every question."""

    passages: Mapping[str, tuple[Passage, ...]]
    places: Mapping[str, Sequence[Sequence[Stretch]]]
    rankings: Mapping[str, Ranked]

    def stretches(self) -> dict[str, Sequence[Stretch]]:
        """Return where each passage stands, by its id."""
        return {
            passage.passage_id: self.places[paper_id][number]
            for paper_id, held in self.passages.items()
            for number, passage in enumerate(held)
        }


def sizes_compared(questions: QuestionSet, encoder: StoredVectors) -> dict[str, Table]:
    """Return the share of the evidence read within each budget by way of cutting, and the ranks by small to big."""
    cuts: dict[str, Cut] = {f"{size} words": partial(_sized, encoder=encoder, words=size) for size in SIZES}
    usual = f"{TARGET_WORDS} words"
    cuts |= {f"{usual}, last sentence twice": partial(_overlapping, encoder=encoder, share=0.0)}
    cuts |= {f"{usual}, half of them twice": partial(_overlapping, encoder=encoder, share=0.5)}
    ways = {name: _searched(questions, cut, encoder) for name, cut in cuts.items()}
    read: Table = {}
    for name, way in ways.items():
        stretches = way.stretches()
        for ranker, rankings in way.rankings.items():
            read[f"{name}, {ranker}"] = {"passages": float(sum(map(len, way.passages.values())))} | {
                f"{budget:,}": round(
                    mean(
                        share_read(
                            [stretches[name] for name in rankings[one.question_id]], one.stretches, budget=budget
                        )
                        for one in questions.questions
                    ),
                    4,
                )
                for budget in BUDGETS
            }
    return {
        "share of the evidence within so many characters": read,
        f"passages of {usual}": _small_to_big(
            questions, ways[usual], {size: ways[f"{size} words"] for size in CHILDREN}
        ),
    }


def _small_to_big(questions: QuestionSet, parents: Way, children: Mapping[int, Way]) -> Table:
    """Return the ranks of the usual passages: as they are searched, by their best small one, and by both."""
    table: Table = {}
    for ranker in ("sum", "search"):
        own = parents.rankings[ranker]
        table[f"{ranker} as it is"] = _ranks(questions, parents, own)
        for size, way in children.items():
            parent_of = _parents(way, parents)
            small = {
                name: list(dict.fromkeys(parent for child in ranked for parent in parent_of[child]))
                for name, ranked in way.rankings[ranker].items()
            }
            table[f"{ranker} of {size} words to big"] = _ranks(questions, parents, small)
            both = {name: _together(own[name], small[name]) for name in own}
            table[f"{ranker} and {size} words to big"] = _ranks(questions, parents, both)
    return table


def _ranks(questions: QuestionSet, way: Way, rankings: Ranked) -> dict[str, float]:
    ranks = []
    for one in questions.questions:
        assert one.paper_id is not None
        held = way.passages[one.paper_id]
        gold = {held[number].passage_id for number in overlapping(way.places[one.paper_id], one.stretches)}
        found = (rank for rank, name in enumerate(rankings[one.question_id], start=1) if name in gold)
        ranks.append(next(found, None))
    return ranks_told(ranks)


def _parents(children: Way, parents: Way) -> dict[str, list[str]]:
    """Return, for each small passage, the usual ones that share a character with it."""
    return {
        child.passage_id: [
            parents.passages[paper_id][place].passage_id
            for place in sorted(overlapping(parents.places[paper_id], children.places[paper_id][number]))
        ]
        for paper_id, held in children.passages.items()
        for number, child in enumerate(held)
    }


def _together(first: Sequence[str], second: Sequence[str], *, constant: int = 10) -> list[str]:
    """Return two rankings as one, by the sum of 1 / (constant + rank)."""
    scores: dict[str, float] = {}
    for ranked in (first, second):
        for rank, name in enumerate(ranked, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (constant + rank)
    return sorted(scores, key=lambda name: -scores[name])


def _sized(document: ParsedDocument, *, encoder: StoredVectors, words: int) -> Sequence[Passage]:
    """Return passages of about so many words; the ingest has one size, which is set to another meanwhile."""
    with patch.object(cutting, "TARGET_WORDS", words):
        return cutting.make_passages(document, encoder=encoder)


def _overlapping(document: ParsedDocument, *, encoder: StoredVectors, share: float) -> list[Passage]:
    """Return the usual passages, each with the end of the one before it in its section: a sentence, or a share."""
    made = cutting.make_passages(document, encoder=encoder)
    widened = list(made)
    for number in range(1, len(made)):
        before, own = made[number - 1], made[number]
        if (before.section, before.kind) != (own.section, own.kind):
            continue
        ends = [start for start, _ in sentence_spans(before.text)]
        wanted = (1 - share) * len(before.text) if share else ends[-1]
        start = min(ends, key=lambda end: abs(end - wanted))
        widened[number] = replace(own, text=f"{before.text[start:]}\n{own.text}", spans=())
    return widened


def _searched(questions: QuestionSet, cut: Cut, encoder: StoredVectors) -> Way:
    with _library_of(questions, cut, encoder) as library:
        passages = passages_of(questions, library)
        places = {paper_id: placed(held, questions.texts[paper_id]) for paper_id, held in passages.items()}
        systems = OurSystems(library)
        by_sum: Ranked = {}
        by_search: Ranked = {}
        for one in questions.questions:
            by_sum[one.question_id] = _by_sum(systems, one)
            by_search[one.question_id] = [name for name, _ in systems.search(one, k=PASSAGES_WITHIN)]
        return Way(passages, places, {"sum": by_sum, "search": by_search})


def _by_sum(systems: OurSystems, question: Question) -> list[str]:
    parts = systems.parts(question, k=PASSAGES_WITHIN)
    scores = fused(parts.keyword_scores, parts.encoder_scores, dense_weight=DENSE_WEIGHT)
    rows = parts.candidates[np.argsort(-scores, kind="stable")]
    return [name for name, _ in systems.named(rows)]


@contextmanager
def _library_of(questions: QuestionSet, cut: Cut, encoder: StoredVectors) -> Iterator[Library]:
    """Give a library of the set's papers, cut this way; its passages are not the ingest's, so it is not kept."""
    with (
        TemporaryDirectory(prefix="ronbun-bench-") as folder,
        open_library(Path(folder), encoder=encoder, create=True) as library,
    ):
        lines = {str(line["paper_id"]): line for line in reversed(questions.lines)}
        for line in lines.values():
            document = parse_jsonl_line(json.dumps(dict(line)).encode(), source=questions.name)
            passages = cut(document)
            title = document.paper.title
            texts = [passage_context(title, passage.section) + passage.text for passage in passages]
            encoded = encode_for_storing(encoder, texts)
            library.store.put_paper(
                document.paper,
                passages,
                encoded.vectors,
                parser=PARSER,
                document_json="{}",
                token_blobs=encoded.token_blobs,
            )
        library.catch_up()
        yield library
