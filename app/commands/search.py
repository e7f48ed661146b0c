"""`ronbun search`: passages, best first, within filters and as an instruction orders them."""

from __future__ import annotations

import click

from app.commands.filter_options import filter_options
from app.commands.printing import print_json
from app.commands.search_printing import print_found
from app.commands.session import json_option, library_option, open_session, paper_option, settings_for
from app.schemas import SearchOutput
from indexes.query.filters import Filters
from indexes.search import search


@click.command()
@click.argument("query")
@paper_option
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Passages to print.")
@click.option("--instruction", default="", metavar="TEXT", help='What is wanted besides: "not on images, since 2022".')
@filter_options
@click.option("--explain", is_flag=True, help="Tell what each part of the search gave to each hit.")
@click.option("--text", "is_whole", is_flag=True, help="Print whole passages, not their best lines.")
@library_option
@json_option
def command(
    query: str,
    papers: tuple[str, ...],
    k: int,
    instruction: str,
    filters: Filters,
    explain: bool,
    is_whole: bool,
    library: str | None,
    as_json: bool,
) -> None:
    """Find the passages that fit QUERY best, in the whole library or in the papers named.

    What QUERY itself says unmistakably is followed: "papers since 2022 by Mori on cranes, not surveys",
    「2022年以降の鶴の論文、サーベイは除く」. How it was understood stands above the hits.
    """
    with open_session(settings_for(library=library)) as session:
        found = search(
            session.library,
            query,
            k=k,
            paper_ids=session.searched_ids(papers),
            instruction=instruction,
            filters=filters,
        )
        stored = session.library.papers.held(tuple({hit.passage.paper_id for hit in found.hits}))
    titles = {paper_id: held.paper.title for paper_id, held in stored.items()}
    output = SearchOutput.of(query, found, titles=titles, is_explained=explain or as_json)
    if as_json:
        print_json(output)
    else:
        print_found(output, is_whole=is_whole)
