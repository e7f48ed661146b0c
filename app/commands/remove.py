"""`ronbun remove`: a paper out of the library."""

from __future__ import annotations

import click

from app.commands.printing import print_json
from app.commands.session import json_option, library_option, open_session, settings_for
from app.commands.terminal import one_line
from app.schemas_papers import StoredPaperOutput


@click.command()
@click.argument("paper", metavar="ID")
@library_option
@json_option
def command(paper: str, library: str | None, as_json: bool) -> None:
    """Remove a paper with its passages and sheets. The source file outside the library is not touched."""
    with open_session(settings_for(library=library)) as session:
        papers = session.library.papers
        stored = StoredPaperOutput.of(papers.get(papers.resolve(paper)))
        session.library.store.remove_paper(stored.paper.paper_id)
    if as_json:
        print_json(stored)
    else:
        click.echo(f"removed    {stored.paper.paper_id}  {one_line(stored.paper.title)}")
