from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from sheet_factories import HERON, make_heron_passages, make_sheet

from app.generators.extractive import ExtractiveGenerator
from app.generators.protocol import GeneratorIdentity, GeneratorKind
from app.sheets.build import build_sheet
from app.sheets.digest import build_digest, overview_of, papers_in, possible_days
from app.sheets.records import Facet, QASheet
from app.sheets.stored import generator_key, get_or_build_sheet, stored_sheet
from indexes.encoding.encoder import passage_context
from indexes.errors import BadInput, NotFound
from indexes.library import Library, open_library
from indexes.records import Language, Paper, PassageKind


def put(library: Library, paper: Paper) -> None:
    passages = make_heron_passages(paper_id=paper.paper_id)
    texts = [passage_context(paper.title, passage.section) + passage.text for passage in passages]
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(paper, passages, vectors, parser="test", document_json="{}")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as opened:
        put(opened, HERON)
        yield opened


@pytest.fixture
def generator(library: Library) -> ExtractiveGenerator:
    return ExtractiveGenerator(encoder=library.encoder)


@pytest.mark.parametrize("language", tuple(Language))
def test_a_sheet_is_built_from_the_papers_own_sentences(
    library: Library, generator: ExtractiveGenerator, language: Language
) -> None:
    sheet = build_sheet(HERON.paper_id, library=library, generator=generator, language=language)
    passages = {passage.passage_id: passage for passage in library.papers.passages(HERON.paper_id)}
    assert len(sheet.items) >= 3
    for item in sheet.items:
        assert item.answer.citations
        for citation in item.answer.citations:
            assert passages[citation.passage_id].text[citation.start : citation.end] == citation.quote


def test_a_question_in_japanese_finds_the_same_place_as_in_english(
    library: Library, generator: ExtractiveGenerator
) -> None:
    def cited(language: Language) -> dict[str, str]:
        sheet = build_sheet(HERON.paper_id, library=library, generator=generator, language=language)
        return {item.facet.value: item.answer.citations[0].quote for item in sheet.items if item.facet != "detail"}

    assert cited(Language.JAPANESE) == cited(Language.ENGLISH)


def test_a_sheet_is_made_once_and_then_read(library: Library, generator: ExtractiveGenerator) -> None:
    first = get_or_build_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH)
    assert get_or_build_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH) == first
    assert stored_sheet(HERON.paper_id, library=library, generator=generator, language=Language.JAPANESE) is None


def test_a_sheet_of_an_old_schema_is_made_anew(library: Library, generator: ExtractiveGenerator) -> None:
    key = generator_key(generator.identity)
    library.sheets.put(HERON.paper_id, language=Language.ENGLISH, generator=key, sheet_json='{"schema": "older"}')
    made = get_or_build_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH)
    assert made.items
    assert stored_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH) == made


def test_a_sheet_of_no_paper_is_an_error(library: Library, generator: ExtractiveGenerator) -> None:
    with pytest.raises(NotFound, match="ffff"):
        get_or_build_sheet("ffff", library=library, generator=generator, language=Language.ENGLISH)


def test_another_model_file_is_another_key() -> None:
    one = GeneratorIdentity(GeneratorKind.LLAMA, "small", "a" * 64)
    assert generator_key(one) != generator_key(replace(one, sha256="b" * 64))
    assert generator_key(replace(one, sha256=None)) == "llama:small"


def test_a_digest_holds_the_papers_of_its_days_newest_first(library: Library, generator: ExtractiveGenerator) -> None:
    put(
        library, replace(HERON, paper_id="aaaaaaaaaaaa", title="Older", published="2024-03-25", content_sha256="a" * 64)
    )
    put(
        library, replace(HERON, paper_id="bbbbbbbbbbbb", title="Later", published="2024-04-01", content_sha256="b" * 64)
    )
    digest = build_digest(library, "2024-03-25", "2024-03-31", language=Language.JAPANESE, generator=generator)
    assert [entry.paper.title for entry in digest.entries] == [HERON.title, "Older"]
    assert digest.overview[0] == "この期間の論文は2本です。"
    stored = stored_sheet(HERON.paper_id, library=library, generator=generator, language=Language.JAPANESE)
    assert stored == digest.entries[0]


