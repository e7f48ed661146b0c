"""A library of made papers, written through the store, with the queries that measure it beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.scale.made_texts import MadeTexts
from bench.scale.made_vectors import DIMENSION, made_queries, made_space, made_vectors
from indexes.arrays import TokenVectors, Vectors
from indexes.library import Library, open_library
from indexes.records import Passage
from indexes.rerank.model import PATH, read_reranker
from indexes.storage.paper_writing import PaperRecord

PASSAGES_A_PAPER = 40
PAPERS_AT_ONCE = 25
QUERIES = 100
SEED = 2026
QUERIES_NAME = "bench-queries.json"


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for, the paper in which its passage stands, and its vector, (1, d)."""

    text: str
    paper_id: str
    vector: Vectors


class FixedEncoder:
    """An encoder that knows the vectors of the queries beforehand, so that a search is timed without encoding."""

    name, max_tokens, dimension = "fixed", 256, DIMENSION
    sha256 = "f" * 64
    languages: frozenset[str] = frozenset()

    def __init__(self, queries: Sequence[Query] = (), *, is_reranked: bool = False) -> None:
        """Know these queries; with `is_reranked` the learned model orders the best hits, as for the bundled encoder."""
        self.pieces_sha256 = read_reranker(PATH).encoder_sha256 if is_reranked else self.sha256
        self._vectors = {query.text: query.vector for query in queries}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of known queries."""
        return np.concatenate([self._vectors[text] for text in texts])

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Refuse: passages come with their vectors."""
        raise NotImplementedError

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = -1, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Refuse: passages come with their vectors."""
        raise NotImplementedError

    def encode_query_with_tokens(self, text: str, *, layer: int = -1) -> tuple[Vectors, TokenVectors]:
        """Return the vector of a known query, and no word pieces."""
        return self._vectors[text], TokenVectors(np.empty(0, np.int32), np.empty((0, DIMENSION), np.float32))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the words of each text."""
        return [len(text.split()) for text in texts]


def make_library(folder: Path, *, passages: int) -> float:
    """Write a library of `passages` passages and its queries; return the seconds that the store took."""
    papers = max(1, passages // PASSAGES_A_PAPER)
    space, texts = made_space(papers=papers, seed=SEED), MadeTexts(seed=SEED)
    vectors = made_vectors(space, papers=papers, passages_a_paper=PASSAGES_A_PAPER, seed=SEED + 1)
    asked = set(np.random.default_rng(SEED).choice(papers, min(QUERIES, papers), replace=False).tolist())
    writing_s, wanted, waiting = 0.0, [], []
    library = open_library(folder, encoder=FixedEncoder(), create=True)
    try:
        for number, paper_vectors in enumerate(vectors):
            paper, made = texts.paper(number, PASSAGES_A_PAPER)
            waiting.append(PaperRecord(paper, made, paper_vectors, "made/1", "{}"))
            if number in asked:
                wanted.append((made[number % len(made)], paper_vectors[number % len(made)]))
            if len(waiting) == PAPERS_AT_ONCE or number == papers - 1:
                started = perf_counter()
                library.store.put_page(waiting, kept=(), removed=())
                writing_s += perf_counter() - started
                waiting = []
    finally:
        library._database.close()  # Library.close would build the indexes, which is timed apart
    _write_queries(folder, wanted, made_queries(space, np.stack([vector for _, vector in wanted]), seed=SEED), texts)
    return writing_s


def read_queries(folder: Path) -> list[Query]:
    """Return the queries that were written with the library."""
    held = json.loads((folder / QUERIES_NAME).read_text())
    return [Query(each["text"], each["paper_id"], np.array([each["vector"]], dtype=np.float32)) for each in held]


def opened(folder: Path, *, is_reranked: bool = True) -> Library:
    """Open the library with an encoder that knows its queries."""
    encoder = FixedEncoder(read_queries(folder), is_reranked=is_reranked)
    return open_library(folder, encoder=encoder, create=False)


def _write_queries(folder: Path, wanted: Sequence[tuple[Passage, Vectors]], vectors: Vectors, texts: MadeTexts) -> None:
    made = [
        {"text": texts.query_of(passage), "paper_id": passage.paper_id, "vector": vector.tolist()}
        for (passage, _), vector in zip(wanted, vectors, strict=True)
    ]
    (folder / QUERIES_NAME).write_text(json.dumps(made))
