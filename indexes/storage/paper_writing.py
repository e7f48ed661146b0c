"""The rows of one paper written and removed inside a transaction, and the log of what changed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from indexes.arrays import Vectors
from indexes.records import Paper, Passage
from indexes.storage.rows import VECTOR_DTYPE, compressed, paper_values, passage_values
from indexes.storage.tables import CHANGES, DOCUMENTS, LIBRARY_INFO, PAPERS, PASSAGES, TOKEN_VECTORS, VECTORS

KEPT_CHANGES = 20_000
"""Log entries kept; an index that is further behind is rebuilt, which by then costs about the same."""


class ChangeKind(StrEnum):
    """What happened to a paper's rows."""

    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class State:
    """Which state of the library something reflects: how many writes there were, and the mark of the last."""

    generation: int
    token: str


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A paper as it is stored: its passages, one vector a passage, what read it, and its parsed document as JSON.

    `token_blobs` are what is kept of each passage's word pieces, or empty where none are kept of any.
    """

    paper: Paper
    passages: Sequence[Passage]
    vectors: Vectors
    parser: str
    document_json: str
    token_blobs: Sequence[bytes | None] = ()


def insert_record(connection: Connection, record: PaperRecord, state: State) -> None:
    """Write a paper whole, in the place of one with its id, and log it."""
    paper = record.paper
    added_at = remove_rows(connection, paper.paper_id, state) or now()
    stored = {"parser": record.parser, "added_at": added_at, "passage_count": len(record.passages)}
    connection.execute(insert(PAPERS), paper_values(paper) | stored)
    connection.execute(
        insert(DOCUMENTS), {"paper_id": paper.paper_id, "compressed_json": compressed(record.document_json)}
    )
    first_row = insert_passages(connection, record.passages, record.vectors)
    insert_token_blobs(connection, first_row, record.token_blobs)
    last_row = first_row + len(record.passages) - 1
    log_change(connection, state, paper.paper_id, ChangeKind.ADDED, first_row, last_row)


def restate(connection: Connection, paper: Paper, document_json: str) -> None:
    """Write a paper's metadata and document anew; its passages, and what it is about, stay as they are."""
    values = paper_values(paper)
    del values["about"]
    connection.execute(update(PAPERS).where(PAPERS.c.paper_id == paper.paper_id).values(**values))
    connection.execute(
        update(DOCUMENTS)
        .where(DOCUMENTS.c.paper_id == paper.paper_id)
        .values(compressed_json=compressed(document_json))
    )


def insert_passages(connection: Connection, passages: Sequence[Passage], vectors: Vectors) -> int:
    """Insert passages and vectors under the next free row numbers and return the first."""
    highest = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").scalar()
    first_row = int(highest or 0) + 1
    if passages:
        rows = range(first_row, first_row + len(passages))
        blobs = np.ascontiguousarray(vectors, dtype=VECTOR_DTYPE)
        connection.execute(
            insert(PASSAGES),
            [{"row": row} | passage_values(passage) for row, passage in zip(rows, passages, strict=True)],
        )
        connection.execute(
            insert(VECTORS), [{"row": row, "vector": blob.tobytes()} for row, blob in zip(rows, blobs, strict=True)]
        )
    return first_row


def insert_token_blobs(connection: Connection, first_row: int, blobs: Sequence[bytes | None]) -> None:
    """Insert what is kept of the word pieces of the passages from `first_row` on; nothing for those that have none."""
    held = [{"row": row, "blob": blob} for row, blob in enumerate(blobs, start=first_row) if blob is not None]
    if held:
        connection.execute(insert(TOKEN_VECTORS), held)


def remove_rows(connection: Connection, paper_id: str, state: State) -> str | None:
    """Remove a paper and all that hangs on it; return when it was added, or None where there was none."""
    added_at = connection.execute(select(PAPERS.c.added_at).where(PAPERS.c.paper_id == paper_id)).scalar()
    if added_at is None:
        return None
    bounds = select(func.min(PASSAGES.c.row), func.max(PASSAGES.c.row)).where(PASSAGES.c.paper_id == paper_id)
    first_row, last_row = connection.execute(bounds).one()
    connection.execute(delete(PAPERS).where(PAPERS.c.paper_id == paper_id))
    bounds_known = first_row is not None
    log_change(
        connection,
        state,
        paper_id,
        ChangeKind.REMOVED,
        first_row if bounds_known else 0,
        last_row if bounds_known else -1,
    )
    return str(added_at)


def next_state(connection: Connection) -> State:
    """Draw the next generation of the library."""
    generation = connection.execute(select(LIBRARY_INFO.c.generation)).scalar_one() + 1
    state = State(generation, secrets.token_hex(8))
    connection.execute(update(LIBRARY_INFO).values(generation=state.generation, token=state.token))
    return state


def log_change(
    connection: Connection, state: State, paper_id: str, kind: ChangeKind, first_row: int, last_row: int
) -> None:
    """Log what a generation did to a paper's rows; none where last is before first."""
    connection.execute(
        insert(CHANGES),
        {
            "generation": state.generation,
            "token": state.token,
            "paper_id": paper_id,
            "kind": kind.value,
            "first_row": first_row,
            "last_row": last_row,
        },
    )
    connection.execute(delete(CHANGES).where(CHANGES.c.generation <= state.generation - KEPT_CHANGES))


def now() -> str:
    """Return the time in UTC as the library writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
