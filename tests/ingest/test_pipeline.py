import errno
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from service import blank_pdf

from indexes.errors import LibraryFull, ModelFailed
from indexes.library import Library, open_library
from indexes.storage.store import Store
from ingest.document_json import document_from_json
from ingest.fetch import FetchSettings
from ingest.identity import sha256_of_file as _sha256_of_file
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources
from ingest.report import Added, Embedded, Failed, Found, IngestEvent, IngestReport, Parsed, Started, Unchanged
from ingest.sources import FileSource


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("ibis", "crane", "heron"):
        (folder / f"{name}.md").write_text(
            f"# Counting the {name}\n\nWe counted 412 of the {name}. It took one dusk.\n"
        )
    return folder


def ingest(library: Library, *sources: object, **changes: Any) -> IngestReport:
    options: dict[str, Any] = {"limits": ParsingLimits(), "jobs": 2, "fetching": FetchSettings(), **changes}
    return ingest_sources([str(source) for source in sources], library=library, **options)


def test_a_folder_is_added_in_order_and_stored_whole(library: Library, folder: Path) -> None:
    report = ingest(library, folder)
    assert [(added.title, added.pages, added.passages) for added in report.added] == [
        ("Counting the crane", 1, 1),
        ("Counting the heron", 1, 1),
        ("Counting the ibis", 1, 1),
    ]
    assert (report.unchanged, report.failed) == ((), ())
    for added in report.added:
        stored = library.papers.get(added.paper_id)
        assert stored.paper.source == added.source
        assert library.papers.file_of(added.paper_id).read_bytes() == Path(added.source).read_bytes()
        document = document_from_json(library.papers.document_json(added.paper_id))
        assert document.paper == stored.paper
        (passage,) = library.papers.passages(added.paper_id)
        assert passage.text.startswith("We counted 412")


def test_a_file_can_have_another_name_than_its_path(library: Library, folder: Path) -> None:
    report = ingest_sources(
        [FileSource("my upload.md", folder / "ibis.md"), FileSource("odd.exe", folder / "crane.md")],
        library=library,
        limits=ParsingLimits(),
        jobs=1,
        fetching=FetchSettings(),
    )
    assert [added.source for added in report.added] == ["my upload.md", "odd.exe"]


def test_what_is_there_is_not_parsed_again(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ingest(library, folder)
    generation = library.generation()
    monkeypatch.setattr("ingest.parsing.Child", None)
    again = ingest(library, folder)
    assert [(same.paper_id, same.source) for same in again.unchanged] == [(a.paper_id, a.source) for a in first.added]
    assert (again.added, again.failed) == ((), ())
    assert library.generation() == generation


def test_the_same_content_under_two_names_is_added_once(library: Library, folder: Path) -> None:
    shutil.copy(folder / "ibis.md", folder / "a-copy.md")
    report = ingest(library, folder)
    assert len(report.added) == 3
    (unchanged,) = report.unchanged
    assert unchanged.paper_id in {added.paper_id for added in report.added}
    assert library.papers.count() == 3


def test_a_copy_of_a_bad_file_fails_too(library: Library, folder: Path) -> None:
    for name in ("x.md", "y.md"):
        (folder / name).write_text("# Only a heading\n")
    report = ingest(library, folder / "x.md", folder / "y.md")
    assert [failed.code for failed in report.failed] == ["no_text_in_source", "no_text_in_source"]


def test_bad_papers_fail_alone_with_their_reasons(library: Library, folder: Path, tmp_path: Path) -> None:
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "noise.pdf").write_bytes(b"this is no PDF")
    (folder / "blank.pdf").write_bytes(blank_pdf())
    report = ingest(library, folder, tmp_path / "absent.pdf")
    assert len(report.added) == 3
    codes = {Path(failed.source).name: failed.code for failed in report.failed}
    assert codes["empty.pdf"] == "unreadable_source"
    assert codes["absent.pdf"] == "not_found"
    assert codes["blank.pdf"] == "no_text_in_source"
    assert codes["noise.pdf"] == "unsupported_source"
    assert all(failed.message and failed.hint for failed in report.failed)


