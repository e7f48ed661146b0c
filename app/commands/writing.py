"""Formats of what is written to a file or stdout, and the writing itself."""

from __future__ import annotations

import errno
from pathlib import Path

import click

from indexes.errors import BadInput, LibraryFull


def write_out(text: str, target: Path | None) -> None:
    """Write the text to the file, or to stdout where none is named.

    Raises:
        BadInput: the file cannot be written.
        LibraryFull: the disk is full.
    """
    if target is None:
        click.echo(text.rstrip("\n"))
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise LibraryFull(
                f"the disk is full: {target} is not whole", hint="Free some space and run again."
            ) from error
        raise BadInput(
            f"cannot write {target}: {error.strerror or error}", hint="Name a file in a folder that can be written."
        ) from error
    click.echo(f"written    {target}", err=True)
