"""`ronbun digest`: the page of the papers published in a stretch of dates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from app.commands.session import library_option, model_option, open_session, settings_for
from app.commands.writer import open_writer
from app.commands.writing import write_out
from app.schemas_library import DigestOutput
from app.sheets.digest import build_digest
from app.sheets.records import Digest
from app.sheets.render_atom import render_digest_atom
from app.sheets.render_html import render_digest_html
from app.sheets.render_markdown import render_digest_markdown
from indexes.records import Language


def digest_json(digest: Digest) -> str:
    """Return the digest's JSON output."""
    return DigestOutput.of(digest).model_dump_json(indent=2)


FORMATS: dict[str, Callable[[Digest], str]] = {
    "md": render_digest_markdown,
    "html": render_digest_html,
    "json": digest_json,
    "atom": render_digest_atom,
}


@click.command()
@click.option("--from", "first", required=True, metavar="DATE", help="First day, YYYY-MM-DD.")
@click.option("--to", "last", required=True, metavar="DATE", help="Last day, YYYY-MM-DD.")
@click.option("--lang", "language", type=click.Choice([one.value for one in Language]), default="en", show_default=True)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="md", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@model_option
@library_option
def command(
    first: str,
    last: str,
    language: str,
    form: str,
    as_json: bool,
    output: Path | None,
    model: str | None,
    library: str | None,
) -> None:
    """Write the page of the papers published from one date to another; sheets that are absent are made."""
    settings = settings_for(library=library, generator=model)
    with open_session(settings) as session, open_writer(session) as generator:
        digest = build_digest(session.library, first, last, language=Language(language), generator=generator)
    write_out(FORMATS["json" if as_json else form](digest), output)
