"""Sheets as JSON, one for each paper, language and generator. What a sheet is, is not known here."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import ColumnElement

from indexes.errors import NotFound
from indexes.records import Language
from indexes.storage.database import Database
from indexes.storage.tables import PAPERS, SHEETS


class SheetStore:
    """The sheets of one library. They go when their paper goes or is replaced."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, paper_id: str, *, language: Language, generator: str, sheet_json: str) -> None:
        """Store a sheet in the place of the one before, if there is one.

        Raises:
            NotFound: the library has no such paper.
        """
        values = {"sheet_json": sheet_json, "created_at": datetime.now(UTC).isoformat(timespec="microseconds")}
        keys = {"paper_id": paper_id, "language": language.value, "generator": generator}
        with self._database.write() as connection:
            if connection.execute(select(PAPERS.c.paper_id).where(PAPERS.c.paper_id == paper_id)).first() is None:
                raise NotFound(
                    f"paper {paper_id!r} is not in the library",
                    hint="`ronbun papers` and GET /v1/papers list what is there.",
                )
            connection.execute(
                insert(SHEETS).values(**keys, **values).on_conflict_do_update(index_elements=list(keys), set_=values)
            )

    def get(self, paper_id: str, *, language: Language, generator: str) -> str | None:
        """Return the sheet's JSON, or None where none was made."""
        statement = select(SHEETS.c.sheet_json).where(_is(paper_id, language, generator))
        with self._database.read() as connection:
            return connection.execute(statement).scalar()

    def has_any(self, paper_id: str, *, language: Language) -> bool:
        """Return whether any generator has written the paper's sheet in this language."""
        statement = select(SHEETS.c.paper_id).where(SHEETS.c.paper_id == paper_id, SHEETS.c.language == language.value)
        with self._database.read() as connection:
            return connection.execute(statement).first() is not None

    def delete(self, paper_id: str, *, language: Language, generator: str) -> None:
        """Remove the sheet, if there is one."""
        with self._database.write() as connection:
            connection.execute(delete(SHEETS).where(_is(paper_id, language, generator)))


def _is(paper_id: str, language: Language, generator: str) -> ColumnElement[bool]:
    return and_(SHEETS.c.paper_id == paper_id, SHEETS.c.language == language.value, SHEETS.c.generator == generator)
