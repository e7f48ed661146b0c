"""A vector index as a file: `vectors-<generation>.faiss`: a body, then a footer of JSON, then the footer's checksum.

A small body (vectors one by one) is read and compared with its checksum at opening. A large one (lists) stays where it
is: opening reads its head and the footer and compares those and the length. What is damaged beyond them is found by
`check_body`; until then it can hide a passage, but not change a score, for those come from the database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from indexes.errors import LibraryDamaged
from indexes.storage.files import refused, whole_or_not
from indexes.storage.paper_writing import State
from indexes.storage.row_ranges import RowRanges
from indexes.vectors.flat import FlatVectors
from indexes.vectors.lists import ListedVectors, read_lists

MAGIC = b"RONBUN02"
TRAILER_BYTES = 32 + 8 + len(MAGIC)
"""After the footer: its SHA-256, its length, and the mark of this layout."""

BLOCK_BYTES = 1 << 20
MAX_HEAD_BYTES = 1 << 28
"""Of FAISS's bytes before the lists themselves; 4,096 centres of 384 numbers take 6 MB."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a vector file says of itself.

    Attributes:
        state: of the library, which the file reflects.
        dimension: length of a vector.
        is_lists: whether the body is FAISS's lists; else rows and vectors one after another.
        rows: which rows it holds.
        body_bytes, body_sha256: of all before the footer.
        head_bytes, head_sha256: of the part of the body that is compared at opening.
    """

    state: State
    dimension: int
    is_lists: bool
    rows: RowRanges
    body_bytes: int
    body_sha256: str
    head_bytes: int
    head_sha256: str


def vector_files(folder: Path) -> list[Path]:
    """Return the vector files in `folder`, the latest generation first."""
    return sorted(folder.glob("vectors-*.faiss"), key=_generation_in_name, reverse=True)


def write_vectors(folder: Path, vectors: FlatVectors | ListedVectors, state: State) -> Path:
    """Write vectors, whole or not at all, remove the files of other generations, and return the file's place.

    Raises:
        LibraryFull, LibraryError: the disk takes no more, or the folder may not be written.
    """
    place = folder / f"vectors-{state.generation}.faiss"
    try:
        with whole_or_not(place) as target:
            body = _Hashed(target)
            if isinstance(vectors, ListedVectors):
                vectors.write(body.write)
                head_bytes, dimension, rows = body.size - vectors.body_bytes, vectors.dimension, vectors.rows
            else:
                body.write(np.ascontiguousarray(vectors.rows, dtype="<i8").tobytes())
                body.write(np.ascontiguousarray(vectors.vectors, dtype="<f4").tobytes())
                head_bytes, dimension, rows = 0, vectors.vectors.shape[1], RowRanges.of(vectors.rows)
            is_lists = isinstance(vectors, ListedVectors)
            body_sha256, head_sha256 = body.digest.hexdigest(), hashlib.sha256(body.front[:head_bytes]).hexdigest()
            footer = Footer(state, dimension, is_lists, rows, body.size, body_sha256, head_bytes, head_sha256)
            target.write(_footer_bytes(footer))
        for other in vector_files(folder):
            if other != place:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise refused(place, code=error.errno, reason=error.strerror) from error
    return place


def read_vectors(path: Path, *, dimension: int) -> tuple[FlatVectors | ListedVectors, State]:
    """Open a vector file.

    Raises:
        LibraryDamaged: the file is cut, of another version or dimension, or changed in what is read at opening.
    """
    footer = read_footer(path)
    if footer.dimension != dimension:
        raise _damaged(path, f"its vectors have dimension {footer.dimension}, not {dimension}")
    try:
        if not footer.is_lists:
            return _read_flat(path, footer), footer.state
        with path.open("rb") as stream:
            if hashlib.sha256(stream.read(footer.head_bytes)).hexdigest() != footer.head_sha256:
                raise _damaged(path, "its head does not agree with its checksum")
        return read_lists(path, footer.rows), footer.state
    except OSError as error:  # another process puts a newer one in its place, and removes it
        raise _damaged(path, f"it cannot be read ({error.strerror})") from error


def read_footer(path: Path) -> Footer:
    """Return what the file says of itself, compared with its checksum and the file's length.

    Raises:
        LibraryDamaged: it says nothing that agrees.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            stream.seek(max(0, size - TRAILER_BYTES))
            trailer = stream.read()
            length = int.from_bytes(trailer[32:40], "little")
            if trailer[40:] != MAGIC or length > size - TRAILER_BYTES:
                raise _damaged(path, "it does not end as such a file does")
            stream.seek(size - TRAILER_BYTES - length)
            content = stream.read(length)
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).digest() != trailer[:32]:
        raise _damaged(path, "its footer does not agree with its checksum")
    footer = _footer(path, content)
    if footer.body_bytes != size - TRAILER_BYTES - length:
        raise _damaged(path, f"its body has {size - TRAILER_BYTES - length} bytes, {footer.body_bytes} expected")
    return footer


