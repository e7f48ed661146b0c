import errno
import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import tantivy
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.doctor.examining import check_library
from indexes.errors import (
    EncoderMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryFull,
    LibraryMissing,
    LibraryTooNew,
    NotFound,
)
from indexes.library import Library, open_library
from indexes.search import search

REPOSITORY = Path(__file__).resolve().parents[2]
WORDS = ("cranes", "drone", "marsh", "counted", "412", "GPT-4", "morning", "鶴の数", "battery", "wind")


def put(library: Library, name: str, *texts: str) -> None:
    passages = [make_passage(paper_id=name, ordinal=n, text=text) for n, text in enumerate(texts)]
    paper = make_paper(paper_id=name, content_sha256=hashlib.sha256(name.encode()).hexdigest())
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(paper, passages, vectors, parser="hand/1", document_json="{}")


def found(library: Library, query: str = "cranes counted", k: int = 50) -> list[tuple[str, float]]:
    return [(hit.passage.passage_id, round(hit.score, 4)) for hit in search(library, query, k=k).hits]


def opened(path: Path) -> Library:
    return open_library(path, encoder=FakeEncoder(), create=True)


texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=4)
steps = st.lists(st.tuples(st.sampled_from(["put", "remove", "search"]), st.sampled_from("abcd"), texts), max_size=8)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_index_that_was_caught_up_saved_and_opened_finds_what_a_new_one_finds(
    tmp_path_factory: pytest.TempPathFactory, drawn: list
) -> None:
    path = tmp_path_factory.mktemp("library")
    with opened(path) as library:
        for step, name, held in drawn:
            if step == "put":
                put(library, name, *held)
            elif step == "search":
                search(library, "cranes", k=3)
            elif library.papers.listed() and name in [stored.paper.paper_id for stored in library.papers.listed()]:
                library.store.remove_paper(name)
        dense = _dense(library)
        keyword = library.keywords.current().rows().tolist()
    with opened(path) as library:
        assert (_dense(library), library.keywords.current().rows().tolist()) == (dense, keyword)
        assert keyword == library.log.all_rows().tolist()
    for derived in (path / "derived").glob("vectors-*"):
        derived.unlink()
    with opened(path) as library:
        assert _dense(library) == dense


def _dense(library: Library) -> list[tuple[int, float]]:
    with library.vectors.current() as index:
        rows, scores = index.search(library.encoder.encode_queries(["cranes 412"]), k=100)
    return list(zip(rows.tolist(), scores.tolist(), strict=True))


def test_search_after_opening_again_is_the_same(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        for name in "abc":
            put(library, name, f"cranes {name}", "drone marsh", "counted wind")
        before = found(library)
    with opened(tmp_path) as library:
        assert found(library) == before
    assert [path.name for path in (tmp_path / "derived").glob("vectors-*")] == ["vectors-3.faiss"]


def test_new_papers_are_found_and_removed_ones_are_not(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        put(library, "a", "cranes")
        assert [name for name, _ in found(library)] == ["a-0000"]
        put(library, "b", "cranes counted")
        assert [name for name, _ in found(library)] == ["b-0000", "a-0000"]
        put(library, "b", "nothing of it")
        library.store.remove_paper("a")
        assert [name for name, _ in found(library)] == ["b-0000"]


def test_missing_library_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match=r"there is no library\.sqlite3"):
        open_library(tmp_path / "none", encoder=FakeEncoder(), create=False)
    assert not (tmp_path / "none").exists()


def test_file_in_the_librarys_place_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match="cannot be made"):
        open_library(tmp_path / "file", encoder=FakeEncoder(), create=True)


def test_other_encoder_is_refused_with_both_names_and_the_way_out(tmp_path: Path) -> None:
    open_library(tmp_path, encoder=FakeEncoder(name="first"), create=True).close()
    with pytest.raises(EncoderMismatch, match=r"first.*second") as caught:
        open_library(tmp_path, encoder=FakeEncoder(name="second"), create=True)
    assert "first" in caught.value.hint
    assert "new library with second" in caught.value.hint
    open_library(tmp_path, encoder=FakeEncoder(name="first"), create=False).close()


def test_earlier_version_of_an_encoder_is_told_as_that(tmp_path: Path) -> None:
    open_library(tmp_path, encoder=FakeEncoder(name="same", dimension=8), create=True).close()
    with pytest.raises(EncoderMismatch) as caught:
        open_library(tmp_path, encoder=FakeEncoder(name="same", dimension=16), create=True)
    assert "RONBUN_ENCODER" not in caught.value.hint
    assert f"ingest {tmp_path / 'files'} --library" in caught.value.hint


