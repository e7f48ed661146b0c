"""`ronbun ingest`: papers and notes into the library, with a progress bar and a reason for every failure."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import click
from tqdm import tqdm

from app.commands.printing import plain, print_json
from app.commands.session import json_option, library_option, open_session, settings_for
from app.commands.source_rules import fetch_settings, parsing_limits
from app.failures import EXIT_PARTLY_FAILED
from app.jobs.reports import ingest_output
from app.schemas_library import IngestOutput
from ingest.pipeline import Added, Failed, Found, IngestEvent, Unchanged, ingest_sources
from ingest.report import IngestReport
from ingest.sources import FileSource
from ingest.watch import watch_sources


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


WATCH_INTERVAL_S = 2.0


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files parsed at the same time.")
@click.option("--watch", is_flag=True, help="Go on: ingest files that come or change, until Ctrl-C.")
@library_option
@json_option
def command(sources: tuple[str, ...], jobs: int, watch: bool, library: str | None, as_json: bool) -> int:
    """Add papers and notes: files, folders, globs, arxiv:ID or URLs (.pdf .md .txt .html .jsonl).

    What the library already holds is recognised by its content and left alone. A paper that cannot be read fails
    alone, with its reason; the exit code is then 1. With --watch a report is printed for each round that found a file.
    """
    settings = settings_for(library=library)

    def ingest(wanted: Sequence[str | FileSource]) -> IngestReport:
        with ProgressBar() as progress:
            return ingest_sources(
                wanted,
                library=session.library,
                limits=parsing_limits(settings),
                jobs=jobs,
                fetching=fetch_settings(settings),
                on_event=progress,
            )

    def report(done: IngestReport) -> None:
        output = ingest_output(done)
        if as_json:
            print_json(output)
        else:
            print_report(output)

    with open_session(settings, create=True) as session:
        if watch:  # returns by Ctrl-C alone
            watch_sources(
                sources, ingest=ingest, on_report=report, interval_s=WATCH_INTERVAL_S, stopped=threading.Event()
            )
        done = ingest(sources)
    report(done)
    return EXIT_PARTLY_FAILED if done.failed else 0


def print_report(output: IngestOutput) -> None:
    """Print what became of every source."""
    for added in output.added:
        click.echo(f"added      {added.paper_id}  {added.pages:3} p. {added.passages:4} passages  {plain(added.title)}")
    for same in output.unchanged:
        click.echo(f"unchanged  {same.paper_id}  {plain(same.source)}")
    for failed in output.failed:
        click.echo(f"failed     {plain(failed.source)}\n           {plain(failed.message)}\n           {failed.hint}")
    click.echo(f"{len(output.added)} added, {len(output.unchanged)} unchanged, {len(output.failed)} failed")
