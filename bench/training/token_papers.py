"""Papers with questions to what the token projection is trained on: word pieces by passage, and which passages answer.

Passages are made by the ingest's own code and encoded as a library would encode them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.gold import overlapping, placed
from bench.retrieval.paper_sets import argscichat, covidqa, qasper
from bench.retrieval.sets import Question, QuestionSet, read_lines
from indexes.arrays import TokenVectors
from indexes.encoding.encoder import Encoder, passage_context
from ingest.jsonl import parse_jsonl_line
from ingest.passages import make_passages

PARAGRAPHS = "qasper_paragraphs"
"""Papers of QASPER of which only evidence paragraphs are known; `qasper_pooled` asks the same questions of all."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question's word pieces and the numbers of the passages that answer it."""

    tokens: TokenVectors
    gold: frozenset[int]


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """One paper's passages as word pieces, and its questions."""

    set_name: str
    paper_id: str
    passages: tuple[TokenVectors, ...]
    questions: tuple[AskedQuestion, ...]


def questions_of(papers: Sequence[AskedPaper]) -> dict[tuple[str, str], int]:
    """Return how many questions there are by set and paper."""
    return {(paper.set_name, paper.paper_id): len(paper.questions) for paper in papers}


def read_papers(data: Path, *, encoder: Encoder, layer: int) -> Iterator[AskedPaper]:
    """Yield every paper of the development sets that has a question which some of its passages answer, not all."""
    for questions in (covidqa(data), qasper(data), argscichat(data)):
        yield from _papers_of(questions, encoder, layer)
    yield from _paragraph_papers(data, encoder, layer)


def _papers_of(questions: QuestionSet, encoder: Encoder, layer: int) -> Iterator[AskedPaper]:
    asked: dict[str, list[Question]] = defaultdict(list)
    for question in questions.questions:
        asked[question.paper_id or ""].append(question)
    for line in questions.lines:
        paper_id = str(line["paper_id"])
        source = f"{questions.name}: {paper_id}"
        document = parse_jsonl_line(json.dumps(dict(line)).encode(), source=source)
        passages = make_passages(document, encoder=encoder)
        title = document.paper.title
        texts = [passage_context(title, passage.section) + passage.text for passage in passages]
        places = placed(passages, questions.texts[paper_id])
        gold = {question.text: overlapping(places, question.stretches) for question in asked[paper_id]}
        yield from _encoded((questions.name, paper_id), texts, gold, encoder, layer)


def _paragraph_papers(data: Path, encoder: Encoder, layer: int) -> Iterator[AskedPaper]:
    """Yield papers of which only the evidence paragraphs are known; each paragraph is a passage."""
    places: dict[str, tuple[str, int]] = {}
    texts: dict[str, list[str]] = defaultdict(list)
    for row in read_lines(data / "qa/corpus/qasper_dev_passages.jsonl"):
        held = texts[row["paper_id"]]
        places[row["passage_id"]] = (row["paper_id"], len(held))
        held.append(row["text"])
    gold: dict[str, dict[str, set[int]]] = defaultdict(dict)
    for row in read_lines(data / "qa/qasper_dev_extractive.jsonl"):
        numbers = {places[piece["passage_id"]][1] for piece in row["evidence"] if piece["passage_id"] in places}
        gold[row["paper_id"]][row["question"]] = numbers
    for paper_id, held in texts.items():
        yield from _encoded((PARAGRAPHS, paper_id), held, gold[paper_id], encoder, layer)


def _encoded(
    name: tuple[str, str], texts: Sequence[str], gold: Mapping[str, set[int]], encoder: Encoder, layer: int
) -> Iterator[AskedPaper]:
    useful = {text: numbers for text, numbers in gold.items() if 0 < len(numbers) < len(texts)}
    if not useful:
        return
    _, passages = encoder.encode_passages_with_tokens(texts, layer=layer)
    questions = tuple(
        AskedQuestion(encoder.encode_query_with_tokens(text, layer=layer)[1], frozenset(numbers))
        for text, numbers in useful.items()
    )
    yield AskedPaper(*name, tuple(passages), questions)
