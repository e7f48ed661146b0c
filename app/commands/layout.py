"""The overlay of a paper's blocks on its page images, for `ronbun parse` and `ronbun show`."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.writing import write_out
from app.web.layout import layout_html
from indexes.errors import BadInput
from indexes.records import SourceKind
from ingest.document import ParsedDocument
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers
from ingest.rendering import render_page_with

OVERLAY_SCALE = 1.5
"""Pixels a point: 108 dots an inch, legible at the width of the page's column."""

overlay_option = click.option(
    "--overlay",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="HTML",
    help="Write the page images with blocks and reading order drawn on them to this HTML file.",
)


def write_overlay(document: ParsedDocument, *, file: Path, target: Path, limits: ParsingLimits) -> None:
    """Draw every page of the PDF and write the overlay.

    Raises:
        BadInput: the paper has no pages to draw on, or the target cannot be written.
        UnreadableSource, ParsingFailed: a page cannot be drawn within the limits.
    """
    if document.paper.source_kind is not SourceKind.PDF:
        raise BadInput(f"{file} is no PDF, so it has no pages to draw on", hint="--overlay works on PDFs.")
    with Parsers(limits=limits) as parsers:
        images = [render_page_with(parsers, file, page.number, scale=OVERLAY_SCALE) for page in document.pages]
    write_out(layout_html(document, images), target)
