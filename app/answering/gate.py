"""Whether what was found is enough to answer from, decided before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.answering.names import is_named, names_in
from app.generators.extractive.terms import content_terms
from indexes.encoder import Encoder, passage_context
from indexes.records import Hit

MIN_EVIDENCE = 0.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """How well the evidence meets the question; each part is a share or a cosine, higher is better."""

    coverage: float
    best_coverage: float
    nearness: float
    missing_names: tuple[str, ...]
    is_enough: bool


def assess(question: str, hits: Sequence[Hit], *, encoder: Encoder) -> Assessment:
    """Say whether the hits hold what the question asks about."""
    raise NotImplementedError
