"""Uploaded files on disk: names that cannot leave their folder, and nothing left behind."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.uploads import MAX_NAME_CHARACTERS, Uploads, safe_name
from indexes.errors import BadInput, UnsupportedSource


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("paper.pdf", "paper.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\papers\\鶴の数.PDF", "鶴の数.pdf"),
        ("/etc/cron.d/x.txt", "x.txt"),
        (".pdf.pdf", "pdf.pdf"),
        ("...md.md", "md.md"),
        ("a\x00b\nc.html", "a_b_c.html"),
        ("..jsonl", "upload.jsonl"),
        (".pdf", "upload.pdf"),
    ],
)
def test_safe_name_keeps_the_last_part_only(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@pytest.mark.parametrize("name", ["", "paper", "paper.exe", "paper.pdf/", "x.pdf\x00.exe", ".."])
def test_safe_name_refuses_other_kinds(name: str) -> None:
    with pytest.raises(UnsupportedSource, match="not of a kind"):
        safe_name(name)


@given(st.text(max_size=300))
def test_safe_name_is_always_one_short_part(stem: str) -> None:
    name = safe_name(stem + ".pdf")
    assert Path(name).name == name
    assert 5 <= len(name) <= MAX_NAME_CHARACTERS
    assert not name.startswith(".")
    name.encode()


def test_store_keeps_files_of_the_same_name_apart(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    folder, places = uploads.store([("a.txt", io.BytesIO(b"one")), ("a.txt", io.BytesIO(b"two"))])
    assert [uploads.place(folder, place).read_bytes() for place in places] == [b"one", b"two"]
    assert [uploads.place(folder, place).name for place in places] == ["a.txt", "a.txt"]


def test_store_keeps_nothing_when_one_file_is_empty(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    with pytest.raises(BadInput, match=r"'empty.txt' is empty"):
        uploads.store([("full.txt", io.BytesIO(b"one")), ("empty.txt", io.BytesIO(b""))])
    assert list(uploads.path.iterdir()) == []


def test_keep_only_deletes_uploads_without_a_job_and_nothing_else(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    kept, _ = uploads.store([("a.txt", io.BytesIO(b"one"))])
    orphan, _ = uploads.store([("b.txt", io.BytesIO(b"two"))])
    (uploads.path / "README").write_text("not ours")
    uploads.keep_only({kept})
    assert sorted(entry.name for entry in uploads.path.iterdir()) == sorted([kept, "README"])
    assert orphan != kept


def test_remove_takes_only_the_names_of_upload_folders(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").write_text("precious")
    uploads = Uploads(tmp_path)
    uploads.store([("a.txt", io.BytesIO(b"one"))])
    uploads.remove("..")
    uploads.remove("")
    assert (tmp_path / "library.sqlite3").exists()
    assert len(list(uploads.path.iterdir())) == 1
