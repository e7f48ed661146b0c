"""A chat's messages become one question that stands alone."""

import pytest

from app.http.chat_history import past_turns, question_of
from app.http.chat_shapes import Message
from indexes.errors import BadInput


def chat(*turns: tuple[str, str | None]) -> list[Message]:
    return [Message.model_validate({"role": role, "content": content}) for role, content in turns]


def test_question_of_one_message_is_its_text() -> None:
    assert question_of(chat(("system", "Be brief."), ("user", "How many cranes?"))) == "How many cranes?"


def test_question_of_a_follow_up_carries_what_it_points_at() -> None:
    messages = chat(
        ("user", "What accuracy does CraneNet reach on WetBirds?"),
        ("assistant", "It reaches 91.2 % [1]."),
        ("user", "And on FogBirds?"),
    )
    question = question_of(messages)
    assert question.startswith("And on FogBirds?")
    assert "CraneNet" in question


def test_past_turns_join_each_question_with_its_answer() -> None:
    turns = past_turns(chat(("user", "Q one?"), ("assistant", "A one."), ("user", "Q two?")))
    assert [(turn.question, turn.answer) for turn in turns] == [("Q one?", "A one."), ("Q two?", "")]


def test_chat_without_a_user_message_is_refused() -> None:
    with pytest.raises(BadInput, match="'user'"):
        question_of(chat(("assistant", "Hello."), ("user", None)))
