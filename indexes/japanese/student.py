"""The student: Japanese text to a vector near the one that the English encoder gives its translation. NumPy only.

A text is the weighted mean of its features' rows: its words, the English words that the lexicon gives for them, its
Latin words and the character 2- to 4-grams of its Japanese runs. A linear map and a small residual network carry the
mean into the encoder's space. Trained by `python -m bench.training.student`; `MODEL_CARD.md` says on what.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexes.arrays import Vectors
from indexes.japanese.lexicon import Lexicon, damaged, read_arrays
from indexes.japanese.words import folded, is_latin, words_of

STUDENT_FILE = Path(__file__).parent / "student.npz"

_TOKEN = re.compile(r"[a-z0-9]+")
_RUN = re.compile(r"[^\W\da-z_]+")
_ARRAYS = (
    "features", "rows", "scales", "weights",
    "skip", "skip_bias", "inner", "inner_bias", "outer", "outer_bias",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Student:
    """Its features' places in `rows` (f, h) int8 with `scales` (f,) and pooling `weights` (f,), and the network's
    arrays."""

    places: dict[str, int]
    arrays: dict[str, Any]

    def encode(self, texts: Sequence[str], lexicon: Lexicon) -> Vectors:
        """Return one row (d,) of norm 1 a text, in order; a row of zeros where a text has no known feature."""
        pooled = np.stack([self._pooled(features_of(text, lexicon)) for text in texts])
        held = self.arrays
        inner = _gelu(pooled @ held["inner"] + held["inner_bias"])
        vectors = pooled @ held["skip"] + held["skip_bias"] + inner @ held["outer"] + held["outer_bias"]
        vectors[~pooled.any(axis=1)] = 0.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(norms == 0.0, 1.0, norms), dtype=np.float32)

    def _pooled(self, features: Sequence[str]) -> Any:
        places = [self.places[feature] for feature in features if feature in self.places]
        if not places:
            return np.zeros(self.arrays["rows"].shape[1], dtype=np.float32)
        weights = self.arrays["weights"][places]
        return (weights * self.arrays["scales"][places]) @ self.arrays["rows"][places] / weights.sum()


def features_of(text: str, lexicon: Lexicon) -> list[str]:
    """Return the features of `text`, repeated as often as they occur.

    Words are marked `w:`, English words `e:`, wherever they come from; n-grams stand bare, with ^ and $ at a run's
    ends.
    """
    text = folded(text).lower()
    features: list[str] = []
    for word in words_of(text, lexicon.costs):
        if is_latin(word):
            features += [f"e:{token}" for token in _TOKEN.findall(word)]
        else:
            features.append(f"w:{word}")
            features += [f"e:{token}" for token in _TOKEN.findall(lexicon.glosses.get(word, "").lower())]
    for run in _RUN.findall(text):
        marked = f"^{run}$"
        for size in (2, 3, 4):
            features += [marked[start : start + size] for start in range(len(marked) - size + 1)]
    return features


def read_student(path: Path = STUDENT_FILE) -> Student:
    """Read the student.

    Raises:
        ModelMissing: there is no such file.
        ModelFailed: it cannot be read.
    """
    arrays = read_arrays(path, _ARRAYS)
    try:
        features = arrays.pop("features").tobytes().decode("utf-8").split("\n")
        small = {name: array if array.dtype == np.int8 else array.astype(np.float32) for name, array in arrays.items()}
        _check(small, len(features))
    except (ValueError, IndexError) as error:
        raise damaged(path, str(error)) from error
    return Student({feature: place for place, feature in enumerate(features)}, small)


def _check(held: dict[str, np.ndarray], features: int) -> None:
    """Raise ValueError where the arrays do not fit each other or hold what is no number."""
    width, inner, out = held["rows"].shape[1], held["inner"].shape[1], held["skip"].shape[1]
    wanted: dict[str, tuple[int, ...]] = {
        "rows": (features, width),
        "scales": (features,),
        "weights": (features,),
        "skip": (width, out),
        "skip_bias": (out,),
        "inner": (width, inner),
        "inner_bias": (inner,),
        "outer": (inner, out),
        "outer_bias": (out,),
    }
    wrong = [name for name, shape in wanted.items() if held[name].shape != shape or not np.isfinite(held[name]).all()]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} of another shape or not finite")


def write_student(student: Student, path: Path = STUDENT_FILE) -> None:
    """Write the student: rows as int8, all else as float16."""
    features = np.frombuffer("\n".join(student.places).encode(), dtype=np.uint8)
    arrays = {
        name: array if array.dtype == np.int8 else array.astype(np.float16) for name, array in student.arrays.items()
    }
    np.savez_compressed(path, allow_pickle=False, features=features, **arrays)


def _gelu(values: Any) -> Any:
    """Return x·Φ(x) by the usual tanh formula (Hendrycks and Gimpel, 2016)."""
    return 0.5 * values * (1.0 + np.tanh(0.7978845608 * (values + 0.044715 * values**3)))
