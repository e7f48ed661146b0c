"""A question put in a conversation to a stored turn: understood from what went before, answered, kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.answering.answer import answer_question
from app.answering.records import AnswerEvent, AnswerOptions, AnswerStatus
from app.chat.followup import PastTurn, standalone_question
from app.generators.protocol import Generator
from app.schemas import AnswerOutput
from app.sheets.held_context import with_held_context
from indexes.library import Library
from indexes.storage.conversations import Turn

REMEMBERED_TURNS = 6


def ask(
    conversation_id: str,
    question: str,
    *,
    library: Library,
    generator: Generator,
    options: AnswerOptions,
    on_event: Callable[[AnswerEvent], None] | None = None,
) -> Turn:
    """Answer a question within a conversation and store the turn; nothing is stored when answering fails.

    The conversation's papers are the scope; `options.paper_ids` is not looked at.

    Raises:
        NotFound: there is no such conversation, or a paper of it is gone.
        What `answer_question` raises.
    """
    conversation = library.conversations.get(conversation_id)
    history = past_turns(library.conversations.turns(conversation_id)[-REMEMBERED_TURNS:])
    standalone = standalone_question(question, history)
    answer = answer_question(
        standalone,
        library=library,
        generator=generator,
        options=with_held_context(
            standalone, replace(options, paper_ids=conversation.paper_ids), library=library, generator=generator
        ),
        on_event=on_event,
    )
    output = AnswerOutput.of(answer)
    return library.conversations.add_turn(
        conversation_id, question=question, standalone_question=standalone, answer_json=output.model_dump_json()
    )


def past_turns(turns: tuple[Turn, ...]) -> tuple[PastTurn, ...]:
    """Return what a follow-up may point at, oldest first."""
    return tuple(PastTurn(turn.standalone_question, _text(turn)) for turn in turns)


def _text(turn: Turn) -> str:
    answer = AnswerOutput.model_validate_json(turn.answer_json)
    return answer.text if answer.status == AnswerStatus.ANSWERED.value else ""
