from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from app.answering.answer import AnswerOptions, answer_question
from app.answering.facet_questions import english_query, facet_of
from app.answering.records import AnswerStatus
from app.generators.extractive import ExtractiveGenerator
from indexes.library import Library, open_library
from indexes.records import Language, PassageKind

PARTS = (
    (PassageKind.ABSTRACT, "Abstract", "Herons hide by day. The aim of this work is to count herons at night."),
    (PassageKind.BODY, "2 Flights", "The crew climbs a hill before dusk. A pilot follows the river with a lamp."),
    (PassageKind.BODY, "3 Survey", "We use a dataset of 31 flights. The samples were collected in March."),
    (PassageKind.BODY, "4 Limitations", "Fog hides birds from the lamp. One river was flown."),
)


def put(library: Library, paper_id: str, language: Language, parts: tuple[tuple[PassageKind, str, str], ...]) -> None:
    paper = make_paper(paper_id=paper_id, title="Herons", language=language, content_sha256=paper_id[0] * 64)
    passages = [
        make_passage(paper_id=paper_id, ordinal=ordinal, kind=kind, section=section, text=text)
        for ordinal, (kind, section, text) in enumerate(parts)
    ]
    vectors = library.encoder.encode_passages([passage.text for passage in passages])
    library.store.put_paper(paper, passages, vectors, parser="test", document_json="{}")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    encoder = FakeEncoder(dimension=256, languages=frozenset({"en"}))
    with open_library(tmp_path / "library", encoder=encoder, create=True) as library:
        put(library, "aaaaaaaaaaaa", Language.ENGLISH, PARTS)
        yield library


def ask(library: Library, question: str, paper_ids: tuple[str, ...] | None = None) -> tuple[AnswerStatus, str]:
    generator = ExtractiveGenerator(encoder=library.encoder)
    options = AnswerOptions(language=None, paper_ids=paper_ids, k=4, max_sentences=1)
    answer = answer_question(question, library=library, generator=generator, options=options)
    return answer.status, answer.claims[0].text if answer.claims else answer.text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("この論文の目的は何ですか？", "The aim of this work is to count herons at night."),
        ("データは何を使っていますか？", "The samples were collected in March."),
        ("限界は何ですか？", "Fog hides birds from the lamp."),
    ],
)
@pytest.mark.parametrize("paper_ids", [None, ("aaaaaaaaaaaa",)])
def test_a_japanese_facet_question_is_answered_from_an_english_paper(
    library: Library, question: str, expected: str, paper_ids: tuple[str, ...] | None
) -> None:
    assert ask(library, question, paper_ids) == (AnswerStatus.ANSWERED, expected)


def test_a_facet_that_the_paper_has_no_word_for_is_not_answered(library: Library) -> None:
    assert ask(library, "計算量はどれくらいですか？")[0] is AnswerStatus.NOT_IN_PAPER


def test_another_japanese_question_still_finds_nothing_in_an_english_paper(library: Library) -> None:
    assert ask(library, "鷺はどこで休みますか？")[0] is AnswerStatus.NOT_IN_PAPER


def test_a_japanese_paper_in_scope_is_searched_with_the_question_itself(library: Library) -> None:
    japanese = ((PassageKind.BODY, "5 限界", "提案手法の限界は霧の日に鳥を数えられないことである。"),)
    put(library, "bbbbbbbbbbbb", Language.JAPANESE, japanese)
    assert ask(library, "提案手法の限界は何ですか？") == (AnswerStatus.ANSWERED, japanese[0][2])
    assert ask(library, "限界は何ですか？", ("aaaaaaaaaaaa",))[1] == "Fog hides birds from the lamp."


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("手法の要点は？", "method"),
        ("GFSの限界は何ですか？", "limitations"),
        ("何と比較していますか？", "compared"),
        ("主な結果は何ですか？", "results"),
        ("コードは公開されていますか？", "code"),
        ("どのようなデータを使いましたか？", "dataset"),
    ],
)
def test_a_facet_is_known_by_its_wording(question: str, word: str) -> None:
    facet = facet_of(question)
    assert facet is not None
    assert word in facet.query
    asked = english_query(question, facet)
    assert asked.endswith(facet.query)
    assert asked.startswith("gfs ") == ("GFS" in question)


@pytest.mark.parametrize("question", ["誰が書きましたか？", "チャンクの大きさはいくつですか？"])
def test_what_is_no_facet_is_left_alone(question: str) -> None:
    assert facet_of(question) is None
