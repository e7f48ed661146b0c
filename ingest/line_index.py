"""A file of JSON lines to the place of each line, without ever holding the file, or a line of any length, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PIECE_BYTES = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineAt(NamedTuple):
    """Line `number` (from 1) of a file: `length` bytes from `offset`."""

    number: int
    offset: int
    length: int


def lines_in(path: Path) -> Iterator[LineAt]:
    """Yield the place of each line that is not blank."""
    number, start, length, is_blank = 1, 0, 0, True
    with path.open("rb") as stream:
        while piece := stream.readline(_PIECE_BYTES):
            length += len(piece)
            is_blank = is_blank and not piece.strip()
            if not piece.endswith(b"\n"):
                continue
            if not is_blank:
                yield LineAt(number, start, length)
            number, start, length, is_blank = number + 1, start + length, 0, True
    if length and not is_blank:
        yield LineAt(number, start, length)


def read_line(path: Path, line: LineAt) -> bytes:
    """Return a line's bytes without the space at its edges."""
    with path.open("rb") as stream:
        stream.seek(line.offset)
        content = stream.read(line.length).strip()
    return content.removeprefix(_BYTE_ORDER_MARK) if line.offset == 0 else content
