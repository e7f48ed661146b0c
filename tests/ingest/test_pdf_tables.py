"""Tables of PDFs: rows, columns and headers, from rules and from places; and what is no table."""

from pathlib import Path

import pytest
from pdf_files import paragraph, pdf_bytes, show
from pdf_tables import across, across_as_box, boxed, down, row, rows

from ingest.document import Block, BlockKind, ParsedDocument
from ingest.document_json import document_from_json, document_to_json
from ingest.pdf.parser import parse_pdf

TITLE = show("Counting Cranes from Quiet Drones", x=150, y=740, size=17)
PROSE = [
    "The quiet drone counted every crane over the marsh at dusk, and the counts agree with",
    "those of three observers who stood on the dike with telescopes for eleven evenings in a",
    "row. We report the counts below, by camera and by altitude, for both marshes together.",
    "No crane left its roost while the drone was in the air, as the observers confirmed it.",
]


def parsed(tmp_path: Path, *contents: str, **options: str) -> ParsedDocument:
    path = tmp_path / "cranes.pdf"
    path.write_bytes(pdf_bytes(contents, **options))
    document = parse_pdf(path, source="cranes.pdf", max_pages=10)
    assert document_from_json(document_to_json(document)) == document
    return document


def page(*parts: str) -> str:
    return "\n".join([TITLE, paragraph(PROSE, x=100, y=690), *parts, paragraph(PROSE, x=100, y=200)])


def tables(document: ParsedDocument) -> list[Block]:
    return [block for block in document.blocks if block.table is not None]


def grid(block: Block) -> list[list[str]]:
    """The texts by row and column; header cells with a mark, spans with their width."""
    assert block.table is not None
    cells = [["" for _ in range(block.table.column_count)] for _ in range(block.table.row_count)]
    for cell in block.table.cells:
        span = f"<{cell.column_span}" if cell.column_span > 1 else ""
        deep = f"^{cell.row_span}" if cell.row_span > 1 else ""
        cells[cell.row][cell.column] = "#" * cell.is_header + block.text[cell.start : cell.end] + span + deep
    return cells


COLUMNS = [150, 260, 340]
BODY = [["Camera", "Cranes", "Minutes"], ["Wide lens", "412", "18"], ["Long lens", "398", "22"], ["Thermal", "77", "9"]]
EXPECTED = [
    ["#Camera", "#Cranes", "#Minutes"],
    ["#Wide lens", "412", "18"],
    ["#Long lens", "398", "22"],
    ["#Thermal", "77", "9"],
]


@pytest.mark.parametrize("rule", [across, across_as_box])
def test_three_rules_make_a_table_with_a_header(tmp_path, rule):
    drawn = [rule(145, 400, y) for y in (585, 570, 531)]
    content = page(show("Table 1: Cranes by camera.", x=150, y=595), rows(COLUMNS, BODY, y=574), *drawn)
    (table,) = tables(parsed(tmp_path, content))
    assert table.table.label == "Table 1"
    assert grid(table) == EXPECTED


def test_a_cell_keeps_its_place_on_the_page(tmp_path):
    drawn = [across(145, 400, y) for y in (585, 570, 531)]
    content = page(show("Table 1: Cranes by camera.", x=150, y=595), rows(COLUMNS, BODY, y=574), *drawn)
    (table,) = tables(parsed(tmp_path, content))
    (cell,) = [cell for cell in table.table.cells if table.text[cell.start : cell.end] == "398"]
    assert cell.page == 1
    assert cell.box.x0 == pytest.approx(260, abs=1)
    assert cell.box.y1 == pytest.approx(792 - 550, abs=4)
    assert cell.box.y0 > 792 - 562


def test_a_caption_below_its_table_names_it(tmp_path):
    drawn = [across(145, 400, y) for y in (585, 570, 531)]
    content = page(rows(COLUMNS, BODY, y=574), *drawn, show("TABLE II. Cranes by camera.", x=150, y=518))
    (table,) = tables(parsed(tmp_path, content))
    assert table.table.label == "Table II"
    assert grid(table) == EXPECTED


