"""A chat's messages to one question that stands alone: the last user message, understood from those before it."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.followup import PastTurn, standalone_question
from app.http.chat_shapes import Message
from indexes.errors import BadInput

REMEMBERED_MESSAGES = 12


def question_of(messages: Sequence[Message]) -> str:
    """Return the last user message's text, with what it points back at in brackets after it.

    Raises:
        BadInput: no user message has a text.
    """
    asked = [place for place, message in enumerate(messages) if message.role == "user" and text_of(message)]
    if not asked:
        raise BadInput("no message has the role 'user' and a text", hint="The last user message is the question.")
    before = messages[max(0, asked[-1] - REMEMBERED_MESSAGES) : asked[-1]]
    return standalone_question(text_of(messages[asked[-1]]), past_turns(before))


def past_turns(messages: Sequence[Message]) -> tuple[PastTurn, ...]:
    """Return each question with the answer that followed it, oldest first; other roles are passed over."""
    turns: list[PastTurn] = []
    for message in messages:
        if message.role == "user":
            turns.append(PastTurn(standalone_question(text_of(message), turns), ""))
        elif message.role == "assistant" and turns:
            turns[-1] = PastTurn(turns[-1].question, text_of(message))
    return tuple(turns)


def text_of(message: Message) -> str:
    """Return a message's text; parts stand on lines of their own."""
    content = message.content or ""
    return content if isinstance(content, str) else "\n".join(part.text for part in content)
