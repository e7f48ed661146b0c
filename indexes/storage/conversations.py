"""Conversations and their turns. An answer is JSON here; what it says is not known."""

from __future__ import annotations

import builtins
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection, Row

from indexes.errors import NotFound
from indexes.storage.database import Database
from indexes.storage.tables import CONVERSATIONS, TURNS


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation about some papers, or about the whole library where `paper_ids` is None."""

    conversation_id: str
    title: str
    paper_ids: tuple[str, ...] | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked, as it was understood, and its answer; `ordinal` counts from 0."""

    ordinal: int
    question: str
    standalone_question: str
    answer_json: str


class ConversationStore:
    """The conversations of one library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str, *, paper_ids: Sequence[str] | None = None) -> Conversation:
        """Begin a conversation and return it."""
        held = None if paper_ids is None else tuple(paper_ids)
        conversation = Conversation(
            secrets.token_hex(8), title, held, datetime.now(UTC).isoformat(timespec="microseconds")
        )
        values = {
            "conversation_id": conversation.conversation_id,
            "title": title,
            "paper_ids": None if held is None else json.dumps(held),
            "created_at": conversation.created_at,
        }
        with self._database.write() as connection:
            connection.execute(insert(CONVERSATIONS), values)
        return conversation

    def list(self, *, limit: int = 100, offset: int = 0) -> tuple[Conversation, ...]:
        """Return conversations, newest first."""
        statement = select(CONVERSATIONS).order_by(CONVERSATIONS.c.number.desc()).limit(limit).offset(offset)
        with self._database.read() as connection:
            return tuple(_conversation(row) for row in connection.execute(statement))

    def get(self, conversation_id: str) -> Conversation:
        """Return a conversation.

        Raises:
            NotFound: there is none with this id.
        """
        with self._database.read() as connection:
            return _get(connection, conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation with its turns.

        Raises:
            NotFound: there is none with this id.
        """
        condition = CONVERSATIONS.c.conversation_id == conversation_id
        with self._database.write() as connection:
            if not connection.execute(delete(CONVERSATIONS).where(condition)).rowcount:
                raise _not_there(conversation_id)

    def add_turn(self, conversation_id: str, *, question: str, standalone_question: str, answer_json: str) -> Turn:
        """Add a turn at the end and return it.

        Raises:
            NotFound: there is no such conversation.
        """
        highest = select(func.max(TURNS.c.ordinal)).where(TURNS.c.conversation_id == conversation_id)
        with self._database.write() as connection:
            _get(connection, conversation_id)
            last = connection.execute(highest).scalar()
            turn = Turn(0 if last is None else last + 1, question, standalone_question, answer_json)
            values = {name: getattr(turn, name) for name in Turn.__slots__}
            connection.execute(insert(TURNS), {"conversation_id": conversation_id, **values})
        return turn

    def turns(self, conversation_id: str) -> builtins.tuple[Turn, ...]:
        """Return a conversation's turns, oldest first.

        Raises:
            NotFound: there is no such conversation.
        """
        statement = select(TURNS).where(TURNS.c.conversation_id == conversation_id).order_by(TURNS.c.ordinal)
        with self._database.read() as connection:
            _get(connection, conversation_id)
            return tuple(
                Turn(row.ordinal, row.question, row.standalone_question, row.answer_json)
                for row in connection.execute(statement)
            )


def _get(connection: Connection, conversation_id: str) -> Conversation:
    statement = select(CONVERSATIONS).where(CONVERSATIONS.c.conversation_id == conversation_id)
    row = connection.execute(statement).first()
    if row is None:
        raise _not_there(conversation_id)
    return _conversation(row)


def _conversation(row: Row[Any]) -> Conversation:
    held = None if row.paper_ids is None else tuple(json.loads(row.paper_ids))
    return Conversation(row.conversation_id, row.title, held, row.created_at)


def _not_there(conversation_id: str) -> NotFound:
    return NotFound(f"conversation {conversation_id!r} is not there", hint="Begin a new one.")
