"""`ronbun search`: passages, best first."""

from __future__ import annotations

import click

from app.commands.printing import print_hit, print_json
from app.commands.session import json_option, library_option, open_session, paper_option, settings_for
from app.schemas import HitOutput, SearchOutput
from indexes.search import search


@click.command()
@click.argument("query")
@paper_option
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Passages to print.")
@library_option
@json_option
def command(query: str, papers: tuple[str, ...], k: int, library: str | None, as_json: bool) -> None:
    """Find the passages that fit QUERY best, in the whole library or in the papers named."""
    with open_session(settings_for(library=library)) as session:
        hits = search(session.library, query, k=k, paper_ids=session.searched_ids(papers)).hits
        titles = {hit.passage.paper_id: "" for hit in hits}
        titles = {paper_id: session.library.store.paper(paper_id).paper.title for paper_id in titles}
    output = SearchOutput(query=query, hits=[HitOutput.of(hit, title=titles[hit.passage.paper_id]) for hit in hits])
    if as_json:
        print_json(output)
        return
    for hit in output.hits:
        print_hit(hit)
    if not output.hits:
        click.echo("No passage fits.")
