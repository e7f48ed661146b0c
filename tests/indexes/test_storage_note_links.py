"""Notes find their papers by identifiers and titles, and by nothing less."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import make_paper
from fake_encoder import FakeEncoder

from indexes.library import Library, open_library
from indexes.records import Paper, PaperRole

TITLE = "Counting Cranes from Quiet Drones at Dusk"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


def put(library: Library, paper_id: str, **changes: Any) -> None:
    paper: Paper = make_paper(paper_id=paper_id, content_sha256=paper_id * 16, **{"title": TITLE, **changes})
    vectors = np.zeros((0, library.encoder.dimension), dtype=np.float32)
    library.store.put_paper(paper, (), vectors, parser="by-hand/1", document_json="{}")


def note(library: Library, paper_id: str = "note", **changes: Any) -> None:
    put(library, paper_id, role=PaperRole.NOTE, **changes)


def about(library: Library, paper_id: str = "note") -> str | None:
    return library.papers.get(paper_id).paper.about


@pytest.mark.parametrize(
    ("of_paper", "of_note"),
    [
        ({"title": "A", "arxiv_id": "2403.10001"}, {"title": "B", "arxiv_id": "2403.10001"}),
        ({"title": "A", "doi": "10.1000/ABC"}, {"title": "B", "doi": "10.1000/abc"}),
        ({"title": "A", "url": "https://www.example.org/a/"}, {"title": "B", "url": "http://example.org/a#top"}),
        ({}, {"title": TITLE.upper() + "."}),
        ({}, {"title": f"静かなドローンでツルを数える / {TITLE}"}),
        ({}, {"title": "Counting Cranes from Quiet Drone at Dusk"}),
    ],
)
@pytest.mark.parametrize("is_note_first", [True, False])
def test_a_note_is_linked(
    library: Library, of_paper: dict[str, Any], of_note: dict[str, Any], is_note_first: bool
) -> None:
    steps = [lambda: put(library, "paper", **of_paper), lambda: note(library, **of_note)]
    for step in reversed(steps) if is_note_first else steps:
        step()
    assert about(library) == "paper"
    library.store.remove_paper("paper")
    assert about(library) is None


@pytest.mark.parametrize(
    ("of_paper", "of_note"),
    [
        ({"title": "CLIP"}, {"title": "CLIP"}),
        ({"arxiv_id": "2403.10001"}, {"arxiv_id": "2403.10002"}),
        ({"title": TITLE + " 2"}, {"title": TITLE + " 3"}),
        ({"title": "Counting Cranes from Loud Planes at Dawn"}, {}),
        ({"role": PaperRole.NOTE}, {}),
    ],
)
def test_what_is_not_the_same_is_not_linked(
    library: Library, of_paper: dict[str, Any], of_note: dict[str, Any]
) -> None:
    put(library, "paper", **of_paper)
    note(library, **of_note)
    assert about(library) is None


@pytest.mark.parametrize("order", [("a", "b", "note"), ("note", "b", "a"), ("b", "note", "a")])
def test_a_title_that_two_papers_have_links_nothing(library: Library, order: tuple[str, ...]) -> None:
    for name in order:
        (note if name == "note" else put)(library, name)
    assert about(library) is None
    library.store.remove_paper("a")
    assert about(library) == "b"


@pytest.mark.parametrize("order", [("v1", "v2", "note"), ("note", "v2", "v1"), ("v2", "note", "v1")])
def test_of_two_versions_the_later_is_meant(library: Library, order: tuple[str, ...]) -> None:
    for name in order:
        if name == "note":
            note(library, title="Another name", arxiv_id="2403.10001")
        else:
            put(library, name, arxiv_id="2403.10001", arxiv_version=int(name[1]))
    assert about(library) == "v2"
    library.store.remove_paper("v2")
    assert about(library) == "v1"
