import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from app.answering.records import AnswerOptions
from app.chat.conversation import ask
from app.generators.extractive import ExtractiveGenerator
from indexes.errors import BadInput, NotFound
from indexes.library import Library, open_library

OPTIONS = AnswerOptions(language=None, paper_ids=None, k=4, max_sentences=1)
TEXT = (
    "CraneNet reaches an accuracy of 84.3 on LakeSet. CraneNet reaches an accuracy of 71.0 on IceSet. "
    "Volunteers fed the ducks in January."
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    encoder = FakeEncoder(dimension=256)
    with open_library(tmp_path / "library", encoder=encoder, create=True) as library:
        passage = make_passage(text=TEXT)
        library.store.put_paper(
            make_paper(), [passage], encoder.encode_passages([TEXT]), parser="hand", document_json="{}"
        )
        yield library


def test_ask_stores_the_question_as_asked_as_understood_and_its_answer(library: Library) -> None:
    conversation = library.conversations.create("cranes")
    generator = ExtractiveGenerator(encoder=library.encoder)
    first = ask(
        conversation.conversation_id,
        "What accuracy does CraneNet reach on LakeSet?",
        library=library,
        generator=generator,
        options=OPTIONS,
    )
    second = ask(conversation.conversation_id, "And on IceSet?", library=library, generator=generator, options=OPTIONS)
    assert first.standalone_question == first.question
    assert "84.3" in json.loads(first.answer_json)["text"]
    assert second.question == "And on IceSet?"
    assert "CraneNet" in second.standalone_question
    assert "71.0" in json.loads(second.answer_json)["text"]
    assert library.conversations.turns(conversation.conversation_id) == (first, second)


def test_ask_stores_nothing_when_the_question_is_refused(library: Library) -> None:
    conversation = library.conversations.create("cranes")
    generator = ExtractiveGenerator(encoder=library.encoder)
    with pytest.raises(BadInput):
        ask(conversation.conversation_id, " ", library=library, generator=generator, options=OPTIONS)
    assert library.conversations.turns(conversation.conversation_id) == ()


def test_ask_keeps_to_the_papers_of_the_conversation(library: Library) -> None:
    conversation = library.conversations.create("gone", paper_ids=["feedfeedfeed"])
    generator = ExtractiveGenerator(encoder=library.encoder)
    with pytest.raises(NotFound, match="feedfeedfeed"):
        ask(conversation.conversation_id, "What is CraneNet?", library=library, generator=generator, options=OPTIONS)


def test_ask_in_an_unknown_conversation_is_not_found(library: Library) -> None:
    generator = ExtractiveGenerator(encoder=library.encoder)
    with pytest.raises(NotFound):
        ask("none", "What is CraneNet?", library=library, generator=generator, options=OPTIONS)
