"""The text that a command makes, to a file or to stdout."""

from __future__ import annotations

import os
from pathlib import Path

import click

from indexes.errors import BadInput, LibraryFull
from indexes.storage.files import NO_ROOM, whole_or_not


def write_out(text: str, target: Path | None) -> None:
    """Write the text to the file, or to stdout where none is named. A file that was there stays until all is written.

    Raises:
        BadInput: the file cannot be written.
        LibraryFull: the disk takes no more.
    """
    if target is None:
        click.echo(text.rstrip("\n"))
        return
    try:
        _write(text.encode("utf-8"), target)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise LibraryFull(
                f"{target} is not written: the disk takes no more ({error.strerror})",
                hint="Free some space and run again; a file that was there before is as it was.",
            ) from error
        raise BadInput(
            f"cannot write {target}: {error.strerror or error}", hint="Name a file in a folder that can be written."
        ) from error
    click.echo(f"written    {target}", err=True)


def _write(content: bytes, target: Path) -> None:
    """Write to a file whole or not at all, through a link if it is one; to a pipe or a device as it comes."""
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    place = target.resolve()
    permissions = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
    with whole_or_not(place) as stream:
        os.fchmod(stream.fileno(), permissions)
        stream.write(content)


def _umask() -> int:
    mask = os.umask(0)  # it can only be read by setting it
    os.umask(mask)
    return mask
