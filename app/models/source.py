"""A file on the hub, named `hf:owner/repo/file.gguf`; names that could leave the models folder do not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexes.errors import BadInput

PREFIX = "hf:"
_MOST_CHARS = 200
# The hub's own rules for owners and repositories, and for files what any file system takes.
_PART = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
_FOLDER = re.compile(r"(?!\.)[A-Za-z0-9._+ -]{1,96}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+() -]*\.gguf", re.IGNORECASE)
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository; `path` may have folders, the file here is called by its last part."""

    repo: str
    path: str

    @property
    def name(self) -> str:
        """What the file is called in the models folder."""
        return self.path.rsplit("/", 1)[-1]

    def __str__(self) -> str:
        return f"{PREFIX}{self.repo}/{self.path}"


def parse_hub_file(text: str) -> HubFile:
    """Read `hf:owner/repo/file.gguf`, folders allowed before the file.

    Raises:
        BadInput: it is not of that form, or names one of several parts of a model.
    """
    parts = text.removeprefix(PREFIX).split("/")
    is_sound = (
        text.startswith(PREFIX)
        and len(text) <= _MOST_CHARS
        and len(parts) >= 3
        and all(_PART.fullmatch(part) for part in parts[:2])
        and all(_FOLDER.fullmatch(part) for part in parts[2:-1])
        and _FILE.fullmatch(parts[-1])
    )
    if not is_sound:
        raise BadInput(f"{text[:_MOST_CHARS]!r} names no GGUF file", hint="Write hf:OWNER/REPO/FILE.gguf.")
    if _SPLIT.search(parts[-1]):
        raise BadInput(
            f"{parts[-1]!r} is one of several parts of a model, which are not fetched",
            hint="Choose a smaller quantisation, or a repository that has it in one file.",
        )
    return HubFile("/".join(parts[:2]), "/".join(parts[2:]))
