"""Word pieces that cannot be read, or that an earlier version kept otherwise: told by paper, the first kind removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from indexes.doctor.complaints import Complaint, ComplaintCode
from indexes.late_interaction.codes import HEADER, is_whole, mark_of
from indexes.late_interaction.projection import TokenProjection
from indexes.storage.tables import PASSAGES, TOKEN_VECTORS


def damaged_tokens(connection: Connection) -> Iterator[Complaint]:
    """One complaint a paper with word pieces that cannot be read; passages do without them."""
    damaged = Counter(paper_id for _, paper_id in _unreadable(connection))
    for paper_id, count in sorted(damaged.items()):
        message = f"paper {paper_id}: word pieces of {count} passages are damaged"
        yield Complaint(ComplaintCode.TOKEN_VECTORS_DAMAGED, message, True)


def outdated_tokens(connection: Connection, projection: TokenProjection | None) -> Iterator[Complaint]:
    """One complaint a paper with word pieces that an earlier version kept otherwise: a search does without them."""
    if projection is None:
        return
    header = func.substr(TOKEN_VECTORS.c.blob, 1, HEADER.size)
    held = select(PASSAGES.c.paper_id, header).join(PASSAGES, PASSAGES.c.row == TOKEN_VECTORS.c.row)
    outdated = Counter(
        paper_id
        for paper_id, start in connection.execute(held)
        if isinstance(start, bytes) and len(start) == HEADER.size and mark_of(start) != projection.mark
    )
    for paper_id, count in sorted(outdated.items()):
        message = (
            f"paper {paper_id}: word pieces of {count} passages were kept by an earlier version, and searches rank "
            "without them; remove it and ingest it again"
        )
        yield Complaint(ComplaintCode.TOKEN_VECTORS_OUTDATED, message, False)


def remove_damaged(connection: Connection) -> None:
    """Remove the word pieces that cannot be read; their passages stay."""
    for row, _ in _unreadable(connection):
        connection.execute(delete(TOKEN_VECTORS).where(TOKEN_VECTORS.c.row == row))


def _unreadable(connection: Connection) -> list[tuple[int, str]]:
    """Return row and paper of every passage whose word pieces cannot be read."""
    columns = (TOKEN_VECTORS.c.row, PASSAGES.c.paper_id, TOKEN_VECTORS.c.blob)
    held = select(*columns).join(PASSAGES, PASSAGES.c.row == TOKEN_VECTORS.c.row)
    return [(row, paper_id) for row, paper_id, blob in connection.execute(held) if not is_whole(blob)]
