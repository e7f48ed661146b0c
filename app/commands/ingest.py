"""`ronbun ingest`: papers and notes into the library, with a progress bar and a reason for every failure."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import click
from tqdm import tqdm

from app.commands.printing import plain, print_json
from app.commands.session import fetch_settings, json_option, library_option, open_session, parsing_limits, settings_for
from app.failures import EXIT_PARTLY_FAILED
from app.jobs.reports import ingest_output
from app.schemas_library import IngestOutput
from ingest.pipeline import Added, Failed, Found, IngestEvent, Unchanged, ingest_sources


class ProgressBar:
    """A bar on stderr that follows an ingest; silent where stderr is not a terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(total=0, unit="paper", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False)

    def __call__(self, event: IngestEvent) -> None:
        """Move the bar for one event of the pipeline."""
        if isinstance(event, Found):
            self._bar.total = event.total
            self._bar.refresh()
        elif isinstance(event, Added | Unchanged | Failed):
            self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files parsed at the same time.")
@library_option
@json_option
def command(sources: tuple[str, ...], jobs: int, library: str | None, as_json: bool) -> int:
    """Add papers and notes: files, folders, globs, arxiv:ID or URLs (.pdf .md .txt .html .jsonl).

    What the library already holds is recognised by its content and left alone. A paper that cannot be read fails
    alone, with its reason; the exit code is then 1.
    """
    settings = settings_for(library=library)
    with open_session(settings, create=True) as session, ProgressBar() as progress:
        report = ingest_sources(
            sources,
            library=session.library,
            limits=parsing_limits(settings),
            jobs=jobs,
            fetching=fetch_settings(settings),
            on_event=progress,
        )
    output = ingest_output(report)
    if as_json:
        print_json(output)
    else:
        print_report(output)
    return EXIT_PARTLY_FAILED if output.failed else 0


def print_report(output: IngestOutput) -> None:
    """Print what became of every source."""
    for added in output.added:
        click.echo(f"added      {added.paper_id}  {added.pages:3} p. {added.passages:4} passages  {plain(added.title)}")
    for same in output.unchanged:
        click.echo(f"unchanged  {same.paper_id}  {plain(same.source)}")
    for failed in output.failed:
        click.echo(f"failed     {plain(failed.source)}\n           {plain(failed.message)}\n           {failed.hint}")
    click.echo(f"{len(output.added)} added, {len(output.unchanged)} unchanged, {len(output.failed)} failed")
