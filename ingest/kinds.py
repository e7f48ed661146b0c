"""A file's name to the kind of source it is."""

from __future__ import annotations

from pathlib import Path

from indexes.errors import UnsupportedSource
from indexes.records import SourceKind

KIND_OF_SUFFIX = {
    ".pdf": SourceKind.PDF,
    ".md": SourceKind.MARKDOWN,
    ".markdown": SourceKind.MARKDOWN,
    ".txt": SourceKind.TEXT,
    ".html": SourceKind.HTML,
    ".htm": SourceKind.HTML,
    ".jsonl": SourceKind.JSONL,
}


def kind_of(path: Path) -> SourceKind:
    """Return what the suffix says, in either case.

    Raises:
        UnsupportedSource: Ronbun does not read files of that suffix.
    """
    kind = KIND_OF_SUFFIX.get(path.suffix.lower())
    if kind is None:
        raise UnsupportedSource(
            f"{path}: files ending in {path.suffix or 'nothing'!r} are not read",
            hint=f"Known endings: {' '.join(sorted(KIND_OF_SUFFIX))}.",
        )
    return kind
