"""What the derived indexes read of a library: its state, which rows came and went since another, and those rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, select

from indexes.arrays import Rows, Vectors
from indexes.database import Database
from indexes.records import Passage
from indexes.rows import stack_vectors, stored_passage
from indexes.store import PARAMETERS_A_STATEMENT, ChangeKind, State
from indexes.tables import CHANGES, LIBRARY_INFO, PAPERS, PASSAGES, VECTORS


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pending:
    """What an index has to do to reflect `state`: take `removed` out, then put `added` in."""

    state: State
    removed: tuple[RowRange, ...]
    added: tuple[RowRange, ...]


@dataclass(frozen=True, slots=True)
class IndexedText:
    """What the keyword index holds of a passage."""

    row: int
    paper_id: str
    title: str
    section: str
    text: str


class RowLog:
    """Reads one library's rows for the indexes derived from it."""

    def __init__(self, database: Database, *, dimension: int) -> None:
        self._database = database
        self.dimension = dimension

    def state(self) -> State:
        """Return which state the library is in now."""
        with self._database.read() as connection:
            row = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
        return State(row.generation, row.token)

    def pending_since(self, state: State) -> Pending | None:
        """Return what happened since `state`; None where the log does not reach it or never went through it."""
        with self._database.read() as connection:
            now = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
            if state != State(now.generation, now.token):
                known = select(CHANGES.c.token).where(CHANGES.c.generation == state.generation)
                if state.token not in connection.execute(known).scalars().all():
                    return None
            statement = select(CHANGES).where(CHANGES.c.generation > state.generation).order_by(CHANGES.c.number)
            changes = connection.execute(statement).all()
        removed = [RowRange(change.first_row, change.last_row) for change in changes if _is(change, ChangeKind.REMOVED)]
        gone = {(span.first, span.last) for span in removed}
        added = [RowRange(change.first_row, change.last_row) for change in changes if _is(change, ChangeKind.ADDED)]
        return Pending(
            State(now.generation, now.token),
            tuple(removed),
            tuple(span for span in added if (span.first, span.last) not in gone),
        )

    def everything(self) -> Pending:
        """Return what an empty index has to do."""
        with self._database.read() as connection:
            now = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
            highest = connection.execute(select(func.max(PASSAGES.c.row))).scalar() or 0
        return Pending(State(now.generation, now.token), (), (RowRange(1, highest),) if highest else ())

    def vectors(self, span: RowRange) -> tuple[Rows, Vectors]:
        """Return the vectors of those rows of the range that are there."""
        statement = select(VECTORS.c.row, VECTORS.c.vector).where(VECTORS.c.row.between(span.first, span.last))
        with self._database.read() as connection:
            held = connection.execute(statement.order_by(VECTORS.c.row)).all()
        rows = np.array([row.row for row in held], dtype=np.int64)
        return rows, stack_vectors((row.vector for row in held), dimension=self.dimension)

    def texts(self, span: RowRange) -> list[IndexedText]:
        """Return the texts of those rows of the range that are there."""
        columns = (PASSAGES.c.row, PASSAGES.c.paper_id, PAPERS.c.title, PASSAGES.c.section, PASSAGES.c.text)
        statement = select(*columns).join(PAPERS, PAPERS.c.paper_id == PASSAGES.c.paper_id)
        statement = statement.where(PASSAGES.c.row.between(span.first, span.last)).order_by(PASSAGES.c.row)
        with self._database.read() as connection:
            return [IndexedText(*row) for row in connection.execute(statement)]

    def rows_of_papers(self, paper_ids: Sequence[str]) -> Rows:
        """Return the rows of all passages of these papers, in order."""
        found: list[int] = []
        with self._database.read() as connection:
            for start in range(0, len(paper_ids), PARAMETERS_A_STATEMENT):
                wanted = paper_ids[start : start + PARAMETERS_A_STATEMENT]
                found += connection.execute(select(PASSAGES.c.row).where(PASSAGES.c.paper_id.in_(wanted))).scalars()
        return np.array(sorted(found), dtype=np.int64)

    def passages(self, rows: Sequence[int]) -> dict[int, Passage]:
        """Return those of the passages that are there, by row."""
        found: dict[int, Passage] = {}
        with self._database.read() as connection:
            for start in range(0, len(rows), PARAMETERS_A_STATEMENT):
                wanted = rows[start : start + PARAMETERS_A_STATEMENT]
                statement = select(PASSAGES).where(PASSAGES.c.row.in_(wanted))
                found.update((row.row, stored_passage(row)) for row in connection.execute(statement))
        return found


def _is(change: object, kind: ChangeKind) -> bool:
    span = (change.first_row, change.last_row)  # type: ignore[attr-defined]
    return bool(change.kind == kind.value and span[0] <= span[1])  # type: ignore[attr-defined]
