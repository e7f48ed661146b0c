"""A child's peak memory is its own: what the parent holds does not count against it."""

from pathlib import Path

from ingest.limits import ParsingLimits
from ingest.parsing import Parsers


def test_peak_of_a_child_leaves_out_what_the_parent_holds(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Cranes\n\nThe drone counted 412 cranes.\n", encoding="utf-8")
    held = bytearray(700 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    with Parsers(limits=ParsingLimits()) as parsers:
        parsers.parse(tmp_path / "note.md")
        assert 0 < parsers.peak_mb < 300
