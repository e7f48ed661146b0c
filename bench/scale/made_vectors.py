"""Made vectors that lie like real ones: a common direction, topics, papers in topics, passages in papers.

Shares and spectrum were set so that 12,000 made papers look like the bundled encoder's vectors of 12,288 arXiv
abstracts: mean cosine of two of them .21 (sd .12), effective dimension 61, cosine to the nearest other .69 (5th and
95th percentile .58 and .80).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexes.arrays import Vectors

DIMENSION = 384
SHARES = {"common": 0.21, "topic": 0.34, "paper": 0.15, "passage": 0.30}
"""Parts of a vector's squared length."""

PAPERS_A_TOPIC = 25
SPECTRUM_POWER = 0.85
QUERY_COSINE = 0.65
"""Between a made question and the passage that it asks for."""


@dataclass(frozen=True, slots=True)
class MadeSpace:
    """Directions that all made vectors share."""

    common: Vectors
    topics: Vectors
    mixing: Vectors
    """(d, d): a standard normal row times this has the spectrum, unit expected length and no special axes."""


def made_space(*, papers: int, seed: int) -> MadeSpace:
    """Return the space in which `papers` papers lie."""
    generator = np.random.default_rng(seed)
    eigenvalues = np.arange(1, DIMENSION + 1) ** -SPECTRUM_POWER
    rotation = np.linalg.qr(generator.standard_normal((DIMENSION, DIMENSION)))[0]
    mixing = (np.sqrt(eigenvalues / eigenvalues.sum())[:, None] * rotation).astype(np.float32)
    common = generator.standard_normal((1, DIMENSION)).astype(np.float32)
    topics = generator.standard_normal((max(1, papers // PAPERS_A_TOPIC), DIMENSION)).astype(np.float32) @ mixing
    return MadeSpace(common / np.linalg.norm(common), topics, mixing)


def made_vectors(space: MadeSpace, *, papers: int, passages_a_paper: int, seed: int) -> Iterator[Vectors]:
    """Yield the vectors of each paper's passages, (passages_a_paper, d), of norm 1."""
    generator = np.random.default_rng(seed)
    for _ in range(papers):
        topic = space.topics[generator.integers(len(space.topics))]
        paper = _drawn(space, generator, 1)
        passages = _drawn(space, generator, passages_a_paper)
        yield _unit(
            np.sqrt(SHARES["common"]) * space.common
            + np.sqrt(SHARES["topic"]) * topic
            + np.sqrt(SHARES["paper"]) * paper
            + np.sqrt(SHARES["passage"]) * passages
        )


def made_queries(space: MadeSpace, asked_for: Vectors, *, seed: int) -> Vectors:
    """Return a query near each of the vectors `asked_for`, at a cosine of about `QUERY_COSINE`."""
    generator = np.random.default_rng(seed)
    away = _unit(_drawn(space, generator, len(asked_for)))
    away = _unit(away - (away * asked_for).sum(axis=1, keepdims=True) * asked_for)
    return _unit(QUERY_COSINE * asked_for + np.sqrt(1 - QUERY_COSINE**2) * away)


def _drawn(space: MadeSpace, generator: np.random.Generator, count: int) -> Vectors:
    return np.asarray(generator.standard_normal((count, DIMENSION), dtype=np.float32) @ space.mixing)


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
