"""`ronbun ingest`: papers and notes into the library, with a progress bar and a reason for every failure."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Self

import click
from tqdm import tqdm

from app.commands.printing import print_json
from app.commands.session import json_option, library_option, open_session, settings_for
from app.commands.source_rules import fetch_settings, parsing_limits
from app.commands.terminal import one_line
from app.failures import EXIT_BAD_INPUT, EXIT_PARTLY_FAILED, failure_of
from app.jobs.reports import ingest_output
from app.schemas_library import IngestOutput
from indexes.errors import RonbunError
from ingest.pipeline import Added, Failed, Found, IngestEvent, Unchanged, ingest_sources
from ingest.report import IngestReport, Outcome, Removed, report_of
from ingest.sources import Source, find_sources
from ingest.watch import watch_sources

FAULT_OF_OURS = "internal"  # the code of a failure that no other input would mend
WATCH_INTERVAL_S = 2.0


class Progress:
    """What an ingest has done so far, and a bar on stderr that shows it; no bar where stderr is not a terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(total=0, unit="paper", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False)
        self.outcomes: list[Outcome] = []

    def __call__(self, event: IngestEvent) -> None:
        """Take in one event of the pipeline."""
        if isinstance(event, Found):
            self._bar.total = event.total
            self._bar.refresh()
        elif isinstance(event, Added | Unchanged | Removed | Failed):
            self.outcomes.append(event)
            self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files parsed at the same time.")
@click.option("--watch", is_flag=True, help="Go on: ingest files that come or change, until Ctrl-C.")
@library_option
@json_option
def command(sources: tuple[str, ...], jobs: int, watch: bool, library: str | None, as_json: bool) -> int:
    """Add papers and notes: files, folders, globs, arxiv:ID, doi:10.…, or URLs (.pdf .md .txt .html .jsonl).

    What the library already holds is recognised by its content and left alone. A paper that cannot be read fails
    alone, with its reason; the exit code is then 1, or 2 if no source came through. What ends the whole ingest (a full
    disk, Ctrl-C) is told after the report of what was done. With --watch a report is printed for each round that found
    a file.
    """
    settings = settings_for(library=library)
    report = partial(_report, as_json=as_json)

    def ingest(wanted: Sequence[Source]) -> IngestReport:
        with _reported_when_stopped(report) as progress:
            return ingest_sources(
                wanted,
                library=session.library,
                limits=parsing_limits(settings),
                jobs=jobs,
                fetching=fetch_settings(settings),
                on_event=progress,
            )

    found = [] if watch else find_sources(sources)
    failed = [source for source in found if isinstance(source, Failed)]
    if found and len(failed) == len(found):  # there is nothing to make a library for
        done = report_of(failed)
    else:
        with open_session(settings, create=True) as session:
            if watch:  # returns by Ctrl-C alone
                watch_sources(
                    sources, ingest=ingest, on_report=report, interval_s=WATCH_INTERVAL_S, stopped=threading.Event()
                )
            done = ingest(found)
    report(done)
    return _exit_code(done)


@contextmanager
def _reported_when_stopped(report: Callable[[IngestReport], None]) -> Iterator[Progress]:
    """Follow an ingest; where an error or Ctrl-C ends it, report what it had done, then the error, on stderr."""
    progress = Progress()
    try:
        with progress:
            yield progress
    except KeyboardInterrupt:
        if progress.outcomes:
            report(report_of(progress.outcomes))
        raise
    except RonbunError as error:
        if not progress.outcomes:
            raise
        report(report_of(progress.outcomes))
        click.echo(f"ronbun: {error.message}\n  {error.hint}", err=True)
        raise click.exceptions.Exit(failure_of(error).exit_code) from error


def _exit_code(done: IngestReport) -> int:
    if not done.failed:
        return 0
    came_through = done.added or done.unchanged or any(failed.code == FAULT_OF_OURS for failed in done.failed)
    return EXIT_PARTLY_FAILED if came_through else EXIT_BAD_INPUT


def _report(done: IngestReport, *, as_json: bool) -> None:
    output = ingest_output(done)
    if as_json:
        print_json(output)
    else:
        print_report(output)


def print_report(output: IngestOutput) -> None:
    """Print what became of every source."""
    for added in output.added:
        click.echo(
            f"added      {added.paper_id}  {added.pages:3} p. {added.passages:4} passages  {one_line(added.title)}"
        )
    for same in output.unchanged:
        click.echo(f"unchanged  {same.paper_id}  {one_line(same.source)}")
    for removed in output.removed:
        click.echo(f"removed    {removed.paper_id}  {one_line(removed.source)}  {one_line(removed.title)}")
    for failed in output.failed:
        click.echo(
            f"failed     {one_line(failed.source)}\n           {one_line(failed.message)}\n           {failed.hint}"
        )
    gone = f"{len(output.removed)} removed, " if output.removed else ""
    click.echo(f"{len(output.added)} added, {len(output.unchanged)} unchanged, {gone}{len(output.failed)} failed")
