"""`ronbun show`: one paper with its sections and findings, or its whole text in reading order."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.layout import overlay_option, write_overlay
from app.commands.printing import print_detail, print_json
from app.commands.session import json_option, library_option, open_session, settings_for
from app.commands.source_rules import parsing_limits
from app.commands.terminal import plain
from app.schemas_papers import PaperDetailOutput, ParsedOutput
from ingest.document_json import document_from_json


@click.command()
@click.argument("paper", metavar="ID")
@click.option("--text", "whole_text", is_flag=True, help="Print the whole text in reading order instead.")
@overlay_option
@library_option
@json_option
def command(paper: str, whole_text: bool, overlay: Path | None, library: str | None, as_json: bool) -> None:
    """Show one paper. ID is a paper id, the beginning of one, an arXiv id or a DOI."""
    settings = settings_for(library=library)
    with open_session(settings) as session:
        papers = session.library.papers
        paper_id = papers.resolve(paper)
        stored, document = papers.get(paper_id), document_from_json(papers.document_json(paper_id))
        if overlay is not None:
            file = papers.file_of(paper_id)
            write_overlay(document, file=file, target=overlay, limits=parsing_limits(settings))
            return
    if as_json:
        print_json(ParsedOutput.of(document) if whole_text else PaperDetailOutput.of(stored, document))
    elif whole_text:
        click.echo("\n\n".join(plain(block.text) for block in document.blocks))
    else:
        print_detail(PaperDetailOutput.of(stored, document))