@pytest.mark.parametrize(
    ("published", "first", "last", "is_in"),
    [
        ("2024-03-29", "2024-03-29", "2024-03-29", True),
        ("2024-03-29", "2024-03-30", "2024-03-31", False),
        ("2024-03", "2024-03-01", "2024-03-31", True),
        ("2024-03", "2024-03-25", "2024-03-31", False),
        ("2024-02", "2024-02-01", "2024-02-29", True),
        ("2024", "2024-01-01", "2024-12-31", True),
        ("2024", "2024-01-02", "2024-12-31", False),
        ("2024-13", "2024-01-01", "2024-12-31", False),
        (None, "2024-01-01", "2024-12-31", False),
    ],
)
def test_a_partial_date_falls_in_where_all_its_days_do(
    published: str | None, first: str, last: str, is_in: bool
) -> None:
    days = possible_days(first), possible_days(last)
    assert days[0] is not None
    assert days[1] is not None
    papers = [make_paper(published=published)]
    assert bool(papers_in(papers, days[0][0], days[1][0])) is is_in


@pytest.mark.parametrize(("first", "last"), [("2024-03", "2024-03-31"), ("2024-04-01", "2024-03-31"), ("x", "y")])
def test_a_wrong_period_is_named(library: Library, generator: ExtractiveGenerator, first: str, last: str) -> None:
    with pytest.raises(BadInput, match=r"date|period"):
        build_digest(library, first, last, language=Language.ENGLISH, generator=generator)


def categorised(*categories: str) -> QASheet:
    return make_sheet(paper=replace(HERON, categories=categories))


def test_the_overview_is_counted_from_its_entries() -> None:
    assert overview_of([], Language.ENGLISH) == ("No paper falls in this period.",)
    assert overview_of([categorised("cs.CL"), categorised("cs.CL", "Birds")], Language.ENGLISH) == (
        "2 papers fall in this period.",
        "4 questions are answered, with 8 quotes from the papers.",
        "Categories: Computation and Language (2), Birds (1).",
    )


def test_a_paper_of_six_short_sentences_gets_questions(tmp_path: Path) -> None:
    parts = (
        (PassageKind.ABSTRACT, "Abstract", "We count cranes from drones. The drone counted 412 cranes in 18 minutes."),
        (PassageKind.BODY, "Method", "Each flight followed a grid at 60 metres. We used a camera with a long lens."),
        (PassageKind.BODY, "Limitations", "The survey covers one wetland only. Fog hides birds from the camera."),
    )
    paper = replace(HERON, title="Counting Cranes from Quiet Drones", abstract=parts[0][2])
    passages = [
        make_passage(paper_id=paper.paper_id, ordinal=ordinal, kind=kind, section=section, text=text)
        for ordinal, (kind, section, text) in enumerate(parts)
    ]
    with open_library(tmp_path / "tiny", encoder=FakeEncoder(), create=True) as opened:
        vectors = opened.encoder.encode_passages([passage.text for passage in passages])
        opened.store.put_paper(paper, passages, vectors, parser="test", document_json="{}")
        generator = ExtractiveGenerator(encoder=opened.encoder)
        sheet = build_sheet(paper.paper_id, library=opened, generator=generator, language=Language.JAPANESE)
    assert sheet.one_line.claims[0].text == "We count cranes from drones."
    answers = {item.facet: item.answer.claims[0].text for item in sheet.items}
    assert answers[Facet.MAIN_RESULT] == "The drone counted 412 cranes in 18 minutes."
    assert answers[Facet.LIMITS] == "The survey covers one wetland only."
    assert Facet.MECHANISM in answers
