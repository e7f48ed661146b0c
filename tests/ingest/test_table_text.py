"""Tables of Markdown and HTML: the same rows, columns and statements as those of PDFs."""

from ingest.document import BlockKind, ParsedDocument
from ingest.html import parse_html
from ingest.markdown import parse_markdown
from ingest.table_passages import table_statements
from ingest.table_text import MOST_CELLS, GivenCell, label_in, table_text

MARKDOWN = """# Cranes

Table 2: Cranes by camera.

| Camera | Cranes | Minutes |
|--------|-------:|--------:|
| Wide   | 412    | 18      |
| Long   |        | 22      |
"""
HTML = """<html><body><article><h1>Cranes</h1><p>%s</p><table>
<caption>Table 1. Cranes by camera.</caption>
<tr><th rowspan=2>Camera</th><th colspan=2>Cranes</th></tr><tr><th>north</th><th>south</th></tr>
<tr><th>Wide</th><td>412</td><td>96</td></tr><tr><th>Long</th><td>398</td><td>91</td></tr>
</table></article></body></html>""" % ("We counted cranes at dusk with two cameras. " * 6)


def told(document: ParsedDocument) -> list[str]:
    return [stated.text for block in document.blocks for stated in table_statements(block)]


def test_a_markdown_table_is_told_by_its_cells() -> None:
    assert told(parse_markdown(MARKDOWN.encode(), source="cranes.md")) == [
        "Table 2, row Wide, column Cranes: 412",
        "Table 2, row Wide, column Minutes: 18",
        "Table 2, row Long, column Minutes: 22",
    ]


def test_an_html_table_keeps_its_spans_and_its_caption() -> None:
    document = parse_html(HTML.encode(), source="cranes.html")
    assert told(document)[:2] == [
        "Table 1, row Wide, column Cranes > north: 412",
        "Table 1, row Wide, column Cranes > south: 96",
    ]
    assert "Table 1. Cranes by camera." in [block.text for block in document.blocks if block.kind is BlockKind.CAPTION]


def test_spans_push_later_cells_aside() -> None:
    rows = [[GivenCell("a", row_span=2), GivenCell("b", column_span=2)], [GivenCell("c"), GivenCell("d")]]
    text, table = table_text(rows)
    assert text == "a | b\nc | d"
    assert [(text[cell.start : cell.end], cell.row, cell.column) for cell in table.cells] == [
        ("a", 0, 0), ("b", 0, 1), ("c", 1, 1), ("d", 1, 2),
    ]  # fmt: skip
    assert (table.row_count, table.column_count) == (2, 3)


def test_spans_without_end_are_bounded() -> None:
    _, table = table_text([[GivenCell("a", row_span=9999, column_span=9999)], [GivenCell("b")]])
    assert table.row_count == 2
    assert table.column_count <= 201
    assert table.cells[0].row_span == 2


def test_a_table_too_large_for_cells_keeps_its_text() -> None:
    rows = [[GivenCell(f"{row}"), GivenCell("x")] for row in range(MOST_CELLS)]
    text, table = table_text(rows)
    assert table is None
    assert text.count("\n") == MOST_CELLS - 1


def test_labels() -> None:
    captions = ["Table 2: A.", "TABLE IV", "Tab. 3 A", "表 1 鶴", "Supplementary Table S1.", "Tables of cranes"]
    labels = ["Table 2", "Table IV", "Table 3", "表1", "Supplementary Table S1", ""]
    assert [label_in(text) for text in captions] == labels
