import os
import threading
from collections.abc import Sequence
from pathlib import Path

from ingest.report import IngestReport
from ingest.sources import FileSource
from ingest.watch import watch_sources

NOTHING = IngestReport(added=(), unchanged=(), failed=())


class Looks(threading.Event):
    """Stands for the clock: instead of waiting, does what the test wants between two looks."""

    def __init__(self, *changes: object) -> None:
        super().__init__()
        self.changes = list(changes)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.changes:
            self.set()
            return True
        change = self.changes.pop(0)
        if callable(change):
            change()
        return False


def watched(folder: Path, looks: Looks) -> list[list[str]]:
    batches: list[list[str]] = []

    def ingest(sources: Sequence[FileSource]) -> IngestReport:
        batches.append([source.path.name for source in sources])
        return NOTHING

    watch_sources([str(folder)], ingest=ingest, on_report=lambda report: None, interval_s=1, stopped=looks)
    return batches


def test_a_file_at_rest_is_ingested_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    assert watched(tmp_path, Looks(None, None, None)) == [["a.md"]]


def test_a_growing_file_is_left_until_it_rests(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    grow = [lambda size=size: path.write_text("x" * size) for size in (2, 3, 4)]
    looks = Looks(*grow, None)
    assert watched(tmp_path, looks) == [["a.md"]]
    assert path.read_text() == "xxxx"


def test_new_and_changed_files_come_later(tmp_path: Path) -> None:
    first, second = tmp_path / "a.md", tmp_path / "b.md"
    first.write_text("x")

    def change() -> None:
        second.write_text("y")
        os.utime(first, (1, 1))

    assert watched(tmp_path, Looks(None, change, None, None)) == [["a.md"], ["a.md", "b.md"]]


def test_an_empty_folder_and_a_vanished_file_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    assert watched(tmp_path, Looks(path.unlink, None)) == []
