"""Which paper a note is about: the one with its arXiv id, DOI, address or title, whichever of the two came first.

A function of what the library holds, so that the order of ingest does not matter. A note's title links it only where
one paper answers to it and no arXiv id speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.engine import Connection, Row

from indexes.records import Paper, PaperRole
from indexes.storage.rows import arxiv_key, doi_key, title_key, url_key
from indexes.storage.tables import PAPERS

MIN_TITLE_CHARACTERS = 6
"""A title of fewer letters ("CLIP") names too many things."""

MIN_SIMILAR_CHARACTERS = 24
"""A title must be this long before one like it may stand for it: a slip of the pen, not another subject."""

MIN_SIMILARITY = 0.965
"""Of titles that differ in letters. Among 96,773 titles of abstracts (pairs of one beginning, compared for a minute),
.93 lets two pairs pass: one paper in two spellings, and two papers on "minimization" and "maximization" at .959. One
letter of thirty missing leaves .98."""

_SHARED_BEGINNING = 12
_MAX_ALIKE = 200
_NUMBERS = re.compile(r"\d+|i{2,3}(?![a-z])")
_COLUMNS = (
    PAPERS.c.paper_id,
    PAPERS.c.title,
    PAPERS.c.arxiv_key,
    PAPERS.c.doi_key,
    PAPERS.c.url_key,
    PAPERS.c.title_key,
    PAPERS.c.arxiv_version,
)


def link(connection: Connection, paper: Paper) -> None:
    """Set what a note is about; or, for a paper that came or went, what the notes are about that may mean it."""
    if paper.role is PaperRole.NOTE:
        own = _of_role(PaperRole.NOTE).where(PAPERS.c.paper_id == paper.paper_id)
        notes = list(connection.execute(own))
    else:
        every = connection.execute(_of_role(PaperRole.NOTE).add_columns(PAPERS.c.about))
        notes = [note for note in every if note.about == paper.paper_id or _may_mean(note, paper)]
    _relink(connection, notes)


def _relink(connection: Connection, notes: Sequence[Row[Any]]) -> None:
    for note in notes:
        about = _paper_of(connection, note)
        connection.execute(update(PAPERS).where(PAPERS.c.paper_id == note.paper_id).values(about=about))


def _of_role(role: PaperRole) -> Select[Any]:
    return select(*_COLUMNS).where(PAPERS.c.role == role.value)


def _may_mean(note: Row[Any], paper: Paper) -> bool:
    """Say whether the note shares an identifier with the paper, its title, or the beginning of that."""
    title = title_key(paper.title)
    pairs = (
        (note.arxiv_key, paper.arxiv_id and arxiv_key(paper.arxiv_id)),
        (note.doi_key, paper.doi and doi_key(paper.doi)),
        (note.url_key, paper.url and url_key(paper.url)),
    )
    beginning = title[:_SHARED_BEGINNING]
    return any(mine and mine == other for mine, other in pairs) or any(
        key == title or (beginning and key.startswith(beginning)) for key in note.title_key.split("\n")
    )


def _paper_of(connection: Connection, note: Row[Any]) -> str | None:
    """Return the id of the paper that the note is about; of several versions the latest, then the first id."""
    papers = _of_role(PaperRole.PAPER)
    for column, key in (
        (PAPERS.c.arxiv_key, note.arxiv_key),
        (PAPERS.c.doi_key, note.doi_key),
        (PAPERS.c.url_key, note.url_key),
    ):
        found = connection.execute(papers.where(column == key)).all() if key else []
        if found:
            return str(min(found, key=lambda paper: (-(paper.arxiv_version or 0), paper.paper_id)).paper_id)
    keys = [key for key in note.title_key.split("\n") if len(key) >= MIN_TITLE_CHARACTERS]
    same = connection.execute(papers.where(PAPERS.c.title_key.in_(keys))).all() if keys else []
    return _only(note, same) if same else _only(note, _alike(connection, keys))


def _alike(connection: Connection, keys: Sequence[str]) -> list[Row[Any]]:
    """Return the papers whose titles differ from one of these by a few letters, with the same numbers."""
    found = []
    for key in keys:
        if len(key) < MIN_SIMILAR_CHARACTERS:
            continue
        beginning = key[:_SHARED_BEGINNING]
        near = _of_role(PaperRole.PAPER).where(PAPERS.c.title_key.between(beginning, beginning + "\U0010ffff"))
        for paper in connection.execute(near.limit(_MAX_ALIKE)):
            if _is_alike(key, paper.title_key):
                found.append(paper)
    return found


def _is_alike(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > (1 - MIN_SIMILARITY) * 2 * max(len(one), len(other)):
        return False
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    return SequenceMatcher(None, one[:400], other[:400], autojunk=False).ratio() >= MIN_SIMILARITY


def _only(note: Row[Any], papers: Sequence[Row[Any]]) -> str | None:
    """Return the one paper that no arXiv id speaks against, or None."""
    fitting = {
        paper.paper_id
        for paper in papers
        if not (note.arxiv_key and paper.arxiv_key) or note.arxiv_key == paper.arxiv_key
    }
    return str(fitting.pop()) if len(fitting) == 1 else None
