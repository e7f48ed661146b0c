"""Papers as requests name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from app.http.texts import Text
from indexes.library import Library

MAX_PAPER_IDS = 1000
MAX_NAME_CHARACTERS = 200  # of an id, a prefix, an arXiv id or a DOI

PaperName = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS)]
PaperNames = Annotated[list[PaperName], Field(min_length=1, max_length=MAX_PAPER_IDS)]


def resolve_papers(library: Library, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the ids of the papers that a request names, each once; None where it names none.

    Raises:
        NotFound: one of them is not in the library.
        BadInput: one of them could be several papers.
    """
    return None if names is None else library.papers.resolve_all(names)
