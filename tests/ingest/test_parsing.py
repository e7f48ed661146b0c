import os
import signal
import threading
from pathlib import Path

import pytest

from indexes.errors import BadInput, NotFound, ParsingFailed, RonbunError, TooLarge, UnreadableSource, UnsupportedSource
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers, parse_in_child
from ingest.rendering import render_page_with

NOTE = "# Quiet Drones\n\nWe counted 412 cranes. They hardly noticed.\n"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.md"
    path.write_text(NOTE)
    return path


def test_a_file_is_parsed_in_another_process(note: Path) -> None:
    (document,) = parse_in_child(note, limits=ParsingLimits())
    assert document.paper.title == "Quiet Drones"
    assert document.paper.source == str(note)


def test_json_lines_give_a_document_each_and_name_the_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text('{"title": "A", "text": "One came."}\n\n{"title": "B", "text": "Two left."}\n')
    assert [document.paper.title for document in parse_in_child(path, limits=ParsingLimits())] == ["A", "B"]
    path.write_text('{"title": "A", "text": "One came."}\n{"title": \n')
    with pytest.raises(BadInput, match=r"papers\.jsonl:2"):
        parse_in_child(path, limits=ParsingLimits())


@pytest.mark.parametrize(
    ("name", "content", "error", "reason"),
    [
        ("a.docx", b"x", UnsupportedSource, "docx"),
        ("a.txt", b"", UnreadableSource, "0 bytes"),
        ("a.txt", b"x" * 2_000_000, TooLarge, r"1\.9 MiB, the limit is 1 MiB"),
        ("a.txt", b"\x00\x01", UnreadableSource, "NUL"),
        ("a.pdf", b"no pdf at all", RonbunError, r"a\.pdf"),
    ],
)
def test_a_bad_file_fails_with_its_own_error(
    tmp_path: Path, name: str, content: bytes, error: type[RonbunError], reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=reason):
        parse_in_child(path, limits=ParsingLimits(max_file_mb=1))


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"absent\.pdf"):
        parse_in_child(tmp_path / "absent.pdf", limits=ParsingLimits())


def test_time_memory_and_output_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "large.md"
    path.write_text("Cranes *and* drones, again and again. " * 50_000)
    with pytest.raises(ParsingFailed, match=r"large\.md: parsing took longer than the limit of 0\.05 s"):
        parse_in_child(path, limits=ParsingLimits(timeout_s=0.05))
    with pytest.raises(ParsingFailed, match=r"large\.md: .*MiB, the limit is 1 MiB"):
        parse_in_child(path, limits=ParsingLimits(max_output_mb=1))
    path = tmp_path / "large.html"
    path.write_text("<article>" + "<p>Cranes and <b>drones</b>.</p>" * 400_000 + "</article>")
    with pytest.raises(ParsingFailed, match="256 MiB"):
        parse_in_child(path, limits=ParsingLimits(memory_mb=256))


def test_the_file_after_a_killed_one_is_parsed(tmp_path: Path, note: Path) -> None:
    large = tmp_path / "large.md"
    large.write_text("Cranes *and* drones, again and again. " * 200_000)
    with Parsers(limits=ParsingLimits(timeout_s=1)) as parsers:
        assert parsers.parse(note).paper.title == "Quiet Drones"
        with pytest.raises(ParsingFailed, match="took longer"):
            parsers.parse(large)
        assert parsers.parse(note).paper.title == "Quiet Drones"


def test_a_child_that_died_between_files_is_replaced(note: Path) -> None:
    with Parsers(limits=ParsingLimits()) as parsers:
        parsers.parse(note)
        (child,) = parsers._idle
        os.kill(child.pid, signal.SIGKILL)
        assert parsers.parse(note).paper.title == "Quiet Drones"


def test_one_child_serves_many_files(note: Path) -> None:
    with Parsers(limits=ParsingLimits()) as parsers:
        parsers.parse(note)
        first = parsers._idle[0].pid
        for _ in range(5):
            parsers.parse(note)
        assert [child.pid for child in parsers._idle] == [first]


def test_threads_share_the_parsers(note: Path) -> None:
    titles: list[str] = []
    with Parsers(limits=ParsingLimits(), jobs=2) as parsers:

        def work() -> None:
            titles.extend(parsers.parse(note, source=f"thread {threading.get_ident()}").paper.title for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(parsers._running) <= 2
    assert titles == ["Quiet Drones"] * 20


def test_closing_kills_a_busy_child(tmp_path: Path) -> None:
    large = tmp_path / "large.md"
    large.write_text("Cranes *and* drones, again and again. " * 400_000)
    parsers = Parsers(limits=ParsingLimits())
    errors: list[RonbunError] = []

    def work() -> None:
        try:
            parsers.parse(large)
        except RonbunError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not parsers._running:
        pass
    parsers.close()
    thread.join(timeout=20)
    assert [type(error) for error in errors] == [ParsingFailed]


def test_a_page_is_drawn_in_another_process(examples: Path) -> None:
    path = examples / "crane-survey.pdf"
    with Parsers(limits=ParsingLimits()) as parsers:
        assert render_page_with(parsers, path, 1, scale=0.5).startswith(b"\x89PNG")
        with pytest.raises(NotFound):
            render_page_with(parsers, path, 99, scale=0.5)
        with pytest.raises(BadInput, match="scale 99"):
            render_page_with(parsers, path, 1, scale=99)
