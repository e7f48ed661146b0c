"""The overlay of blocks on page images: order, places, escaping, and that it fetches nothing."""

import re
from base64 import b64encode
from dataclasses import replace

from documents import make_block, make_document

from app.web.layout import column_runs, layout_html
from indexes.records import Box
from ingest.document import BlockKind, Cell, Finding, FindingKind, Line, Page, Table

IMAGES = [b"\x89PNG one", b"\x89PNG two"]
HOSTILE = '</title><script>alert(1)</script><img src="https://example.org/x">'


def drawn() -> str:
    over_break = make_block(
        "It begins here\nand ends there.",
        lines=(
            Line(0, 14, 1, Box(72.0, 700.0, 300.0, 712.0)),
            Line(15, 30, 2, Box(72.0, 80.0, 280.0, 92.0)),
        ),
    )
    cell = Cell(0, 1, 0, 0, 1, Box(70.0, 98.0, 90.0, 112.0), is_header=True)
    blocks = [
        make_block("1 Results", BlockKind.HEADING),
        over_break,
        replace(make_block("a 1", BlockKind.TABLE), table=Table("Table 1", 1, 2, (cell,))),
        make_block(HOSTILE),
    ]
    document = make_document(blocks, title=HOSTILE)
    document = replace(
        document,
        pages=(Page(1, 595.0, 842.0, "i"), Page(2, 595.0, 842.0, "ii")),
        findings=(Finding(FindingKind.HIDDEN_TEXT, 2, HOSTILE, Box(10.0, 20.0, 30.0, 40.0)),),
    )
    return layout_html(document, IMAGES)


def test_each_page_has_its_image_and_its_blocks_in_order() -> None:
    first, second = drawn().split("<h2>")[1:]
    assert b64encode(IMAGES[0]).decode() in first
    assert b64encode(IMAGES[1]).decode() in second
    assert re.findall(r'<li class="(\w+)" value="(\d)">', first) == [
        ("heading", "1"),
        ("paragraph", "2"),
        ("table", "3"),
        ("paragraph", "4"),
    ]
    assert re.findall(r'<li class="(\w+)" value="(\d)">', second) == [("paragraph", "2")]
    assert "It begins here</li>" in first
    assert "and ends there.</li>" in second


def test_boxes_cells_and_findings_stand_where_they_are() -> None:
    first, second = drawn().split("<h2>")[1:]
    assert 'class="box paragraph" x="72.0" y="700.0" width="228.0" height="12.0"' in first
    assert 'class="cell" x="70.0" y="98.0" width="20.0" height="14.0"' in first
    assert 'class="mark"' not in first
    assert 'class="mark" x="10.0" y="20.0" width="20.0" height="20.0"' in second


def test_text_of_a_paper_is_escaped_and_nothing_is_fetched() -> None:
    page = drawn()
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []


def test_block_that_goes_on_in_the_next_column_gets_a_frame_in_each() -> None:
    left, right = Box(72.0, 700.0, 290.0, 712.0), Box(310.0, 80.0, 520.0, 92.0)
    below = Box(310.0, 93.0, 520.0, 105.0)
    assert column_runs([left, right, below]) == [(left,), (right, below)]
