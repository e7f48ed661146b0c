import os
import resource
from pathlib import Path

import pytest

from app.commands.writing import write_out
from indexes.errors import BadInput, LibraryFull


def test_file_is_written_with_the_users_permissions_and_through_links(tmp_path: Path) -> None:
    old = tmp_path / "old.md"
    old.write_text("before")
    old.chmod(0o640)
    (tmp_path / "link.md").symlink_to(old)
    write_out("after 鶴", tmp_path / "link.md")
    assert old.read_text(encoding="utf-8") == "after 鶴"
    assert (old.stat().st_mode & 0o777, (tmp_path / "link.md").is_symlink()) == (0o640, True)
    mask = os.umask(0o027)
    try:
        write_out("new", tmp_path / "new.md")
    finally:
        os.umask(mask)
    assert (tmp_path / "new.md").stat().st_mode & 0o777 == 0o640
    write_out("nowhere", Path(os.devnull))
    assert Path(os.devnull).is_char_device()


def test_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    target = tmp_path / "sheet.md"
    target.write_text("before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(LibraryFull, match=r"sheet\.md is not written"):
            write_out("x" * 100_000, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot write"):
        write_out("x", tmp_path / "none" / "sheet.md")
