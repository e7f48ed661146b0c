"""Files that were uploaded and wait for their job, under `<library>/uploads/<folder>/<number>/<name>`."""

from __future__ import annotations

import re
import shutil
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from indexes.errors import BadInput, LibraryFull, UnsupportedSource
from ingest.kinds import KIND_OF_SUFFIX

MAX_NAME_CHARACTERS = 100
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
FOLDER = re.compile(r"[0-9a-f]{32}")


def safe_name(given: str) -> str:
    """Return the last part of an uploaded file's name, fit to be a file's name here.

    Raises:
        UnsupportedSource: the name does not end like a kind of file that Ronbun reads.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode()))[-1]
    stem, dot, ending = UNSAFE.sub("_", last).strip().rpartition(".")
    suffix = dot + ending.lower()
    if suffix not in KIND_OF_SUFFIX:
        raise UnsupportedSource(
            f"uploaded file {given[:MAX_NAME_CHARACTERS]!r} is not of a kind that is read here",
            hint=f"Give it a name that ends in one of: {' '.join(sorted(KIND_OF_SUFFIX))}",
        )
    return (stem.lstrip(". ")[: MAX_NAME_CHARACTERS - len(suffix)] or "upload") + suffix


class Uploads:
    """The uploads folder of one library."""

    def __init__(self, library_path: Path) -> None:
        self.path = library_path / "uploads"

    def store(self, files: Sequence[tuple[str, BinaryIO]]) -> tuple[str, tuple[str, ...]]:
        """Copy `(name, file)` pairs into a new folder; return its name and the files' places inside it.

        Raises:
            BadInput: a name is not usable, or a file is empty; nothing is kept then.
            LibraryFull: the disk took no more; nothing is kept then.
        """
        names = [safe_name(name) for name, _ in files]
        folder = uuid.uuid4().hex
        places = tuple(f"{number:03}/{name}" for number, name in enumerate(names))
        try:
            for place, (name, file) in zip(places, files, strict=True):
                _copy(file, self.path / folder / place, name=name)
        except OSError as error:
            self.remove(folder)
            raise LibraryFull(
                f"the upload could not be stored under {self.path}: {error.strerror}",
                hint="Free space on the library's disk and send the files again.",
            ) from error
        except BadInput:
            self.remove(folder)
            raise
        return folder, places

    def place(self, folder: str, place: str) -> Path:
        """Return where a stored file is."""
        return self.path / folder / place

    def remove(self, folder: str) -> None:
        """Delete a folder and its files; one that is gone already is fine."""
        if FOLDER.fullmatch(folder):
            shutil.rmtree(self.path / folder, ignore_errors=True)

    def keep_only(self, folders: Collection[str]) -> None:
        """Delete the folders of uploads that no job refers to."""
        if not self.path.is_dir():
            return
        for entry in self.path.iterdir():
            if entry.name not in folders:
                self.remove(entry.name)


def _copy(source: BinaryIO, target: Path, *, name: str) -> None:
    target.parent.mkdir(parents=True)
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, length=1024 * 1024)
    if target.stat().st_size == 0:
        raise BadInput(f"uploaded file {name!r} is empty", hint="Send the file's bytes.")