def check_body(path: Path) -> Footer:
    """Compare the whole body with its checksum, and return what the file says of itself.

    Raises:
        LibraryDamaged: they do not agree.
    """
    footer = read_footer(path)
    digest, left = hashlib.sha256(), footer.body_bytes
    with path.open("rb") as stream:
        while left and (block := stream.read(min(BLOCK_BYTES, left))):
            digest.update(block)
            left -= len(block)
    if digest.hexdigest() != footer.body_sha256:
        raise _damaged(path, "it does not agree with its checksum")
    return footer


def is_of_earlier_layout(path: Path) -> bool:
    """Return whether an earlier version of Ronbun wrote the file: it began with a line of JSON."""
    with path.open("rb") as stream:
        return stream.read(14) == b'{"generation":'


class _Hashed:
    """A stream's front for `write_vectors`: counts, hashes, and keeps the first bytes."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self.size = 0
        self.front = bytearray()
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        self.size += len(content)
        self.digest.update(content)
        if len(self.front) < MAX_HEAD_BYTES:
            self.front += content
        self._target.write(content)


def _read_flat(path: Path, footer: Footer) -> FlatVectors:
    with path.open("rb") as stream:
        content = stream.read(footer.body_bytes)
    if hashlib.sha256(content).hexdigest() != footer.body_sha256:
        raise _damaged(path, "it does not agree with its checksum")
    count = len(footer.rows)
    if footer.body_bytes != count * (8 + 4 * footer.dimension):
        raise _damaged(path, f"{footer.body_bytes} bytes are not {count} vectors of dimension {footer.dimension}")
    rows = np.frombuffer(content, dtype="<i8", count=count).astype(np.int64)
    vectors = np.frombuffer(content, dtype="<f4", offset=8 * count).reshape(count, footer.dimension)
    return FlatVectors(rows, vectors.astype(np.float32, copy=False))


def _footer_bytes(footer: Footer) -> bytes:
    content = json.dumps(
        {
            "generation": footer.state.generation,
            "token": footer.state.token,
            "dimension": footer.dimension,
            "is_lists": footer.is_lists,
            "rows": footer.rows.pairs(),
            "body_bytes": footer.body_bytes,
            "body_sha256": footer.body_sha256,
            "head_bytes": footer.head_bytes,
            "head_sha256": footer.head_sha256,
        },
        separators=(",", ":"),
    ).encode()
    return content + hashlib.sha256(content).digest() + len(content).to_bytes(8, "little") + MAGIC


def _footer(path: Path, content: bytes) -> Footer:
    try:
        value: dict[str, Any] = json.loads(content)
        return Footer(
            state=State(int(value["generation"]), str(value["token"])),
            dimension=int(value["dimension"]),
            is_lists=bool(value["is_lists"]),
            rows=RowRanges.from_pairs(value["rows"]),
            body_bytes=int(value["body_bytes"]),
            body_sha256=str(value["body_sha256"]),
            head_bytes=int(value["head_bytes"]),
            head_sha256=str(value["head_sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"its footer cannot be read ({error})") from error


def _generation_in_name(path: Path) -> int:
    digits = path.stem.removeprefix("vectors-")
    return int(digits) if digits.isdecimal() else -1


def _damaged(path: Path, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"vector index {path}: {reason}", hint="It is rebuilt from the library at the next search.")
