"""What a reader calls a paper, to its id."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from indexes.errors import BadInput, NotFound
from indexes.storage.rows import arxiv_key, doi_key
from indexes.storage.tables import PAPERS

MIN_BEGINNING_CHARACTERS = 6
"""A shorter beginning names no paper: a slip of the finger would remove one. Six hex digits tell thousands apart."""

MAX_NAMES_SHOWN = 5


def resolved(connection: Connection, name: str) -> str:
    """Return the id of the paper that `name` means: its id, arXiv id, DOI, or the beginning of one id only.

    Raises:
        NotFound: no paper is meant, or a beginning is shorter than `MIN_BEGINNING_CHARACTERS`.
        BadInput: several are.
    """
    for condition in _meanings(name) if name else []:
        statement = select(PAPERS.c.paper_id).where(condition).order_by(PAPERS.c.paper_id)
        found = connection.execute(statement.limit(MAX_NAMES_SHOWN + 1)).scalars().all()
        if len(found) == 1:
            return str(found[0])
        if found:
            raise _several_papers(name, found)
    raise no_paper(name)


def no_paper(name: str) -> NotFound:
    """Return the error for a name that is no paper's."""
    hint = "`ronbun papers` and GET /v1/papers list what is there."
    if len(name) < MIN_BEGINNING_CHARACTERS:
        hint = f"Give the whole id or at least {MIN_BEGINNING_CHARACTERS} characters of it; {hint}"
    return NotFound(f"paper {name[:200]!r} is not in the library", hint=hint)


def _meanings(name: str) -> list[ColumnElement[bool]]:
    meanings = [PAPERS.c.paper_id == name, PAPERS.c.arxiv_key == arxiv_key(name), PAPERS.c.doi_key == doi_key(name)]
    if len(name) >= MIN_BEGINNING_CHARACTERS:
        meanings.append(PAPERS.c.paper_id.startswith(name, autoescape=True))
    return meanings


def _several_papers(name: str, found: Sequence[str]) -> BadInput:
    shown = ", ".join(found[:MAX_NAMES_SHOWN]) + (" …" if len(found) > MAX_NAMES_SHOWN else "")
    return BadInput(f"paper {name!r} is the beginning of several ids: {shown}", hint="Give more of the id.")
