"""A vector index as a file: `vectors-<generation>.faiss`, one line of JSON (state and checksum), then FAISS's bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from indexes.errors import LibraryDamaged
from indexes.files import refused, whole_or_not
from indexes.store import State
from indexes.vectors import VectorIndex


def vector_files(folder: Path) -> list[Path]:
    """Return the vector files in `folder`, the latest generation first."""
    return sorted(folder.glob("vectors-*.faiss"), key=_generation_in_name, reverse=True)


def write_vectors(folder: Path, index: VectorIndex, state: State) -> None:
    """Write the index, whole or not at all, and remove the files of other generations.

    Raises:
        LibraryFull, LibraryError: the disk takes no more, or the folder may not be written.
    """
    content = index.to_bytes()
    header = {"generation": state.generation, "token": state.token, "sha256": hashlib.sha256(content).hexdigest()}
    place = folder / f"vectors-{state.generation}.faiss"
    try:
        with whole_or_not(place) as target:
            target.write(json.dumps(header).encode() + b"\n")
            target.write(content)
        for other in vector_files(folder):
            if other != place:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise refused(place, code=error.errno, reason=error.strerror) from error


def read_vectors(path: Path, *, dimension: int) -> tuple[VectorIndex, State]:
    """Read a vector file.

    Raises:
        LibraryDamaged: the file is cut, changed, or of another dimension.
    """
    try:
        line, _, content = path.read_bytes().partition(b"\n")
        header = json.loads(line)
        state, expected = State(int(header["generation"]), str(header["token"])), str(header["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"its header cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise _damaged(path, "it does not agree with its checksum")
    return VectorIndex.from_bytes(content, dimension=dimension, path=path), state


def _generation_in_name(path: Path) -> int:
    digits = path.stem.removeprefix("vectors-")
    return int(digits) if digits.isdigit() else -1


def _damaged(path: Path, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"vector index {path}: {reason}", hint="It is rebuilt from the library at the next search.")
