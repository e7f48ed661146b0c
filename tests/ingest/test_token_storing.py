"""Word pieces go into the library with the passages they are of, whether of papers or of notes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from notes_pages import ALL, headings_page
from token_projections import make_projection

from indexes import passage_encoding
from indexes.late_interaction.maxsim import maxsim, query_tokens
from indexes.library import Library, open_library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

ENCODER = FakeEncoder(dimension=256)
PROJECTION = make_projection(ENCODER)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr(passage_encoding, "projection_for", lambda encoder: PROJECTION)
    with open_library(tmp_path / "library", encoder=ENCODER, create=True) as library:
        yield library


def ingest(library: Library, path: Path) -> list[str]:
    report = ingest_sources([str(path)], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings())
    return [added.paper_id for added in report.added]


def best_row(library: Library, question: str) -> int:
    blobs = library.log.token_blobs(library.log.all_rows().tolist())
    query = query_tokens(ENCODER.encode_query_with_tokens(question)[1], PROJECTION)
    scores = maxsim(query, list(blobs.values())).sum(axis=1)
    return list(blobs)[int(scores.argmax())]


def test_every_passage_of_papers_has_its_own_pieces(library: Library, tmp_path: Path) -> None:
    for bird in ("ibis", "crane", "heron"):
        (tmp_path / f"{bird}.md").write_text(f"# Counting birds\n\nWe counted 412 of the {bird}. It took one dusk.\n")
    for bird in ("ibis", "crane", "heron"):
        ingest(library, tmp_path / f"{bird}.md")
    rows = library.log.all_rows().tolist()
    assert list(library.log.token_blobs(rows)) == rows
    for bird in ("ibis", "crane", "heron"):
        assert bird in library.log.passages([best_row(library, bird)])[best_row(library, bird)].text


def test_entries_of_a_notes_page_have_theirs(library: Library, tmp_path: Path) -> None:
    (tmp_path / "week.md").write_text(headings_page())
    assert len(ingest(library, tmp_path / "week.md")) == len(ALL) + 1  # the page itself too
    passages = library.log.passages(library.log.all_rows().tolist())
    assert list(library.log.token_blobs(list(passages))) == list(passages)
    row = best_row(library, "fault detection from sound: a microphone beside a pump hears worn bearings")
    assert "bearings" in passages[row].text
