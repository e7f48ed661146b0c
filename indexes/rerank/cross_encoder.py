"""A cross-encoder of the reader's own, by name or folder, in place of the learned model."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from indexes.arrays import Scores
from indexes.encoding.quiet_loading import quiet_loading
from indexes.errors import ModelFailed, ModelMissing


class CrossEncoder(Protocol):
    """Reads a query and a passage together. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def scores(self, query: str, texts: Sequence[str]) -> Scores:
        """Return one number a text, higher is better, in any scale.

        Raises:
            ModelMissing, ModelFailed: the model cannot be loaded, or broke.
        """
        ...


class SentenceTransformersCrossEncoder:
    """A cross-encoder of sentence-transformers; loads at the first query."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def scores(self, query: str, texts: Sequence[str]) -> Scores:
        """Return one number a text, higher is better."""
        if not texts:
            return np.empty(0, dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = self._load()
            try:
                found = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
            except (RuntimeError, ValueError, IndexError) as error:
                raise ModelFailed(
                    f"cross-encoder {self._name}: comparing {len(texts)} texts failed ({error})",
                    hint="Check the memory that is free and that the model gives one number a pair.",
                ) from error
        scores = np.asarray(found, dtype=np.float32)
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise ModelFailed(
                f"cross-encoder {self._name}: gave {scores.shape} numbers for {len(texts)} texts, or no finite ones",
                hint="Use a model that gives one number a pair.",
            )
        return scores

    def _load(self) -> Any:
        import sentence_transformers

        try:
            with quiet_loading():
                return sentence_transformers.CrossEncoder(self._name)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelMissing(
                f"cross-encoder {self._name!r}: the model does not load ({error})",
                hint="Give the folder of a cross-encoder, or a model's name on the hub.",
            ) from error


def open_cross_encoder(name: str) -> CrossEncoder:
    """Open the cross-encoder called `name`, a folder or a name that the hub or its cache knows.

    Raises:
        ModelMissing: the name is empty. A model that is not there is noticed at the first query.
    """
    if not name.strip():
        raise ModelMissing(
            "the re-ranker has no name", hint="Give a model's folder or name, or leave RONBUN_RERANKER out."
        )
    return SentenceTransformersCrossEncoder(name)
