"""The originals of a library, each under the hash of its content. Knows nothing of papers."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from indexes.errors import BadInput, LibraryError, LibraryFull, NotFound, UnreadableSource

COPY_BYTES = 1 << 20
TEMPORARY_PREFIX = ".writing-"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where a disk takes no more bytes: it is full, the user's share is, or a file's limit is met."""

FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What it says where this user may not write."""


class Files:
    """A folder of files named `<sha256>.<suffix>`, each there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, path: Path, sha256: str, suffix: str) -> Path:
        """Copy `path` under its hash: written aside, flushed to disk, then renamed.

        Raises:
            BadInput: hash or suffix is malformed.
            UnreadableSource: the file cannot be read, or its bytes do not have this hash.
            LibraryFull: the disk takes no more.
        """
        suffix = suffix.lower() if suffix.startswith(".") else f".{suffix.lower()}"
        if not _SHA256.fullmatch(sha256) or not _SUFFIX.fullmatch(suffix):
            raise BadInput(f"file {path}: {sha256!r} with {suffix!r} cannot name a file", hint="Give a SHA-256 in hex.")
        place = self.folder / f"{sha256}{suffix}"
        try:
            if place.is_file() and place.stat().st_size == path.stat().st_size:
                return place
            self._copy(path, sha256, place)
        except OSError as error:
            raise _storing_failed(place, error) from error
        return place

    def find(self, sha256: str) -> Path:
        """Return the file with this hash.

        Raises:
            NotFound: there is none.
        """
        found = self._all_of(sha256)
        if not found:
            raise NotFound(
                f"the original with hash {sha256[:12]}… is not in {self.folder}",
                hint="Ingest the paper again from its file; papers from JSON lines keep no file.",
            )
        return found[0]

    def remove(self, sha256: str) -> None:
        """Remove the file with this hash, if there is one."""
        for path in self._all_of(sha256):
            path.unlink(missing_ok=True)

    def _all_of(self, sha256: str) -> list[Path]:
        return sorted(self.folder.glob(f"{sha256}.*")) if _SHA256.fullmatch(sha256) else []

    def _copy(self, path: Path, sha256: str, place: Path) -> None:
        digest = hashlib.sha256()
        with path.open("rb") as source, whole_or_not(place) as target:
            while block := source.read(COPY_BYTES):
                digest.update(block)
                target.write(block)
            if digest.hexdigest() != sha256:
                raise UnreadableSource(
                    f"file {path}: its content changed while it was read", hint="Ingest it again when it is at rest."
                )


@contextmanager
def whole_or_not(place: Path) -> Iterator[IO[bytes]]:
    """Give a stream whose content appears at `place` when the block ends well, flushed to disk, and else nowhere.

    The file written aside is locked, so that what a killed process left is told from what is being written.
    """
    handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=place.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            fcntl.flock(target, fcntl.LOCK_EX)
            yield target
            target.flush()
            os.fsync(target.fileno())
            aside.replace(place)
        flush_folder(place.parent)
    finally:
        aside.unlink(missing_ok=True)


def leftovers(folder: Path) -> list[Path]:
    """Return what killed processes left half written in `folder`."""
    return [path for path in sorted(folder.glob(f"{TEMPORARY_PREFIX}*")) if not _is_being_written(path)]


def _is_being_written(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return True
    return False


def flush_folder(folder: Path) -> None:
    """Make a rename in `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refused(place: Path, *, code: int | None, reason: str | None) -> LibraryError:
    """Return our error for what the system said (`errno` and text) when a file of the library was to be written."""
    if code in NO_ROOM:
        return LibraryFull(
            f"library file {place}: the disk takes no more ({reason})",
            hint="Free space on that disk, or move the library; everything written before is intact.",
        )
    if code in FORBIDDEN:
        return LibraryError(
            f"library file {place}: may not be written ({reason})",
            hint="Run as the library's owner, give yourself the right to write the folder and its files, or open "
            "another library with `--library`.",
        )
    return LibraryError(f"library file {place}: {reason}", hint="Check the disk and the folder, then try again.")


def _storing_failed(place: Path, error: OSError) -> LibraryError | UnreadableSource:
    is_sources = bool(error.filename) and not str(error.filename).startswith(str(place.parent))
    if is_sources and error.errno not in NO_ROOM:
        return UnreadableSource(f"file {error.filename}: {error.strerror}", hint="Check that it is there and readable.")
    return refused(place, code=error.errno, reason=error.strerror)
