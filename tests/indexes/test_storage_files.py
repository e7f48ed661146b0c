import hashlib
import resource
from pathlib import Path

import pytest

from indexes.errors import BadInput, LibraryFull, NotFound, UnreadableSource
from indexes.storage.files import TEMPORARY_PREFIX, Files, leftovers, whole_or_not


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "files").mkdir()
    return Files(tmp_path / "files")


def source(tmp_path: Path, content: bytes) -> tuple[Path, str]:
    path = tmp_path / "paper.PDF"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def test_file_is_found_under_its_hash(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"%PDF" * 1000)
    place = files.put(path, sha256, ".PDF")
    assert place.name == f"{sha256}.pdf"
    assert place.read_bytes() == path.read_bytes()
    assert files.put(path, sha256, "pdf") == place == files.find(sha256)
    files.remove(sha256)
    with pytest.raises(NotFound, match=sha256[:12]):
        files.find(sha256)


def test_changed_file_is_not_kept(files: Files, tmp_path: Path) -> None:
    path, _ = source(tmp_path, b"now")
    with pytest.raises(UnreadableSource, match="changed while it was read"):
        files.put(path, hashlib.sha256(b"before").hexdigest(), ".pdf")
    assert list(files.folder.iterdir()) == []


def test_damaged_copy_is_written_again(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"content")
    files.put(path, sha256, ".pdf").write_bytes(b"cut")
    assert files.put(path, sha256, ".pdf").read_bytes() == b"content"


@pytest.mark.parametrize(("sha256", "suffix"), [("../../etc", ".pdf"), ("a" * 64, "../x"), ("a" * 64, "")])
def test_names_cannot_leave_the_folder(files: Files, tmp_path: Path, sha256: str, suffix: str) -> None:
    with pytest.raises(BadInput):
        files.put(source(tmp_path, b"x")[0], sha256, suffix)


def test_missing_source_is_named(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"gone\.pdf"):
        files.put(tmp_path / "gone.pdf", "a" * 64, ".pdf")


def test_full_disk_keeps_nothing(files: Files, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, b"x" * 200_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(LibraryFull, match="takes no more"):
            files.put(path, sha256, ".pdf")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(files.folder.iterdir()) == []


def test_leftovers_are_what_nobody_writes(tmp_path: Path) -> None:
    dead = tmp_path / f"{TEMPORARY_PREFIX}dead"
    dead.write_bytes(b"half")
    with whole_or_not(tmp_path / "place") as stream:
        stream.write(b"x")
        assert leftovers(tmp_path) == [dead]
    assert (tmp_path / "place").read_bytes() == b"x"
    assert sorted(path.name for path in tmp_path.iterdir()) == [dead.name, "place"]


def test_block_that_raises_leaves_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(tmp_path / "place")
    assert (tmp_path / "place").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def _write_and_fail(place: Path) -> None:
    with whole_or_not(place) as stream:
        stream.write(b"new")
        raise ZeroDivisionError
