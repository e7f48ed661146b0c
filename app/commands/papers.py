"""`ronbun papers`: the library's papers, one a line."""

from __future__ import annotations

import click

from app.commands.printing import print_json, print_stored
from app.commands.session import json_option, library_option, open_session, settings_for
from app.schemas_papers import PapersOutput, StoredPaperOutput


@click.command()
@click.option("--text", default=None, help="Only papers whose title, authors or abstract hold this text.")
@library_option
@json_option
def command(text: str | None, library: str | None, as_json: bool) -> None:
    """List the papers of the library: id, date, pages, title."""
    with open_session(settings_for(library=library)) as session:
        store = session.library.store
        papers = [StoredPaperOutput.of(stored) for stored in store.papers(text=text)]
    if as_json:
        print_json(PapersOutput(total=len(papers), papers=papers))
        return
    for stored in papers:
        print_stored(stored)
    click.echo(f"{len(papers)} papers")