def test_later_library_is_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "library.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    connection.close()
    content = (tmp_path / "library.sqlite3").read_bytes()
    with pytest.raises(LibraryTooNew, match="later"):
        opened(tmp_path)
    assert (tmp_path / "library.sqlite3").read_bytes() == content


@pytest.mark.parametrize("change", ["flip", "truncate", "empty"])
def test_any_damaged_file_gives_a_clear_error_or_is_made_anew(tmp_path: Path, change: str) -> None:
    with opened(tmp_path) as library:
        for name in "abc":
            put(library, name, f"cranes {name}", "drone marsh counted")
        expected = found(library)
    files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file() and path.suffix != ".lock"]
    assert {path.suffix for path in files} > {".sqlite3", ".faiss", ".term", ".json"}
    contents = {path: path.read_bytes() for path in files}
    for path in files:
        content, middle = contents[path], len(contents[path]) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 0xFF] if content else b"") + content[middle + 1 :]
        path.write_bytes({"flip": flipped, "truncate": content[:middle], "empty": b""}[change])
        outcome = _searched_or_refused(tmp_path)
        assert outcome == expected or (path.suffix == ".sqlite3" and "library" in str(outcome))
        for other in (tmp_path / "derived").rglob("*"):
            if other.is_file() and other not in contents and other.suffix != ".lock":
                other.unlink()
        for other, old in contents.items():
            other.parent.mkdir(exist_ok=True)
            other.write_bytes(old)


def _searched_or_refused(path: Path) -> list[tuple[str, float]] | str:
    try:
        with opened(path) as library:
            return found(library)
    except LibraryDamaged as error:
        return error.message


def test_derived_indexes_of_another_past_are_made_anew(tmp_path: Path) -> None:
    """A database from a backup, beside indexes that have gone on."""
    with opened(tmp_path / "one") as library:
        put(library, "a", "cranes")
    backup = (tmp_path / "one" / "library.sqlite3").read_bytes()
    with opened(tmp_path / "one") as library:
        put(library, "b", "cranes counted")
    (tmp_path / "one" / "library.sqlite3").write_bytes(backup)
    with opened(tmp_path / "one") as library:
        put(library, "c", "cranes counted in the wind")
        assert [name for name, _ in found(library)] == ["c-0000", "a-0000"]


def test_two_libraries_open_at_once_see_each_others_papers(tmp_path: Path) -> None:
    with opened(tmp_path) as first, opened(tmp_path) as second:
        put(first, "a", "cranes")
        assert [name for name, _ in found(second)] == ["a-0000"]
        put(second, "b", "cranes counted")
        assert [name for name, _ in found(first)] == ["b-0000", "a-0000"]
        first.store.remove_paper("b")
        assert [name for name, _ in found(second)] == ["a-0000"]


