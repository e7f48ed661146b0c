from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes.errors import BadInput, NotFound
from indexes.library import Library, open_library
from indexes.query.filters import Filters
from indexes.records import Language, PaperRole
from indexes.search import search

TEXTS = {
    "drone1": ("Storks from Drones", "2021", "We count storks in images from drones."),
    "radar1": ("Storks on Radar", "2019", "We count storks by radar at night."),
    "survey": ("Counting Storks: A Survey", "2023", "We count what others wrote on storks."),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("library"), encoder=FakeEncoder(), create=True) as library:
        for name, (title, year, text) in TEXTS.items():
            passage = make_passage(paper_id=name, text=text, section="2 Methods" if name == "radar1" else "")
            paper = make_paper(paper_id=name, title=title, published=year, content_sha256=name.ljust(64, "0"))
            vectors = library.encoder.encode_passages([text])
            library.store.put_paper(paper, [passage], vectors, parser="hand/1", document_json="{}")
        yield library


def papers(library: Library, query: str, instruction: str = "", filters: Filters | None = None) -> list[str]:
    found = search(library, query, k=10, instruction=instruction, filters=filters)
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1))
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    return [hit.passage.paper_id for hit in found.hits]


def test_filters_of_the_query_the_instruction_and_the_caller_come_together(library: Library) -> None:
    assert set(papers(library, "count storks, since 2020")) == {"drone1", "survey"}
    assert papers(library, "count storks, since 2020", "until 2022") == ["drone1"]
    assert papers(library, "count storks, since 2020", filters=Filters(published_to="2022")) == ["drone1"]
    assert papers(library, "count storks", filters=Filters(sections=("methods",))) == ["radar1"]


def test_words_of_the_query_never_widen_what_the_caller_demands(tmp_path: Path) -> None:
    people = {"mori": ("Aya Mori",), "field": ("Jon Field",), "both": ("Aya Mori", "Jon Field")}
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        for name, authors in people.items():
            passage = make_passage(paper_id=name, text="storks in wetlands")
            categories = ("cs.CV",) if name == "field" else ("cs.CL", "cs.CV")
            paper = make_paper(
                paper_id=name, authors=authors, categories=categories, content_sha256=name.ljust(64, "0")
            )
            vectors = library.encoder.encode_passages([passage.text])
            library.store.put_paper(paper, [passage], vectors, parser="hand/1", document_json="{}")
        by_mori, of_language = Filters(authors=("Mori",)), Filters(categories=("cs.CL",))
        assert papers(library, "papers by Field on storks", filters=by_mori) == ["both"]
        assert papers(library, "storks", "papers by Field", by_mori) == ["both"]
        assert set(papers(library, "storks", "by Mori or Field")) == set(people)
        assert set(papers(library, "storks", "in cs.CV", of_language)) == {"mori", "both"}
        found = search(library, "papers by Field on storks", k=3, filters=by_mori)
        assert found.understood.filters == ("by Mori", "by Field")


@pytest.mark.parametrize(
    ("filters", "instruction", "named"),
    [
        (Filters(language=Language.JAPANESE), "English papers only", "in Japanese, the query for papers in English"),
        (Filters(roles=(PaperRole.PAPER,)), "notes only", "for papers, the query for notes"),
    ],
)
def test_what_contradicts_the_caller_is_refused(
    library: Library, filters: Filters, instruction: str, named: str
) -> None:
    with pytest.raises(BadInput, match=named):
        search(library, "storks", k=5, filters=filters, instruction=instruction)


def test_what_is_unwanted_comes_last_and_says_why(library: Library) -> None:
    for query, instruction, last in (
        ("count storks", "not from images", "drone1"),
        ("count storks", "without radar", "radar1"),
        ("count storks, no surveys", "", "survey"),
    ):
        found = search(library, query, k=10, instruction=instruction)
        assert found.hits[-1].passage.paper_id == last
        assert min(one.amount for one in found.hits[-1].contributions) < 0
        for hit in found.hits:
            assert sum(one.amount for one in hit.contributions) == pytest.approx(hit.score, abs=1e-4)
    assert found.understood.penalties == ("not: survey",)
    assert found.understood.text == "count storks"


def test_what_is_wanted_comes_first(library: Library) -> None:
    assert papers(library, "count storks", "in the methods section")[0] == "radar1"
    assert papers(library, "count storks", "A paper is relevant only if it uses drones.")[0] == "drone1"


def test_a_plain_query_is_searched_as_it_is(library: Library) -> None:
    found = search(library, "Which storks are not counted?", k=2)
    assert (found.understood.text, found.understood.filters) == ("Which storks are not counted?", ())
    assert found.understood.penalties == ()
    assert len(found.hits) == 2


def test_filters_that_no_paper_meets_leave_no_hit_and_are_told(library: Library) -> None:
    found = search(library, "count storks", k=5, filters=Filters(authors=("Nobody",)))
    assert found.hits == ()
    assert found.understood.filters == ("by Nobody",)


def test_what_contradicts_itself_or_is_not_there_is_refused(library: Library) -> None:
    with pytest.raises(BadInput, match="2022 is after published_to 2020"):
        search(library, "papers on storks since 2022", k=5, filters=Filters(published_to="2020"))
    with pytest.raises(NotFound):
        search(library, "storks", k=5, filters=Filters(papers_excluded=("nothere",)))
    with pytest.raises(BadInput, match="empty"):
        search(library, " ", k=5, instruction="since 2020")
