from collections.abc import Iterator
from typing import Any

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes.errors import BadInput, NotFound
from indexes.library import Library, open_library
from indexes.query.filters import Filters
from indexes.query.scope import allowed_papers, is_author, within
from indexes.records import Language, PaperRole, PassageKind


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("library"), encoder=FakeEncoder(), create=True) as library:
        put(library, "birds1", authors=("Aya Mori", "Jon Field"), published="2021-05", categories=("cs.CV",))
        put(library, "birds2", authors=("Ellen Sørby",), published="2023", venue="Journal of Wetland Data")
        put(library, "frogs1", authors=("森 あや",), published="2019-01-02", language=Language.JAPANESE)
        put(library, "frogs2", authors=(), published=None, categories=("cs.CVX", "q-bio.PE"), venue="NeurIPS 2023")
        put(library, "note01", role=PaperRole.NOTE, title="Paper birds1", authors=("Aya Mori",), published="2022")
        yield library


def put(library: Library, name: str, **changes: Any) -> None:
    kind = PassageKind.NOTE if changes.get("role") is PaperRole.NOTE else PassageKind.BODY
    passage = make_passage(paper_id=name, text=f"Text of {name}.", kind=kind)
    changes = {"title": f"Paper {name}", "content_sha256": name.ljust(64, "0")} | changes
    paper = make_paper(paper_id=name, **changes)
    vectors = library.encoder.encode_passages([passage.text])
    library.store.put_paper(paper, [passage], vectors, parser="hand/1", document_json="{}")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"published_from": "2022"}, {"birds2", "note01"}),
        ({"published_from": "2021-05", "published_to": "2022"}, {"birds1", "note01"}),
        ({"authors": ("Mori",)}, {"birds1", "note01"}),
        ({"authors": ("mori aya",)}, {"birds1", "note01"}),
        ({"authors": ("Sorby",)}, {"birds2"}),
        ({"authors": ("SØRBY",)}, {"birds2"}),
        ({"authors": ("森",)}, {"frogs1"}),
        ({"authors": ("Field", "Sørby")}, {"birds1", "birds2"}),
        ({"authors": ("Mor",)}, set()),
        ({"authors_excluded": ("Mori", "森")}, {"birds2", "frogs2"}),
        ({"categories": ("cs.CV",)}, {"birds1"}),
        ({"categories": ("cs",)}, {"birds1", "frogs2"}),
        ({"categories_excluded": ("cs.cv",)}, {"birds2", "frogs1", "frogs2", "note01"}),
        ({"venues": ("wetland data",)}, {"birds2"}),
        ({"venues": ("NeurIPS",)}, {"frogs2"}),
        ({"venues_excluded": ("neurips",)}, {"birds1", "birds2", "frogs1", "note01"}),
        ({"language": Language.JAPANESE}, {"frogs1"}),
        ({"roles": (PaperRole.NOTE,)}, {"note01"}),
        ({"text": "paper frogs1"}, {"frogs1"}),
        ({"papers_excluded": ("birds1",)}, {"birds2", "frogs1", "frogs2"}),
        ({"authors": ("Mori",), "roles": (PaperRole.PAPER,)}, {"birds1"}),
    ],
)
def test_papers_that_meet_the_filters(library: Library, filters: dict[str, Any], expected: set[str]) -> None:
    allowed = allowed_papers(library.papers, Filters(**filters))
    assert allowed is not None
    assert set(allowed) == expected
    assert list(allowed) == sorted(allowed)


def test_filters_that_ask_nothing_of_papers_allow_all(library: Library) -> None:
    assert allowed_papers(library.papers, Filters()) is None
    assert allowed_papers(library.papers, Filters(sections=("methods",))) is None


def test_a_paper_to_be_excluded_must_be_there(library: Library) -> None:
    with pytest.raises(NotFound):
        allowed_papers(library.papers, Filters(papers_excluded=("nothere",)))


def test_papers_named_are_kept_where_they_are_allowed() -> None:
    assert within(None, None) is None
    assert within(["b", "a"], None) == ("b", "a")
    assert within(None, ["a"]) == ("a",)
    assert within(["b", "a", "c"], ["a", "b"]) == ("b", "a")
    assert within(["c"], ["a"]) == ()


@pytest.mark.parametrize(
    ("name", "author", "expected"),
    [
        ("Hinton", "Geoffrey E. Hinton", True),
        ("G. Hinton", "Geoffrey Hinton", True),
        ("Hinton, G.", "Geoffrey Hinton", True),
        ("A. Hinton", "Geoffrey Hinton", False),
        ("Geoffrey", "Geoffrey Hinton", True),
        ("Hint", "Geoffrey Hinton", False),
        ("Geoffrey Smith", "Geoffrey Hinton", False),
        ("Li Wei", "Ali Wei", False),
        ("van den Berg", "Anna van den Berg", True),
        ("Berg", "Anna van den Berg", True),
        ("Hamori", "Béla Hámori", True),
        ("山田", "山田太郎", True),
        ("山田 太郎", "山田太郎", True),
        ("田", "山田太郎", False),
        ("O'Neil", "Kate O’Neil", True),
    ],
)
def test_author_is_meant_by_a_name(name: str, author: str, expected: bool) -> None:
    assert is_author(name, [author]) is expected


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(BadInput):
        is_author("123", ["Aya Mori"])
