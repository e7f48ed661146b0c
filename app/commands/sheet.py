"""`ronbun sheet`: a paper's sheet of questions and answers, made if absent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from app.commands.session import library_option, model_option, open_session, settings_for
from app.commands.writer import open_writer
from app.commands.writing import write_out
from app.schemas_library import SheetOutput
from app.sheets.records import QASheet
from app.sheets.render_html import render_sheet_html
from app.sheets.render_markdown import render_sheet_markdown
from app.sheets.stored import get_or_build_sheet
from indexes.records import Language


def sheet_json(sheet: QASheet) -> str:
    """Return the sheet's JSON output."""
    return SheetOutput.of(sheet).model_dump_json(indent=2)


FORMATS: dict[str, Callable[[QASheet], str]] = {
    "md": render_sheet_markdown,
    "html": render_sheet_html,
    "json": sheet_json,
}


@click.command()
@click.argument("paper", metavar="ID")
@click.option("--lang", "language", type=click.Choice([one.value for one in Language]), default="en", show_default=True)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="md", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--anew", is_flag=True, help="Make the sheet again even if there is one.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@model_option
@library_option
def command(
    paper: str,
    language: str,
    form: str,
    as_json: bool,
    anew: bool,
    output: Path | None,
    model: str | None,
    library: str | None,
) -> None:
    """Write the sheet of the paper ID: one line, summary, about ten questions with grounded answers."""
    settings = settings_for(library=library, generator=model)
    with open_session(settings) as session, open_writer(session) as generator:
        sheet = get_or_build_sheet(
            session.library.papers.resolve(paper),
            library=session.library,
            generator=generator,
            language=Language(language),
            anew=anew,
        )
    write_out(FORMATS["json" if as_json else form](sheet), output)
