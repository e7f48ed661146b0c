"""What is measured of one library: building, sizes, opening, memory, latency, recall, searching while it changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import numpy as np
import psutil

from bench.scale.made_library import PASSAGES_A_PAPER, Query, opened, read_queries
from bench.scale.made_texts import MadeTexts
from bench.scale.made_vectors import made_space, made_vectors
from bench.scale.timing import Stopwatch, summed_up
from indexes.analysis import terms_of
from indexes.arrays import Rows
from indexes.candidates import CANDIDATES
from indexes.library import DATABASE_NAME, DERIVED_NAME, Library
from indexes.search import search
from indexes.storage.row_log import RowRange
from indexes.vectors.files import vector_files

HITS = 10
WARMING_QUERIES = 20
RECALL_QUERIES = 100
CHANGED_PAPERS = 40
SEARCHING_THREADS = 2


def build_indexes(folder: Path) -> dict[str, Any]:
    """Build both indexes of a library that has none, and return the seconds."""
    library, seconds = opened(folder), {}
    for name, call in (("vectors", lambda: _vectors(library)), ("keywords", library.keywords.current)):
        wall, cpu = perf_counter(), process_time()
        call()
        seconds[f"{name}_s"], seconds[f"{name}_cpu_s"] = perf_counter() - wall, process_time() - cpu
    library.close()
    return {name: round(value, 2) for name, value in seconds.items()}


def opening(folder: Path) -> dict[str, Any]:
    """Open a library in a process that has not yet, and return the milliseconds of each part and the memory after."""
    memory = psutil.Process()
    before = memory.memory_info().rss - memory.memory_info().shared
    watch, queries = Stopwatch(), read_queries(folder)
    library = watch.time("library", lambda: opened(folder))
    watch.time("vectors", lambda: _vectors(library))
    watch.time("keywords", library.keywords.current)
    watch.time("first search", lambda: search(library, queries[0].text, k=HITS))
    for query in queries[:RECALL_QUERIES]:
        search(library, query.text, k=HITS)
    held = memory.memory_info()
    library.close()
    return {
        "opening_ms": {name: times.wall_p50_ms for name, times in watch.times().items()},
        "memory_mb": {"own": (held.rss - held.shared - before) >> 20, "files": held.shared >> 20},
    }


def sizes(folder: Path) -> dict[str, Any]:
    """Return the sizes of the files in MB, and which kind of vector index there is."""
    [vectors] = vector_files(folder / DERIVED_NAME)
    keywords = sum(path.stat().st_size for path in (folder / DERIVED_NAME / "keywords").iterdir())
    with opened(folder) as library:
        index = _vectors(library)
        kind = "one by one" if index.lists is None else f"{index.lists.list_count} lists"
        count = len(index)
    megabytes = {
        "database": (folder / DATABASE_NAME).stat().st_size,
        "vectors": vectors.stat().st_size,
        "keywords": keywords,
    }
    return {
        "passages": count,
        "vector_index": kind,
        "files_mb": {name: round(size / 2**20, 1) for name, size in megabytes.items()},
    }


def latency(folder: Path, *, within_paper: bool) -> dict[str, Any]:
    """Return the times of whole searches without encoding, and of their parts, over the library or within one paper.

    The passages have no word pieces: re-ranking then lacks their comparison, 2 ms where they are read from the library.
    """
    library, plain, queries = opened(folder), opened(folder, is_reranked=False), read_queries(folder)
    whole, parts = Stopwatch(), Stopwatch()
    for query in queries[:WARMING_QUERIES]:
        _search(library, query, within_paper)
        _search(plain, query, within_paper)
    for query in queries:
        whole.time("search", lambda query=query: _search(library, query, within_paper))  # type: ignore[misc]
        whole.time("… not re-ranked", lambda query=query: _search(plain, query, within_paper))  # type: ignore[misc]
        _time_parts(parts, library, query, within_paper)
    library.close()
    plain.close()
    return {name: times.to_json() for name, times in (whole.times() | parts.times()).items()}


def recall(folder: Path) -> dict[str, float]:
    """Return which share of the true nearest the vector index finds, and the cosine error of its scores."""
    library, queries = opened(folder), read_queries(folder)[:RECALL_QUERIES]
    wanted = _true_nearest(library, queries)
    index = _vectors(library)
    found = [index.search(query.vector, k=CANDIDATES) for query in queries]
    shares = {
        f"recall@{k}": float(
            np.mean(
                [len(np.intersect1d(rows[:k], true[:k])) / k for (rows, _), true in zip(found, wanted, strict=True)]
            )
        )
        for k in (HITS, CANDIDATES)
    }
    off = [
        np.abs(scores - index.scores(query.vector, rows)).max()
        for (rows, scores), query in zip(found, queries, strict=True)
    ]
    library.close()
    return {name: round(share, 4) for name, share in shares.items()} | {"largest_score_error": float(max(off))}


def changing(folder: Path) -> dict[str, Any]:
    """Search from two threads while a third adds papers and takes them out again; return times and faults."""
    library, queries = opened(folder), read_queries(folder)
    search(library, queries[0].text, k=HITS)
    stop, taken, faults = threading.Event(), [], []

    def searching(first: int) -> None:
        place = first
        while not stop.is_set():
            wall, cpu = perf_counter(), thread_time()
            hits = search(library, queries[place % len(queries)].text, k=HITS).hits
            taken.append((perf_counter() - wall, thread_time() - cpu))
            if len(hits) < HITS or len({hit.passage.passage_id for hit in hits}) < len(hits):
                faults.append(len(hits))
            place += SEARCHING_THREADS

    threads = [threading.Thread(target=searching, args=(number,)) for number in range(SEARCHING_THREADS)]
    for thread in threads:
        thread.start()
    started = perf_counter()
    _change(library)
    changed_s = perf_counter() - started
    stop.set()
    for thread in threads:
        thread.join()
    library.close()
    longest = max(wall for wall, _ in taken)
    return summed_up(taken).to_json() | {
        "searches": len(taken),
        "longest_ms": round(longest * 1000, 1),
        "faults": len(faults),
        "changes": 2 * CHANGED_PAPERS,
        "changes_s": round(changed_s, 1),
    }


def _change(library: Library) -> None:
    """Add papers one by one, then remove them."""
    space, texts = made_space(papers=CHANGED_PAPERS, seed=7), MadeTexts(seed=7)
    vectors = made_vectors(space, papers=CHANGED_PAPERS, passages_a_paper=PASSAGES_A_PAPER, seed=8)
    names = []
    for number, paper_vectors in enumerate(vectors):
        paper, passages = texts.paper(0xFFFF_0000 + number, PASSAGES_A_PAPER)
        paper = replace(paper, title=f"{paper.title} {number}")
        library.store.put_paper(paper, passages, paper_vectors, parser="made/1", document_json="{}")
        names.append(paper.paper_id)
    for name in names:
        library.store.remove_paper(name)


def _vectors(library: Library) -> Any:
    with library.vectors.current() as index:
        return index


def _search(library: Library, query: Query, within_paper: bool) -> None:
    search(library, query.text, k=HITS, paper_ids=[query.paper_id] if within_paper else None)


def _time_parts(watch: Stopwatch, library: Library, query: Query, within_paper: bool) -> None:
    paper_ids = [query.paper_id] if within_paper else None
    allowed = library.log.rows_of_papers(paper_ids) if paper_ids else None
    index, keywords = _vectors(library), library.keywords.current()
    weighed = watch.time("keywords: query", lambda: keywords.weighed(terms_of(query.text), paper_ids=paper_ids))
    by_keyword, _ = watch.time("keywords: best", lambda: keywords.search(weighed, k=CANDIDATES))
    by_meaning, _ = watch.time("vectors: nearest", lambda: index.search(query.vector, k=CANDIDATES, allowed=allowed))
    rows = np.union1d(by_keyword, by_meaning)
    watch.time("vectors: scores of candidates", lambda: index.scores(query.vector, rows))
    watch.time("keywords: scores of candidates", lambda: keywords.scores(weighed, rows))
    watch.time("database: ids of candidates", lambda: library.log.passage_ids(rows.tolist()))
    watch.time("database: 50 passages", lambda: library.log.passages(rows[:50].tolist()))


def _true_nearest(library: Library, queries: Sequence[Query]) -> list[Rows]:
    """Return the nearest rows of each query among all vectors of the library, compared one by one."""
    asked = np.concatenate([query.vector for query in queries])
    rows, scores = np.empty((len(queries), 0), dtype=np.int64), np.empty((len(queries), 0), dtype=np.float32)
    every = library.log.all_rows()
    for held, vectors in library.log.vectors(RowRange(int(every[0]), int(every[-1]))):
        rows = np.concatenate((rows, np.broadcast_to(held, (len(queries), len(held)))), axis=1)
        scores = np.concatenate((scores, asked @ vectors.T), axis=1)
        kept = np.argsort(-scores, axis=1)[:, :CANDIDATES]
        rows, scores = np.take_along_axis(rows, kept, axis=1), np.take_along_axis(scores, kept, axis=1)
    return list(rows)
