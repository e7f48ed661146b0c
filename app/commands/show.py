"""`ronbun show`: one paper with its sections and findings, or its whole text in reading order."""

from __future__ import annotations

import click

from app.commands.printing import print_detail, print_json
from app.commands.session import json_option, library_option, open_session, settings_for
from app.commands.terminal import plain
from app.schemas_papers import PaperDetailOutput, ParsedOutput
from ingest.document_json import document_from_json


@click.command()
@click.argument("paper", metavar="ID")
@click.option("--text", "whole_text", is_flag=True, help="Print the whole text in reading order instead.")
@library_option
@json_option
def command(paper: str, whole_text: bool, library: str | None, as_json: bool) -> None:
    """Show one paper. ID is a paper id, the beginning of one, an arXiv id or a DOI."""
    with open_session(settings_for(library=library)) as session:
        store = session.library.store
        paper_id = store.resolve(paper)
        stored, document = store.paper(paper_id), document_from_json(store.document_json(paper_id))
    if as_json:
        print_json(ParsedOutput.of(document) if whole_text else PaperDetailOutput.of(stored, document))
    elif whole_text:
        click.echo("\n\n".join(plain(block.text) for block in document.blocks))
    else:
        print_detail(PaperDetailOutput.of(stored, document))
