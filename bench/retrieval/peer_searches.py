"""Searches passages as other programs do, and writes what each finds: run by the peers' own Python.

    PYTHON peer_searches.py SYSTEM FOLDER

Imports nothing of this project, because the peers live in an environment of their own. FOLDER holds `settings.json`
(model, threads, timed_k), `passages.jsonl` (passage_id, paper_id, text) with `vectors.npy`, and `questions.jsonl`
(question_id, text, paper_id or null, k, is_timed) with `query_vectors.npy`. A question with a paper_id is asked of an
index over that paper's passages, the others of one over all. Written are `SYSTEM.run` (TREC, of passages) and
`SYSTEM.times.json`: milliseconds of each timed question for the first `timed_k` passages, with the encoding of the
question ("encoding") and with its vector at hand ("encoded"; "encoded_cpu" is the processor's time of the same, which
other work on the machine changes least). Indexes are built before; that is not counted.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Ranking = list[str]
Search = Callable[[str, int], Ranking]
"""A query and k to passage ids, best first."""


class Texts:
    """The passages of one index: ids, texts and vectors in step."""

    def __init__(self, ids: Sequence[str], texts: Sequence[str], vectors: Vectors) -> None:
        self.ids, self.texts, self.vectors = list(ids), list(texts), vectors


class QueryEncoder:
    """The bundled encoder for queries; while `held` is given, vectors are taken from there instead."""

    def __init__(self, model: str, *, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        self._model: Any = SentenceTransformer(model, device="cpu", local_files_only=True)
        self.held: dict[str, Vectors] = {}

    def __call__(self, text: str) -> Vectors:
        """Return the vector of a query."""
        if text in self.held:
            return self.held[text]
        return np.asarray(self._model.encode([text], show_progress_bar=False, normalize_embeddings=True)[0], np.float32)


def plain_bm25(texts: Texts, encode: QueryEncoder) -> Search:
    """bm25s as its documentation shows it: English stop words and stemmer."""
    import bm25s
    import Stemmer

    stemmer, index = Stemmer.Stemmer("english"), bm25s.BM25()
    index.index(bm25s.tokenize(texts.texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def search(query: str, k: int) -> Ranking:
        tokens = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        places, scores = index.retrieve(tokens, k=min(k, len(texts.ids)), show_progress=False)
        return [texts.ids[place] for place, score in zip(places[0], scores[0], strict=True) if score > 0]

    return search


def langchain(texts: Texts, encode: QueryEncoder) -> Search:
    """LangChain's EnsembleRetriever over BM25Retriever and FAISS, halves weighted alike, with their defaults."""
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import Embeddings

    class Encoding(Embeddings):  # type: ignore[misc]  # its types are in the peers' environment
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [encode(text).tolist() for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return [float(number) for number in encode(text)]

    named = [{"id": name} for name in texts.ids]
    keywords = BM25Retriever.from_texts(texts.texts, metadatas=named)
    pairs = list(zip(texts.texts, texts.vectors.tolist(), strict=True))
    vectors = FAISS.from_embeddings(pairs, Encoding(), metadatas=named)

    def search(query: str, k: int) -> Ranking:
        keywords.k = k
        meaning = vectors.as_retriever(search_kwargs={"k": k})
        both = EnsembleRetriever(retrievers=[keywords, meaning], weights=[0.5, 0.5], id_key="id")
        return [document.metadata["id"] for document in both.invoke(query)][:k]

    return search


def llamaindex(texts: Texts, encode: QueryEncoder) -> Search:
    """LlamaIndex's QueryFusionRetriever over its vector index and BM25Retriever, by reciprocal rank, one query."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    class Encoding(BaseEmbedding):  # type: ignore[misc]  # as above
        def _get_query_embedding(self, query: str) -> list[float]:
            return [float(number) for number in encode(query)]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_query_embedding(text)

    nodes = [
        TextNode(id_=name, text=text, embedding=vector.tolist())
        for name, text, vector in zip(texts.ids, texts.texts, texts.vectors, strict=True)
    ]
    index = VectorStoreIndex(nodes, embed_model=Encoding())
    made: dict[int, Any] = {}

    def retriever(k: int) -> Any:
        halves = [
            index.as_retriever(similarity_top_k=k),
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(k, len(nodes))),
        ]
        return QueryFusionRetriever(
            halves, llm=MockLLM(), similarity_top_k=k, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    def search(query: str, k: int) -> Ranking:
        if k not in made:
            made[k] = retriever(k)
        return [hit.node.node_id for hit in made[k].retrieve(query)]

    return search


def txtai(texts: Texts, encode: QueryEncoder) -> Search:
    """txtai's Embeddings with hybrid=True, everything else by default."""
    from txtai import Embeddings

    known = dict(zip(texts.texts, texts.vectors, strict=True))

    def vectors_of(asked: Sequence[str]) -> Vectors:
        return np.stack([known[text] if text in known else encode(text) for text in asked])

    index: Any = Embeddings(method="external", transform=vectors_of, hybrid=True)
    index.index([(place, text, None) for place, text in enumerate(texts.texts)])
    return lambda query, k: [texts.ids[place] for place, _ in index.search(query, k)]


SYSTEMS: dict[str, Callable[[Texts, QueryEncoder], Search]] = {
    "bm25": plain_bm25,
    "langchain": langchain,
    "llamaindex": llamaindex,
    "txtai": txtai,
}


def main(arguments: Sequence[str]) -> None:
    """Build the indexes, rank every question's passages, then time some questions."""
    system, folder = arguments[0], Path(arguments[1])
    warnings.simplefilter("ignore")
    settings = json.loads((folder / "settings.json").read_text())
    questions = _lines(folder / "questions.jsonl")
    encoder = QueryEncoder(settings["model"], threads=settings["threads"])
    vectors = np.load(folder / "query_vectors.npy")
    encoder.held = {question["text"]: vector for question, vector in zip(questions, vectors, strict=True)}
    wanted = {question["paper_id"] for question in questions}
    searches = {scope: SYSTEMS[system](texts, encoder) for scope, texts in _indexed(folder, wanted).items()}
    with (folder / f"{system}.run").open("w", encoding="utf-8") as run:
        for question in questions:
            found = searches[question["paper_id"]](question["text"], question["k"])
            for rank, passage_id in enumerate(found, start=1):
                run.write(f"{question['question_id']} Q0 {passage_id} {rank} {1 / rank:.6f} {system}\n")
    timed = [(searches[one["paper_id"]], one["text"]) for one in questions if one["is_timed"]]
    encoded, encoded_cpu = _times_ms(timed, settings["timed_k"])
    encoder.held = {}
    encoding, _ = _times_ms(timed, settings["timed_k"])
    times = {"encoding": encoding, "encoded": encoded, "encoded_cpu": encoded_cpu}
    (folder / f"{system}.times.json").write_text(json.dumps(times))


def _times_ms(timed: Sequence[tuple[Search, str]], k: int) -> tuple[list[float], list[float]]:
    """Return each question's time and processor time, of the second of two rounds."""
    rounds = [[_elapsed_ms(search, query, k) for search, query in timed] for _ in range(2)]
    return [elapsed for elapsed, _ in rounds[1]], [cpu for _, cpu in rounds[1]]


def _elapsed_ms(search: Search, query: str, k: int) -> tuple[float, float]:
    started, started_cpu = time.perf_counter(), time.process_time()
    search(query, k)
    return (time.perf_counter() - started) * 1000, (time.process_time() - started_cpu) * 1000


def _indexed(folder: Path, wanted: set[str | None]) -> dict[str | None, Texts]:
    """Return the passages of each index that the questions need, by paper; all of them under None."""
    passages, vectors = _lines(folder / "passages.jsonl"), np.load(folder / "vectors.npy")
    rows: dict[str | None, list[int]] = {None: list(range(len(passages)))}
    for row, passage in enumerate(passages):
        rows.setdefault(passage["paper_id"], []).append(row)
    return {
        scope: Texts(
            [passages[row]["passage_id"] for row in held], [passages[row]["text"] for row in held], vectors[held]
        )
        for scope, held in rows.items()
        if scope in wanted
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


if __name__ == "__main__":
    main(sys.argv[1:])
