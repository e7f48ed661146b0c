"""`ronbun parse`: what a file reads as, without a library."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.layout import overlay_option, write_overlay
from app.commands.session import settings_for
from app.commands.source_rules import parsing_limits
from app.commands.terminal import plain
from app.schemas_papers import ParsedOutput
from ingest.parsing import parse_in_child


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text", "whole_text", is_flag=True, help="Print the text in reading order instead of JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (the default).")
@overlay_option
def command(file: Path, whole_text: bool, as_json: bool, overlay: Path | None) -> None:
    """Print the parsed document of FILE as JSON, one object a paper (a .jsonl file may hold many)."""
    limits = parsing_limits(settings_for())
    documents = parse_in_child(file, limits=limits)
    if overlay is not None:
        write_overlay(documents[0], file=file, target=overlay, limits=limits)
        return
    for document in documents:
        if whole_text and not as_json:
            click.echo("\n\n".join(plain(block.text) for block in document.blocks))
        else:
            click.echo(ParsedOutput.of(document).model_dump_json())
