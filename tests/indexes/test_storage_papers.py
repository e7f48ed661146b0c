from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes.errors import BadInput, NotFound
from indexes.library import Library, open_library
from indexes.records import Language, Paper
from indexes.storage.listing import PaperOrder
from indexes.storage.papers import Papers


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


def put(library: Library, paper: Paper, *texts: str) -> None:
    passages = [make_passage(paper_id=paper.paper_id, ordinal=n, text=text) for n, text in enumerate(texts)]
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(paper, passages, vectors, parser="hand/1", document_json="{}")


def ids(papers: Papers, **filters: object) -> list[str]:
    return [stored.paper.paper_id for stored in papers.listed(**filters)]  # type: ignore[arg-type]


@pytest.fixture
def three(library: Library) -> Papers:
    put(library, make_paper(paper_id="a1", title="beta Cranes", published="2024", content_sha256="1" * 64), "x")
    put(
        library,
        make_paper(
            paper_id="a2",
            title="Alpha ＣＲＡＮＥＳ",
            published="2024-03-29",
            authors=("Zoë 100%",),
            content_sha256="2" * 64,
        ),
        "x",
    )
    put(
        library,
        make_paper(paper_id="b3", title="鶴", published=None, language=Language.JAPANESE, content_sha256="3" * 64),
        "x",
    )
    return library.papers


def test_papers_are_ordered(three: Papers) -> None:
    assert ids(three) == ["b3", "a2", "a1"]
    assert ids(three, order=PaperOrder.PUBLISHED) == ["a2", "a1", "b3"]
    assert ids(three, order=PaperOrder.TITLE) == ["a2", "a1", "b3"]
    assert ids(three, order=PaperOrder.TITLE, limit=1, offset=1) == ["a1"]


def test_papers_are_filtered(three: Papers) -> None:
    assert ids(three, text="cranes", order=PaperOrder.TITLE) == ["a2", "a1"]
    assert ids(three, text="ZOË 100%") == ["a2"]
    assert ids(three, text="100_") == []
    assert ids(three, language=Language.JAPANESE) == ["b3"]
    assert ids(three, published_from="2024-02") == ["a2"]
    assert ids(three, published_to="2024-01") == ["a1"]
    assert ids(three, published_from="2024", published_to="2024") == ["a2", "a1"]
    assert three.count(text="cranes", published_to="2024-02-30") == 1


def test_resolve_knows_every_name_of_a_paper(library: Library) -> None:
    put(library, make_paper(paper_id="abc123", arxiv_id="2310.10631v2", doi="10.1000/X.Y"), "x")
    put(library, make_paper(paper_id="abd", content_sha256="4" * 64), "x")
    put(library, make_paper(paper_id="ab_", content_sha256="5" * 64), "x")
    names = ("abc123", "2310.10631", "arXiv:2310.10631v7", "https://arxiv.org/abs/2310.10631", "10.1000/x.y")
    for name in (*names, "https://doi.org/10.1000/X.y", " abc123 "):
        assert library.papers.resolve(name) == "abc123"
    assert library.papers.resolve("ab_") == "ab_"
    for name in ("", "zzz", "%", "2310"):
        with pytest.raises(NotFound):
            library.papers.resolve(name)


def test_beginning_of_an_id_names_its_paper_from_six_characters_on(library: Library) -> None:
    for number, name in enumerate(("6abc0012", "6abc0034", "77")):
        put(library, make_paper(paper_id=name, content_sha256=str(number) * 64), "x")
    assert library.papers.resolve("6abc001") == "6abc0012"
    assert library.papers.resolve("77") == "77"
    with pytest.raises(BadInput, match="several ids: 6abc0012, 6abc0034"):
        library.papers.resolve("6abc00")
    for name in ("7", "6abc0"):
        with pytest.raises(NotFound) as caught:
            library.papers.resolve(name)
        assert "at least 6 characters" in caught.value.hint


def test_several_names_of_one_paper_are_one(library: Library) -> None:
    put(library, make_paper(paper_id="b", content_sha256="1" * 64, doi="10.1/B"), "x")
    put(library, make_paper(paper_id="a", content_sha256="2" * 64), "x")
    assert library.papers.resolve_all(["b", "a", "10.1/b"]) == ("b", "a")
    with pytest.raises(NotFound):
        library.papers.resolve_all(["a", "c"])
