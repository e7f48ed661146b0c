"""`ronbun papers`: the library's papers, one a line."""

from __future__ import annotations

import click

from app.commands.printing import print_json, print_stored
from app.commands.session import json_option, library_option, open_session, settings_for
from app.schemas_papers import PapersOutput, StoredPaperOutput
from indexes.records import PaperRole


@click.command()
@click.option("--text", default=None, help="Only papers whose title, authors or abstract hold this text.")
@click.option("--role", type=click.Choice([role.value for role in PaperRole]), default=None, help="Only these.")
@library_option
@json_option
def command(text: str | None, role: str | None, library: str | None, as_json: bool) -> None:
    """List the papers and notes of the library: id, date, pages, title; of a note, the paper that it is about."""
    with open_session(settings_for(library=library)) as session:
        wanted = None if role is None else PaperRole(role)
        papers = [StoredPaperOutput.of(stored) for stored in session.library.papers.listed(text=text, role=wanted)]
    notes = sum(stored.paper.role == "note" for stored in papers)
    if as_json:
        print_json(PapersOutput(total=len(papers), notes=notes, papers=papers))
        return
    for stored in papers:
        print_stored(stored)
    click.echo(f"{len(papers) - notes} papers" + (f", {notes} notes" if notes else ""))
