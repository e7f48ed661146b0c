"""The learned model: weights of features, in a small text file that is bound to the encoder it was trained with.

`bench/training/reranker.py` writes the file; `MODEL_CARD.md` beside it is its card. A score is a weighted sum of
standardised features, so that what each part gave to it can be told exactly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexes.arrays import Scores
from indexes.encoding.encoder import Encoder
from indexes.errors import ModelFailed
from indexes.late_interaction.projection import pieces_sha256
from indexes.rerank.features import standardised
from indexes.rerank.wording import Columns

PATH = Path(__file__).parent / "reranker.json"
FORMAT_VERSION = 1

PARTS = {
    "keyword": "keywords",
    "dense": "meaning",
    "fused": "keywords and meaning",
    "pieces": "word pieces",
    "least": "word pieces",
    "best pieces": "word pieces",
    "mean of keyword": "word pieces",
    "best sentence": "best sentence",
    "second sentence": "best sentence",
    "two sentences": "best sentence",
    "three sentences": "best sentence",
    "in one sentence": "best sentence",
    "sentence at": "best sentence",
    "cover": "coverage",
    "frequency": "coverage",
    "occurrences": "coverage",
    "first match": "closeness",
    "closeness": "closeness",
    "pairs in order": "closeness",
    "repeated": "closeness",
    "longest repeat": "closeness",
    "rest of paper": "rest of the paper",
}
"""What a feature counts to when a hit is explained, by how its name begins."""
NEIGHBOURS, ANSWER, PLACE = "neighbours", "kind of answer", "place in the paper"


@dataclass(frozen=True, slots=True)
class LearnedReranker:
    """Weights by feature, for a question to one paper and for one to several.

    Attributes:
        encoder_sha256: the encoder whose scores and word pieces it was trained on (`pieces_sha256`).
        names: the features, as `standardised` reads them.
        within_paper: (f,) weights; across_papers: (f,) weights.
    """

    encoder_sha256: str
    names: tuple[str, ...]
    within_paper: Scores
    across_papers: Scores

    def shares(self, columns: Columns, *, is_library_wide: bool) -> Scores:
        """Return (n, f) float32: what each feature gives to each candidate's score, which is the sum of its row."""
        weights = self.across_papers if is_library_wide else self.within_paper
        return np.asarray(standardised(columns, self.names) * weights, dtype=np.float32)

    def parts(self, shares: Scores, columns: Columns) -> Parts:
        """Return what each part of the search gave to each candidate, added up over the part's features."""
        names, leading, member = _parts_of(self.names)
        values = np.array([columns[name] for name in leading], dtype=np.float64).T
        return Parts(names, values, shares @ member)


@dataclass(frozen=True, slots=True)
class Parts:
    """What parts of the search gave to n candidates: `names` (p,), `values` (n, p) as measured, `amounts` (n, p)."""

    names: tuple[str, ...]
    values: npt.NDArray[np.floating[Any]]
    amounts: npt.NDArray[np.floating[Any]]


@lru_cache(maxsize=16)
def _parts_of(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], Scores]:
    """Return the parts that features belong to, the first feature of each, and (f, p) which belongs to which."""
    parts = [part_of(name) for name in names]
    distinct = tuple(dict.fromkeys(parts))
    leading = tuple(names[parts.index(part)] for part in distinct)
    return distinct, leading, np.array([[part == other for other in distinct] for part in parts], dtype=np.float32)


def part_of(name: str) -> str:
    """Return which part of the search a feature belongs to."""
    if name.endswith((" before", " after")):
        return NEIGHBOURS
    if name.endswith((" in best sentence", " in passage", ", asked")) or name in ("told what it is", "beside brackets"):
        return ANSWER
    return next((part for beginning, part in PARTS.items() if name.startswith(beginning)), PLACE)


def reranker_for(encoder: Encoder) -> LearnedReranker | None:
    """Return the model that was trained with this encoder; None where none was.

    Raises:
        ModelFailed: the file is damaged.
    """
    shipped = _shipped()
    return shipped if shipped.encoder_sha256 == pieces_sha256(encoder) else None


@cache
def _shipped() -> LearnedReranker:
    return read_reranker(PATH)


def read_reranker(path: Path) -> LearnedReranker:
    """Read a model from its file.

    Raises:
        ModelFailed: the file is absent, damaged, or of another format.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        weights = held["weights"]
        if held["format"] != FORMAT_VERSION or held["sha256"] != _digest(held["encoder_sha256"], weights):
            raise ValueError("its checksum or format is another")
        names = tuple(weights)
        columns = np.array([weights[name] for name in names], dtype=np.float32)
        return LearnedReranker(str(held["encoder_sha256"]), names, columns[:, 0].copy(), columns[:, 1].copy())
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelFailed(
            f"re-ranker {path}: the file cannot be used ({error})", hint="It belongs to Ronbun: install Ronbun again."
        ) from error


def write_reranker(path: Path, reranker: LearnedReranker, *, trained_on: Mapping[str, int]) -> None:
    """Write a model with its checksum; `trained_on` counts the questions of each set."""
    weights = {
        name: [round(float(within), 4), round(float(across), 4)]
        for name, within, across in zip(reranker.names, reranker.within_paper, reranker.across_papers, strict=True)
    }
    held = {
        "format": FORMAT_VERSION,
        "encoder_sha256": reranker.encoder_sha256,
        "trained_on": dict(trained_on),
        "sha256": _digest(reranker.encoder_sha256, weights),
        "weights": weights,
    }
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def _digest(encoder_sha256: str, weights: Mapping[str, list[float]]) -> str:
    return sha256(json.dumps([encoder_sha256, weights]).encode()).hexdigest()
