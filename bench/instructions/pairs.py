"""The test set: 126 made-up papers and pairs of instructions, and which papers the second makes irrelevant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER / "documents.jsonl"
PAIRS = FOLDER / "pairs.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """One query with two instructions; papers relevant under `original` that `changed` rules out.

    `kind` is "meaning" where passages tell what is ruled out, "metadata" where the paper's record does.
    """

    pair_id: str
    kind: str
    language: str
    query: str
    original: str
    changed: str
    no_longer_relevant: tuple[str, ...]


def read_pairs(path: Path = PAIRS) -> tuple[Pair, ...]:
    """Return the pairs in the order of the file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(Pair(**(row | {"no_longer_relevant": tuple(row["no_longer_relevant"])})) for row in rows)


def document_ids(path: Path = DOCUMENTS) -> tuple[str, ...]:
    """Return the ids of the papers in the order of the file."""
    return tuple(json.loads(line)["paper_id"] for line in path.read_text(encoding="utf-8").splitlines())