def test_rows_of_cells_under_a_caption_need_no_rules(tmp_path):
    content = page(show("Table 3. Cranes by camera.", x=150, y=595), rows(COLUMNS, BODY, y=574))
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table) == EXPECTED


def test_a_header_of_two_levels_spans_the_columns_that_its_rule_underlines(tmp_path):
    columns = [150, 230, 290, 360, 420]
    texts = [
        ["Camera", "north", "south", "north", "south"],
        ["Wide lens", "412", "96", "18", "17"],
        ["Long lens", "398", "91", "22", "20"],
    ]
    content = page(
        show("Table 1: Cranes and minutes by marsh.", x=150, y=598),
        row([(250, "Cranes"), (378, "Minutes")], y=580),
        rows(columns, texts, y=566),
        *[across(145, 450, y) for y in (590, 562, 536)],
        across(228, 315, 577),
        across(356, 446, 577),
    )
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table) == [
        ["", "#Cranes<2", "", "#Minutes<2", ""],
        ["#Camera", "#north", "#south", "#north", "#south"],
        ["#Wide lens", "412", "96", "18", "17"],
        ["#Long lens", "398", "91", "22", "20"],
    ]


def test_lines_of_one_boxed_cell_are_one_cell(tmp_path):
    content = page(
        show("Table 2: What was flown.", x=150, y=600),
        boxed([145, 235, 400], [590, 575, 550, 525]),
        row([(150, "Drone"), (240, "Why it was chosen")], y=579),
        row([(150, "Heron"), (240, "It is quiet enough that no")], y=565),
        row([(240, "crane looks up when it comes")], y=554),
        row([(150, "Stork"), (240, "It flies for longer than any")], y=540),
        row([(240, "other drone of its weight")], y=529),
    )
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table) == [
        ["#Drone", "#Why it was chosen"],
        ["#Heron", "It is quiet enough that no crane looks up when it comes"],
        ["#Stork", "It flies for longer than any other drone of its weight"],
    ]


def test_a_name_in_the_middle_of_its_group_holds_for_all_of_it(tmp_path):
    columns = [150, 240, 330]
    content = page(
        show("Table 2: Cranes by marsh and evening.", x=150, y=600),
        *[across(145, 400, y) for y in (590, 575, 536, 500)],
        *[down(x, 500, 590) for x in (145, 230, 320, 400)],
        rows(columns, [["Marsh", "Evening", "Cranes"]], y=579),
        rows(columns, [["", "first", "12"], ["North", "second", "19"], ["", "third", "23"]], y=565),
        rows(columns, [["", "first", "40"], ["South", "second", "41"], ["", "third", "44"]], y=526),
    )
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table) == [
        ["#Marsh", "#Evening", "#Cranes"],
        ["#North^3", "#first", "12"],
        ["", "#second", "19"],
        ["", "#third", "23"],
        ["#South^3", "#first", "40"],
        ["", "#second", "41"],
        ["", "#third", "44"],
    ]


def test_a_heading_over_all_columns_names_a_group_of_rows(tmp_path):
    texts = [["Wide lens", "412", "18"], ["Long lens", "398", "22"]]
    content = page(
        show("Table 1: Cranes by camera.", x=150, y=600),
        *[across(145, 400, y) for y in (590, 575, 510)],
        rows(COLUMNS, BODY[:1], y=579),
        show("North marsh", x=240, y=565, size=9),
        rows(COLUMNS, texts, y=553),
        show("South marsh", x=240, y=529, size=9),
        rows(COLUMNS, texts[:1], y=517),
    )
    (table,) = tables(parsed(tmp_path, content))
    assert [line[0] for line in grid(table)] == [
        "#Camera", "#North marsh<3", "#Wide lens", "#Long lens", "#South marsh<3", "#Wide lens",
    ]  # fmt: skip


def test_numbers_set_close_are_columns_of_their_own(tmp_path):
    texts = [["X", "Y"], ["65.2", "38.5"], ["29.9", "45.1"], ["13.8", "13.9"]]
    content = page(
        show("Table 4: Shares.", x=150, y=600),
        *[across(145, 240, y) for y in (590, 575, 535)],
        rows(
            [150, 210, 229],
            [[name, *cells] for name, cells in zip(["Size", "small", "mid", "large"], texts, strict=True)],
            y=579,
        ),
    )
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table)[1:] == [["#small", "65.2", "38.5"], ["#mid", "29.9", "45.1"], ["#large", "13.8", "13.9"]]


