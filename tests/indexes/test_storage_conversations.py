from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_paper
from fake_encoder import FakeEncoder

from indexes.errors import NotFound
from indexes.library import Library, open_library
from indexes.records import Language
from indexes.storage.conversations import Turn


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


def test_turns_come_back_in_order(library: Library) -> None:
    conversation = library.conversations.create("Cranes", paper_ids=["a", "b"])
    for question in ("How many?", "And storks?"):
        library.conversations.add_turn(
            conversation.conversation_id, question=question, standalone_question=question + "!", answer_json="{}"
        )
    assert library.conversations.turns(conversation.conversation_id) == (
        Turn(0, "How many?", "How many?!", "{}"),
        Turn(1, "And storks?", "And storks?!", "{}"),
    )
    assert library.conversations.get(conversation.conversation_id) == conversation
    assert conversation.paper_ids == ("a", "b")


def test_conversations_are_listed_newest_first(library: Library) -> None:
    made = [library.conversations.create(str(number)) for number in range(3)]
    assert library.conversations.list() == tuple(reversed(made))
    assert made[0].paper_ids is None


def test_deleted_conversation_takes_its_turns_along(library: Library) -> None:
    conversation_id = library.conversations.create("x").conversation_id
    library.conversations.add_turn(conversation_id, question="q", standalone_question="q", answer_json="{}")
    library.conversations.delete(conversation_id)
    for ask in (library.conversations.get, library.conversations.turns, library.conversations.delete):
        with pytest.raises(NotFound, match=conversation_id):
            ask(conversation_id)


def test_sheet_is_kept_by_language_and_generator(library: Library) -> None:
    with pytest.raises(NotFound, match="0123456789ab"):
        library.sheets.put("0123456789ab", language=Language.ENGLISH, generator="g", sheet_json="1")
    vectors = library.encoder.encode_passages([])
    library.store.put_paper(make_paper(), [], vectors, parser="x", document_json="{}")
    library.sheets.put("0123456789ab", language=Language.ENGLISH, generator="g", sheet_json="1")
    library.sheets.put("0123456789ab", language=Language.ENGLISH, generator="g", sheet_json="2")
    assert library.sheets.get("0123456789ab", language=Language.ENGLISH, generator="g") == "2"
    assert library.sheets.get("0123456789ab", language=Language.JAPANESE, generator="g") is None
    assert library.sheets.get("0123456789ab", language=Language.ENGLISH, generator="h") is None
    library.sheets.delete("0123456789ab", language=Language.ENGLISH, generator="g")
    assert library.sheets.get("0123456789ab", language=Language.ENGLISH, generator="g") is None
