"""What the derived indexes read of a library: its state, which rows came and went since another, and those rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.engine import Row

from indexes.arrays import Rows, Vectors
from indexes.records import Passage, Span
from indexes.storage.database import Database
from indexes.storage.paper_writing import ChangeKind, State
from indexes.storage.row_ranges import RowRanges
from indexes.storage.rows import PLACED_COLUMNS, UNPLACED_COLUMNS, passage_of, spans_of, stack_vectors
from indexes.storage.tables import CHANGES, LIBRARY_INFO, PAPERS, PASSAGES, VECTORS

_LISTED = "(SELECT value FROM json_each(?))"
"""Any number of rows as one parameter of `Database.rows`."""

ROWS_AT_ONCE = 5_000
"""Rows read at a time, so that a rebuild holds some MB and not the library."""


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
        [(generation, token)] = self._database.rows("SELECT generation, token FROM library_info")
        return State(generation, token)

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
        removed, added = _ranges(changes, ChangeKind.REMOVED), _ranges(changes, ChangeKind.ADDED)
        kept = tuple(span for span in added if span not in set(removed))
        return Pending(State(now.generation, now.token), tuple(removed), kept)

    def everything(self) -> Pending:
        """Return what an empty index has to do."""
        with self._database.read() as connection:
            now = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
            highest = connection.execute(select(func.max(PASSAGES.c.row))).scalar() or 0
        return Pending(State(now.generation, now.token), (), (RowRange(1, highest),) if highest else ())

    def held(self) -> tuple[State, RowRanges]:
        """Return the state of the library, and the rows of all its passages."""
        with self._database.read() as connection:
            now = connection.execute(select(LIBRARY_INFO.c.generation, LIBRARY_INFO.c.token)).one()
            rows = connection.execute(select(PASSAGES.c.row)).scalars().all()
        return State(now.generation, now.token), RowRanges.of(np.array(rows, dtype=np.int64))

    def vectors_of(self, rows: Rows) -> tuple[Rows, Vectors]:
        """Return those of the rows that are there, in order, and their vectors."""
        statement = f"SELECT row, vector FROM vectors WHERE row IN {_LISTED} ORDER BY row"
        held = self._database.rows(statement, json.dumps(rows.tolist()))
        found = np.array([row for row, _ in held], dtype=np.int64)
        return found, stack_vectors((vector for _, vector in held), dimension=self.dimension)

    def token_blobs(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Return what is kept of the word pieces of those of the passages that have any, by row."""
        statement = f"SELECT row, CAST(blob AS BLOB) FROM token_vectors WHERE row IN {_LISTED}"
        return dict(self._database.rows(statement, json.dumps(rows)))

    def vectors(self, span: RowRange) -> Iterator[tuple[Rows, Vectors]]:
        """Yield the vectors of those rows of the range that are there, some thousands at a time."""
        for part in _parts(span):
            statement = select(VECTORS.c.row, VECTORS.c.vector).where(VECTORS.c.row.between(part.first, part.last))
            with self._database.read() as connection:
                held = connection.execute(statement.order_by(VECTORS.c.row)).all()
            rows = np.array([row for row, _ in held], dtype=np.int64)
            yield rows, stack_vectors((vector for _, vector in held), dimension=self.dimension)

    def texts(self, span: RowRange) -> Iterator[list[IndexedText]]:
        """Yield the texts of those rows of the range that are there, some thousands at a time."""
        columns = (PASSAGES.c.row, PASSAGES.c.paper_id, PAPERS.c.title, PASSAGES.c.section, PASSAGES.c.text)
        joined = select(*columns).join(PAPERS, PAPERS.c.paper_id == PASSAGES.c.paper_id).order_by(PASSAGES.c.row)
        for part in _parts(span):
            with self._database.read() as connection:
                held = connection.execute(joined.where(PASSAGES.c.row.between(part.first, part.last))).all()
            yield [IndexedText(*row) for row in held]

    def rows_of_papers(self, paper_ids: Sequence[str]) -> Rows:
        """Return the rows of all passages of these papers, in order."""
        statement = f"SELECT row FROM passages WHERE paper_id IN {_LISTED}"
        found = self._database.rows(statement, json.dumps(list(paper_ids)))
        return np.sort(np.array(found, dtype=np.int64).reshape(-1))

    def all_rows(self) -> Rows:
        """Return the rows of all passages, in order."""
        with self._database.read() as connection:
            found = connection.execute(select(PASSAGES.c.row).order_by(PASSAGES.c.row)).scalars().all()
        return np.array(found, dtype=np.int64)

    def passage_ids(self, rows: Sequence[int]) -> dict[int, str]:
        """Return the ids of those of the passages that are there, by row."""
        statement = f"SELECT row, passage_id FROM passages WHERE row IN {_LISTED}"
        return dict(self._database.rows(statement, json.dumps(rows)))

    def passages(self, rows: Sequence[int], *, is_placed: bool = True) -> dict[int, Passage]:
        """Return those of the passages that are there, by row; without their spans where `is_placed` is False."""
        columns = PLACED_COLUMNS if is_placed else UNPLACED_COLUMNS
        statement = f"SELECT row, {columns} FROM passages WHERE row IN {_LISTED}"
        return {row: passage_of(*held) for row, *held in self._database.rows(statement, json.dumps(rows))}

    def spans(self, passage_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
        """Return the spans of those of the passages that are there, by id."""
        statement = f"SELECT passage_id, spans FROM passages WHERE passage_id IN {_LISTED}"
        held = self._database.rows(statement, json.dumps(passage_ids))
        return {passage_id: spans_of(passage_id, spans) for passage_id, spans in held}


def joined(spans: Iterable[RowRange]) -> list[RowRange]:
    """Return ranges in order, those that touch made one: papers written after each other are read at once."""
    found: list[RowRange] = []
    for span in sorted(spans, key=lambda each: each.first):
        if found and span.first <= found[-1].last + 1:
            found[-1] = RowRange(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def _parts(span: RowRange) -> Iterator[RowRange]:
    for first in range(span.first, span.last + 1, ROWS_AT_ONCE):
        yield RowRange(first, min(first + ROWS_AT_ONCE - 1, span.last))


def _ranges(changes: Sequence[Row[Any]], kind: ChangeKind) -> list[RowRange]:
    return [
        RowRange(change.first_row, change.last_row)
        for change in changes
        if change.kind == kind.value and change.first_row <= change.last_row
    ]
