from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.line_index import lines_in, read_line

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ")), max_size=8)


@given(LINES, st.booleans())
def test_every_line_that_is_not_blank_is_found_again(tmp_path_factory: object, lines: list[bytes], ends: bool) -> None:
    path = tmp_path_factory.mktemp("lines") / "papers.jsonl"  # type: ignore[attr-defined]
    path.write_bytes(b"first\n" + b"\n".join(lines) + (b"\n" if ends else b""))
    wanted = [(number, line.strip()) for number, line in enumerate([b"first", *lines], start=1) if line.strip()]
    assert [(line.number, read_line(path, line)) for line in lines_in(path)] == wanted


def test_a_line_longer_than_the_pieces_it_is_read_in(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    long = b"x" * 3_000_000
    path.write_bytes(b"first\r\n" + long + b"\n\n  \nlast")
    found = list(lines_in(path))
    assert [(line.number, line.length) for line in found] == [(1, 7), (2, 3_000_001), (5, 4)]
    assert [read_line(path, line) for line in found] == [b"first", long, b"last"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "x"}\n')
    assert [read_line(path, line) for line in lines_in(path)] == [b'{"text": "x"}']
