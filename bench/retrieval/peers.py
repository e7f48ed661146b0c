"""Other programs' searches over the same passages, vectors and questions as ours, in a process of their own Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.retrieval import peer_searches
from bench.retrieval.runs import read_run
from bench.retrieval.sets import Question
from bench.retrieval.stored_vectors import StoredVectors
from bench.retrieval.systems import passages_wanted
from indexes.arrays import Vectors
from indexes.encoding.encoder import passage_context
from indexes.encoding.model_folder import find_model_folder
from indexes.records import Passage

PEERS = tuple(peer_searches.SYSTEMS)


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """The interpreter of the peers' environment (`make peers` makes one) and the threads they get; 0 means all."""

    python: Path
    threads: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What every peer is given. Passages stand behind their title and section, as our encoder reads them."""

    folder: Path
    paper_of: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each timed question: with the encoding of the query, and with its vector at hand.

    `encoded_cpu` is the processor's time of the latter, which other work on the machine changes least.
    """

    encoding: Sequence[float]
    encoded: Sequence[float]
    encoded_cpu: Sequence[float]


@dataclass(frozen=True, slots=True)
class PeerRun:
    """Passage ids by question, and milliseconds of each timed question."""

    rankings: Mapping[str, Sequence[str]]
    times: Times


def export(
    folder: Path,
    *,
    passages: Mapping[str, Sequence[Passage]],
    titles: Mapping[str, str],
    questions: Sequence[Question],
    timed: Sequence[Question],
    timed_k: int,
    environment: PeerEnvironment,
    encoder: StoredVectors,
) -> Exported:
    """Write passages, questions and their vectors for the peers."""
    flat = [passage for held in passages.values() for passage in held]
    texts = [passage_context(titles[one.paper_id], one.section) + one.text for one in flat]
    rows = [
        {"passage_id": one.passage_id, "paper_id": one.paper_id, "text": text}
        for one, text in zip(flat, texts, strict=True)
    ]
    timed_ids = {question.question_id for question in timed}
    asked = [
        {
            "question_id": question.question_id,
            "text": question.text,
            "paper_id": question.paper_id,
            "k": passages_wanted(question),
            "is_timed": question.question_id in timed_ids,
        }
        for question in questions
    ]
    settings = {"model": str(find_model_folder("bundled")), "threads": environment.threads, "timed_k": timed_k}
    (folder / "settings.json").write_text(json.dumps(settings))
    _write_lines(folder / "passages.jsonl", rows)
    _write_lines(folder / "questions.jsonl", asked)
    _write_vectors(folder / "vectors.npy", encoder.encode_passages(texts))
    _write_vectors(folder / "query_vectors.npy", encoder.encode_queries([question.text for question in questions]))
    return Exported(folder, {one.passage_id: one.paper_id for one in flat})


def run_peer(system: str, exported: Exported, *, environment: PeerEnvironment) -> PeerRun:
    """Run one peer over what was exported; what it says goes to stderr where it fails.

    Raises:
        subprocess.CalledProcessError: it failed; an absent figure must not look like a low one.
    """
    limits = {"OMP_NUM_THREADS": str(environment.threads)} if environment.threads else {}
    offline = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "passive"}
    command = [str(environment.python), peer_searches.__file__, system, str(exported.folder)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        try:
            subprocess.run(command, check=True, stdout=said, stderr=said, env={**os.environ, **offline, **limits})
        except subprocess.CalledProcessError:
            said.seek(0)
            print(said.read()[-3_000:], file=sys.stderr)
            raise
    times = json.loads((exported.folder / f"{system}.times.json").read_text())
    return PeerRun(read_run(exported.folder / f"{system}.run"), Times(**times))


def _write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _write_vectors(path: Path, vectors: Vectors) -> None:
    np.save(path, vectors)