def test_an_unforeseen_error_is_one_papers_failure(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_paper = Store.put_paper

    def put_or_break(store: Store, paper: Any, *arguments: Any, **options: Any) -> None:
        if paper.title == "Counting the heron":
            raise ZeroDivisionError("nobody thought of this")
        put_paper(store, paper, *arguments, **options)

    monkeypatch.setattr(Store, "put_paper", put_or_break)
    report = ingest(library, folder)
    assert [added.title for added in report.added] == ["Counting the crane", "Counting the ibis"]
    (failed,) = report.failed
    assert (failed.code, "nobody thought of this" in failed.message) == ("internal", True)
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    "error", [LibraryFull("disk full", hint="free some"), OSError(errno.ENOSPC, "No space left on device", "tmp")]
)
def test_a_full_disk_stops_the_run_and_keeps_what_was_stored(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    put_file = Store.put_file

    def put_or_fill(store: Store, path: Path, *arguments: str) -> Path:
        if path.stem == "heron":
            raise error
        return put_file(store, path, *arguments)

    monkeypatch.setattr(Store, "put_file", put_or_fill)
    with pytest.raises(LibraryFull):
        ingest(library, folder)
    assert [stored.paper.title for stored in library.papers.listed()] == ["Counting the crane"]
    monkeypatch.undo()
    report = ingest(library, folder)
    assert (len(report.added), len(report.unchanged)) == (2, 1)


def test_a_broken_encoder_stops_the_run(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ModelFailed("no weights", hint="install them")

    monkeypatch.setattr(FakeEncoder, "encode_passages", fail)
    with pytest.raises(ModelFailed):
        ingest(library, folder)
    assert library.papers.count() == 0


def json_line(name: str, **fields: object) -> str:
    return json.dumps({"title": f"Counting the {name}", "text": f"We counted the {name}. It took one dusk.", **fields})


def test_json_lines_are_papers_and_a_bad_line_fails_alone(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    lines = [
        json_line("ibis", paper_id="ibis-1"),
        "",
        "{broken",
        json_line("crane"),
        json_line("ibis", paper_id="ibis-1"),
    ]
    path.write_text("\n".join(lines))
    report = ingest(library, path)
    assert [(added.source, added.title) for added in report.added] == [
        (f"{path}:1", "Counting the ibis"),
        (f"{path}:4", "Counting the crane"),
    ]
    assert report.added[0].paper_id == "ibis-1"
    assert [(failed.source, failed.code) for failed in report.failed] == [(f"{path}:3", "bad_input")]
    assert [(same.source, same.paper_id) for same in report.unchanged] == [(f"{path}:5", "ibis-1")]
    path.write_text("\n".join([*lines, json_line("stork")]))
    again = ingest(library, path)
    assert [added.title for added in again.added] == ["Counting the stork"]
    assert len(again.unchanged) == 3


def test_a_changed_line_with_its_own_id_replaces_the_paper(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(json_line("ibis", paper_id="ibis-1"))
    ingest(library, path)
    path.write_text(json_line("ibis", paper_id="ibis-1", text="We counted again. There were none."))
    assert [added.paper_id for added in ingest(library, path).added] == ["ibis-1"]
    assert library.papers.count() == 1
    assert library.papers.passages("ibis-1")[0].text == "We counted again. There were none."


def test_two_papers_of_one_run_cannot_share_an_id(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join([json_line("ibis", paper_id="one"), json_line("crane", paper_id="one")]))
    report = ingest(library, path)
    assert [added.title for added in report.added] == ["Counting the ibis"]
    assert [(failed.code, failed.source) for failed in report.failed] == [("bad_input", f"{path}:2")]


def test_events_tell_the_whole_story(library: Library, folder: Path, tmp_path: Path) -> None:
    lines = tmp_path / "papers.jsonl"
    lines.write_text("\n".join([json_line("stork"), json_line("rail")]))
    events: list[IngestEvent] = []
    report = ingest(library, folder, lines, tmp_path / "absent.md", on_event=events.append)
    totals = [event.total for event in events if isinstance(event, Found)]
    assert (totals[0], totals[-1]) == (5, 6)
    outcomes = [event for event in events if isinstance(event, Added | Unchanged | Failed)]
    assert len(outcomes) == totals[-1]
    assert {*report.added, *report.failed} == set(outcomes)
    assert sum(event.passages for event in events if isinstance(event, Embedded)) == 5
    assert len([event for event in events if isinstance(event, Parsed)]) == 5
    assert len([event for event in events if isinstance(event, Started)]) == 6


def test_cancelling_keeps_what_was_done_and_ends_soon(library: Library, folder: Path) -> None:
    for number in range(40):
        (folder / f"n{number:02}.md").write_text(f"# Paper {number}\n\nIt has one sentence.\n")
    cancelled = threading.Event()

    def stop_after_first(event: IngestEvent) -> None:
        if isinstance(event, Added):
            cancelled.set()

    report = ingest(library, folder, on_event=stop_after_first, cancelled=cancelled)
    assert 1 <= len(report.added) < 43
    assert library.papers.count() == len(report.added)
    rest = ingest(library, folder)
    assert len(rest.added) + len(rest.unchanged) == 43
    assert library.papers.count() == 43


def test_a_file_that_changes_while_it_is_read_is_not_stored(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_change(path: Path, hash_of: Callable[[Path], str] = _sha256_of_file) -> str:
        sha256 = hash_of(path)
        path.write_text("# Another paper\n\nIt came in between. Nobody noticed.\n")
        return sha256

    monkeypatch.setattr("ingest.reading.sha256_of_file", then_change)
    report = ingest(library, folder / "ibis.md")
    assert [failed.code for failed in report.failed] == ["parsing_failed"]
    assert library.papers.count() == 0


def test_real_papers_have_pages_and_boxes(library: Library, examples: Path) -> None:
    report = ingest(library, examples / "crane-survey.pdf")
    (added,) = report.added
    passages = library.papers.passages(added.paper_id)
    assert {span.page for passage in passages for span in passage.spans} == set(range(1, added.pages + 1))
    assert all(span.box is not None for passage in passages for span in passage.spans)
    assert not any("References" in passage.section for passage in passages)