def test_a_table_over_both_columns_stands_between_them_whole(tmp_path):
    left = [f"left column line {number} has words enough" for number in range(12)]
    right = [f"right column line {number} has words too" for number in range(12)]
    columns = [80, 200, 330, 450]
    texts = [["Camera", "Cranes", "Minutes", "Lens"], ["A", "412", "18", "24"], ["B", "398", "22", "35"]]
    content = "\n".join(
        [
            TITLE,
            paragraph(left, x=60, y=700),
            paragraph(right, x=320, y=700),
            show("Table 1: Cranes by camera, time and lens over both marshes and evenings.", x=120, y=540),
            *[across(60, 552, y) for y in (530, 515, 488)],
            rows(columns, texts, y=519),
            paragraph(left, x=60, y=470),
            paragraph(right, x=320, y=470),
        ]
    )
    (table,) = tables(parsed(tmp_path, content))
    assert grid(table)[1] == ["#A", "412", "18", "24"]
    assert table.lines[0].box.x0 == pytest.approx(80, abs=1)


def test_a_plot_under_a_table_caption_stays_text(tmp_path):
    ticks = [show(f"{number}", x=100 + 40 * number, y=520, size=8) for number in range(6)]
    content = page(show("Table 9: See the text.", x=150, y=600), across(100, 400, 530), *ticks)
    assert tables(parsed(tmp_path, content)) == []


def test_prose_between_two_rules_is_no_table(tmp_path):
    content = page(
        show("Table 1: A box of advice.", x=100, y=600),
        across(95, 500, 590),
        paragraph(PROSE, x=100, y=575),
        across(95, 500, 530),
    )
    assert tables(parsed(tmp_path, content)) == []


def test_columns_of_prose_under_a_table_end_it_although_a_rule_follows(tmp_path):
    columns = [80, 200, 330, 450]
    texts = [["Camera", "Cranes", "Minutes", "Lens"], ["A", "412", "18", "24"], ["B", "398", "22", "35"]]
    content = "\n".join(
        [
            TITLE,
            show("Table 1: Cranes by camera, time and lens over both marshes and evenings.", x=120, y=700),
            *[across(60, 552, y) for y in (690, 675, 648, 440)],
            rows(columns, texts, y=679),
            paragraph(
                [f"left column line {number} of prose goes on for rather long here" for number in range(14)],
                x=60,
                y=630,
            ),
            paragraph(
                [f"right column line {number} of prose goes on for as long as that" for number in range(14)],
                x=320,
                y=630,
            ),
        ]
    )
    (table,) = tables(parsed(tmp_path, content))
    assert [line[0] for line in grid(table)] == ["#Camera", "#A", "#B"]


def test_no_letter_of_a_table_is_lost(tmp_path):
    drawn = [across(145, 400, y) for y in (585, 570, 531)]
    content = page(show("Table 1: Cranes by camera.", x=150, y=595), rows(COLUMNS, BODY, y=574), *drawn)
    (table,) = tables(parsed(tmp_path, content))
    assert table.text == "Camera\tCranes\tMinutes\nWide lens\t412\t18\nLong lens\t398\t22\nThermal\t77\t9"
    assert table.kind is BlockKind.TABLE
    assert [table.text[line.start : line.end] for line in table.lines] == table.text.split("\n")[0].split("\t") + [
        text for cells in BODY[1:] for text in cells
    ]


def test_rules_drawn_with_a_turned_page_are_found_too(tmp_path):
    drawn = [across(145, 400, y) for y in (585, 570, 531)]
    content = page(show("Table 1: Cranes by camera.", x=150, y=595), rows(COLUMNS, BODY, y=574), *drawn)
    turned = f"q 0 1 -1 0 612 0 cm {content} Q"
    (table,) = tables(parsed(tmp_path, turned, media_box="0 0 792 792"))
    assert grid(table) == EXPECTED