def test_threads_search_while_papers_come_and_go(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    with opened(tmp_path) as library:
        put(library, "base", "cranes counted")
        done = threading.Event()

        def look() -> None:
            try:
                while not done.is_set():
                    assert "base-0000" in [name for name, _ in found(library)]
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(6):
            put(library, f"p{number}", "cranes", "drone")
            library.store.remove_paper(f"p{number}")
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path

    sys.path[:0] = sys.argv[3:]

    from factories import make_paper, make_passage
    from fake_encoder import FakeEncoder
    from indexes.library import open_library
    from indexes.search import search

    texts = ["cranes counted", "drone wind"]
    with open_library(Path(sys.argv[1]), encoder=FakeEncoder(), create=True) as library:
        for number in range(1000):
            name = f"{sys.argv[2]}{number}"
            passages = [make_passage(paper_id=name, ordinal=n, text=text) for n, text in enumerate(texts)]
            vectors = library.encoder.encode_passages(texts)
            library.store.put_paper(make_paper(paper_id=name), passages, vectors, parser="x", document_json="{}")
            if number % 3 == 0:
                search(library, "cranes", k=3)
            print(number, flush=True)
    """
)


def writer(path: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(REPOSITORY), str(REPOSITORY / "tests")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_writers_killed_at_any_moment_leave_whole_papers(tmp_path: Path) -> None:
    told: dict[str, int] = {}
    for kill_after_s in (0.05, 0.2):
        running = {name: writer(tmp_path, name) for name in ("x", "y")}
        for name, process in running.items():
            assert process.stdout is not None
            told[name] = int(process.stdout.readline())
        time.sleep(kill_after_s)
        for name, process in running.items():
            os.kill(process.pid, signal.SIGKILL)
            assert process.stdout is not None
            told[name] = max([told[name], *map(int, process.stdout.read().split())])
            process.wait()
            process.stdout.close()
        with opened(tmp_path) as library:
            names = {stored.paper.paper_id for stored in library.papers.listed()}
            for name, last in told.items():
                assert {f"{name}{number}" for number in range(last + 1)} <= names
            assert all(len(library.papers.passages(name)) == 2 for name in names)
            assert {hit.passage.paper_id for hit in search(library, "cranes counted", k=5000).hits} == names
    assert not list(tmp_path.rglob(".writing-*"))


def test_original_goes_with_its_last_paper(tmp_path: Path) -> None:
    content = b"the original"
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "paper.pdf").write_bytes(content)
    with opened(tmp_path / "library") as library:
        place = library.store.put_file(tmp_path / "paper.pdf", sha256, ".pdf")
        for name in ("a", "b"):
            library.store.put_paper(
                make_paper(paper_id=name, content_sha256=sha256),
                [],
                library.encoder.encode_passages([]),
                parser="x",
                document_json="{}",
            )
        assert library.papers.file_of("a") == place
        library.store.remove_paper("a")
        assert library.papers.file_of("b") == place
        library.store.remove_paper("b")
        assert not place.exists()
        put(library, "c", "x")
        with pytest.raises(NotFound):
            library.papers.file_of("c")


def test_creation_that_was_killed_is_finished_but_an_emptied_library_is_not_taken_for_new(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").touch()
    with pytest.raises(LibraryDamaged, match="empty"):
        open_library(tmp_path, encoder=FakeEncoder(), create=False)
    with opened(tmp_path) as library:
        put(library, "a", "cranes")
    (tmp_path / "library.sqlite3").write_bytes(b"")
    with pytest.raises(LibraryDamaged, match="empty"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.EACCES, LibraryError, "may not be written"),
        (errno.EROFS, LibraryError, "may not be written"),
        (errno.ENOSPC, LibraryFull, "takes no more"),
    ],
)
def test_library_that_may_not_be_written_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[LibraryError], words: str
) -> None:
    opened(tmp_path).close()
    open_file = os.open

    def refuse(path: object, *args: object, **options: object) -> int:
        if str(path).endswith(".lock"):
            raise OSError(code, os.strerror(code), str(path))
        return open_file(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(kind, match=rf"library\.lock.*{words}.*{os.strerror(code)}") as caught:
        open_library(tmp_path, encoder=FakeEncoder(), create=False)
    assert type(caught.value) is kind
    assert caught.value.hint


@pytest.mark.parametrize("had_keywords", [False, True])
@pytest.mark.parametrize("limit_bytes", [0, 100, 2_000])
def test_search_goes_on_where_the_disk_has_no_room_for_keywords(
    tmp_path: Path, limit_bytes: int, had_keywords: bool
) -> None:
    """A limit on the size of files stands for a full disk. It is raised for SQLite, which needs its own files."""
    with opened(tmp_path) as library:
        put(library, "a", *(f"cranes counted {number}" for number in range(50)))
        if had_keywords:
            found(library)
        put(library, "b", "cranes in the wind")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
        try:
            in_need = found(library, "wind")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert in_need[0][0] == "b-0000"
        assert check_library_of_keywords(tmp_path) == []
        put(library, "c", "wind wind")
        assert {name for name, _ in found(library, "wind")} >= {"b-0000", "c-0000"}
        assert (tmp_path / "derived" / "keywords" / "meta.json").is_file()
    with opened(tmp_path) as library:
        library.store.remove_paper("c")
        assert found(library, "wind") == in_need


def check_library_of_keywords(path: Path) -> list[str]:
    return [complaint.message for complaint in check_library(path) if "keywords" in complaint.code]


def test_keywords_with_other_fields_are_made_anew_and_are_no_complaint(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        put(library, "a", "cranes")
        expected = found(library)
    shutil.rmtree(tmp_path / "derived" / "keywords")
    (tmp_path / "derived" / "keywords").mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words")
    tantivy.Index(builder.build(), path=str(tmp_path / "derived" / "keywords")).writer(15_000_000, 1).commit()
    assert check_library_of_keywords(tmp_path) == []
    with opened(tmp_path) as library:
        assert found(library) == expected
