"""A page of a PDF to an image, in a child process with the limits of parsing."""

from __future__ import annotations

from pathlib import Path

from indexes.errors import BadInput, ParsingFailed
from ingest.parsing import Parsers

MAX_PIXELS = 16_000_000
"""An A4 page at 300 dpi has 8.7 million; four bytes each must fit the child's memory several times over."""

MIN_SCALE, MAX_SCALE = 0.1, 8.0
"""Pixels a point: 1 is 72 dpi."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def render_page_with(parsers: Parsers, path: Path, page: int, *, scale: float) -> bytes:
    """Return page `page` (from 1) as PNG, `scale` pixels a point, drawn by one of the parsers' processes.

    Raises:
        BadInput: the scale is out of range.
        NotFound: the paper has no such page.
        UnreadableSource, ParsingFailed: the file cannot be read within the limits.
    """
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise BadInput(f"scale {scale:g} is not between {MIN_SCALE:g} and {MAX_SCALE:g}", hint="2 is 144 dots an inch.")
    image = parsers.render(path, page, scale=scale, max_pixels=MAX_PIXELS)
    if not image.startswith(_PNG_SIGNATURE):
        raise ParsingFailed(f"{path}: page {page} did not come back as PNG", hint="The file may be hostile.")
    return image
