"""The lexicon's file: Japanese words, what each costs the segmenter, and the English that stands for it.

The file is made by `python -m bench.training.student` and is a compressed .npz of three arrays, no pickle: words and
glosses as UTF-8 with a newline between them, costs as float16. It derives from EDICT and is under CC BY-SA, as
the student's file is (see `MODEL_CARD.md`).
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexes.errors import ModelFailed, ModelMissing

LEXICON_FILE = Path(__file__).parent / "lexicon.npz"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words with their costs and glosses; a gloss is empty where the word adds nothing (particles)."""

    costs: Mapping[str, float]
    glosses: Mapping[str, str]


def read_lexicon(path: Path = LEXICON_FILE) -> Lexicon:
    """Read the lexicon (about 0.3 s).

    Raises:
        ModelMissing: there is no such file.
        ModelFailed: it cannot be read.
    """
    arrays = read_arrays(path, ("words", "glosses", "costs"))
    words, glosses = _lines(arrays["words"]), _lines(arrays["glosses"])
    costs = arrays["costs"].astype(np.float32).tolist()
    if not len(words) == len(glosses) == len(costs):
        raise damaged(path, f"it holds {len(words)} words, {len(glosses)} glosses and {len(costs)} costs")
    return Lexicon(dict(zip(words, costs, strict=True)), dict(zip(words, glosses, strict=True)))


def write_lexicon(lexicon: Lexicon, path: Path = LEXICON_FILE) -> None:
    """Write the lexicon, words in order, so that equal lexicons give equal arrays."""
    words = sorted(lexicon.costs)
    np.savez_compressed(
        path,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        glosses=np.frombuffer("\n".join(lexicon.glosses[word] for word in words).encode(), dtype=np.uint8),
        costs=np.array([lexicon.costs[word] for word in words], dtype=np.float16),
    )


UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""All that NumPy raises over a damaged .npz file."""


def read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return the named arrays of an .npz file; pickled ones are refused.

    Raises:
        ModelMissing: there is no such file.
        ModelFailed: it cannot be read, or lacks an array.
    """
    if not path.is_file():
        raise ModelMissing(f"Japanese encoder {path}: the file is not there", hint="Install the package again.")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            return {name: held[name] for name in names}
    except UNREADABLE as error:
        raise damaged(path, str(error)) from error


def sha256_of(*paths: Path) -> str:
    """Return the SHA-256 over names and bytes of the files, in the order given.

    Raises:
        ModelMissing: one of them is not there.
    """
    total = hashlib.sha256()
    for path in paths:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise ModelMissing(
                f"Japanese encoder {path}: cannot be read ({error})", hint="Install the package again."
            ) from error
        total.update(f"{path.name} {digest}\n".encode())
    return total.hexdigest()


def _lines(letters: np.ndarray) -> list[str]:
    return letters.tobytes().decode("utf-8").split("\n")


def damaged(path: Path, reason: str) -> ModelFailed:
    """Return the error for a file that cannot be read."""
    return ModelFailed(
        f"Japanese encoder {path}: cannot be read ({reason})",
        hint="The file may be damaged: install the package again.",
    )
