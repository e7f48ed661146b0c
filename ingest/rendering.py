"""A page of a PDF to an image, in a child process with the limits of parsing."""

from __future__ import annotations

from pathlib import Path

from indexes.errors import BadInput, ParsingFailed
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers

MAX_PIXELS = 16_000_000
"""An A4 page at 300 dpi has 8.7 million; four bytes each must fit the child's memory several times over."""

MIN_SCALE, MAX_SCALE = 0.1, 8.0
"""Pixels a point: 1 is 72 dpi."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def render_page_in_child(path: Path, page: int, *, scale: float, limits: ParsingLimits) -> bytes:
    """Return page `page` (from 1) as PNG, `scale` pixels a point, in a process of its own.

    Raises:
        BadInput: the scale is out of range.
        NotFound: the paper has no such page.
        UnreadableSource, ParsingFailed: the file cannot be read within the limits.
    """
    with Parsers(limits=limits) as parsers:
        return render_page_with(parsers, path, page, scale=scale)


def render_page_with(parsers: Parsers, path: Path, page: int, *, scale: float) -> bytes:
    """Do the same with processes that are already there, which saves starting one for every page."""
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise BadInput(f"scale {scale:g} is not between {MIN_SCALE:g} and {MAX_SCALE:g}", hint="2 is 144 dots an inch.")
    image = parsers.render(path, page, scale=scale, max_pixels=MAX_PIXELS)
    if not image.startswith(_PNG_SIGNATURE):
        raise ParsingFailed(f"{path}: page {page} did not come back as PNG", hint="The file may be hostile.")
    return image
