"""The files of a keyword index: which belong to it, whether they are whole, their removal. Speaks no query language."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

from indexes.errors import LibraryDamaged
from indexes.storage.files import refused

CHECKED_AT_OPENING_BYTES = 4_000_000
"""Files up to so long are read whole when the index is opened; of longer ones `ronbun doctor` reads all. The index of
100,000 passages is 96 MB, of a million 800 MB, and reading those cold takes seconds (python -m bench.scale)."""

FOOTER_BYTES = 4096
"""More than any footer of tantivy's: some 130 bytes of JSON, their length and a mark."""


def remove_index(folder: Path) -> None:
    """Remove the index in `folder`, if there is one.

    Raises:
        LibraryError: it may not be removed.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise refused(folder, code=error.errno, reason=error.strerror) from error


def check_footers(folder: Path, *, most_bytes: int | None = None) -> None:
    """Compare each file of the index with the checksum in its own footer. Hold the writers' lock while doing so.

    Files over `most_bytes` are read at their end only: the footer must be there. None reads all of each.

    A file that the index does not name was left half written by a process that was killed or found no room. It harms
    nothing; tantivy removes it at the next commit.

    Tantivy writes the checksum and does not read it again at opening; a flipped bit would quietly change what is found.
    Raises:
        LibraryDamaged: a file does not agree with its footer.
    """
    named = {segment.name for segment in segments_of(folder)}
    for path in sorted(path for path in folder.iterdir() if path.name.partition(".")[0] in named):
        is_whole = most_bytes is None or path.stat().st_size <= most_bytes
        content = path.read_bytes() if is_whole else _ending(path)
        length = int.from_bytes(content[-8:-4], "little")
        try:
            expected = json.loads(content[-8 - length : -8])["crc"] if length + 8 <= len(content) else None
        except (ValueError, KeyError, TypeError):
            expected = None
        if expected is None or (is_whole and zlib.crc32(content[: -8 - length]) != expected):
            raise damaged(folder, f"{path.name} does not agree with its checksum")


def _ending(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(-FOOTER_BYTES, os.SEEK_END)
        return stream.read()


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an index on disk: what its files' names begin with, and its documents, removed ones included."""

    name: str
    documents: int


def segments_of(folder: Path) -> list[Segment]:
    """Return the parts that the index consists of, from the list that tantivy keeps."""
    try:
        listed = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
        return [Segment(str(each["segment_id"]).replace("-", ""), int(each["max_doc"])) for each in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, f"meta.json cannot be read ({error})") from error


def damaged(folder: Path | None, reason: str) -> LibraryDamaged:
    """Return the error for an index that cannot be read."""
    return LibraryDamaged(
        f"keyword index {folder or 'in memory'}: {reason}", hint="It is rebuilt from the library at the next search."
    )
