"""Tables told in statements: one a cell, each in its cell's own box; rows where cells are many."""

from collections.abc import Sequence
from dataclasses import replace

from documents import make_block, make_document, make_table
from fake_encoder import FakeEncoder

from indexes.records import PassageKind, boxes_between
from indexes.sentences import sentence_spans
from indexes.statements import statements_in
from ingest.document import Block, BlockKind
from ingest.passages import make_passages
from ingest.table_passages import MOST_CELL_STATEMENTS, caption_line, table_statements

HEADER = ["#Camera", "#Cranes", "#Minutes"]
WIDE, LONG = ["#Wide lens", "412", "18"], ["#Long lens", "398", "—"]


def told(rows: Sequence[Sequence[str]], label: str = "Table 1") -> list[str]:
    return [stated.text for stated in table_statements(make_table(rows, label=label))]


def test_every_cell_is_told_with_its_row_and_column() -> None:
    assert told([HEADER, WIDE, LONG]) == [
        "Table 1, row Wide lens, column Cranes: 412",
        "Table 1, row Wide lens, column Minutes: 18",
        "Table 1, row Long lens, column Cranes: 398",
    ]


def test_levels_of_the_header_and_groups_of_rows_are_told_from_the_outside_in() -> None:
    rows = [["", "#Cranes<2"], ["#Camera", "#north", "#south"], ["#At dusk<3"], ["#Wide lens", "412", "96"]]
    assert told(rows) == [
        "Table 1, row At dusk > Wide lens, column Cranes > north: 412",
        "Table 1, row At dusk > Wide lens, column Cranes > south: 96",
    ]


def test_a_name_over_several_rows_is_told_with_each() -> None:
    rows = [["#Marsh", "#Evening", "#Cranes"], ["#North^2", "#first", "12"], ["", "#second", "19"]]
    assert told(rows)[1] == "Table 1, row North > second, column Cranes: 19"


def test_columns_named_anew_further_down_are_told_by_their_new_names() -> None:
    assert told([["#Part", "#Grams"], ["#Wing", "4.1"], ["#Motor", "#Watts"], ["#Front", "30"]]) == [
        "Table 1, row Wing, column Grams: 4.1",
        "Table 1, row Front, column Watts: 30",
    ]


def test_rows_and_columns_without_names_are_counted() -> None:
    assert told([["#Drone", "quiet"], ["#Plane", "loud"]]) == ["Table 1, row Drone: quiet", "Table 1, row Plane: loud"]
    assert told([["412", "18"], ["398", "22"]], label="") == ["Table, row 1: 412; 18", "Table, row 2: 398; 22"]


def test_a_japanese_label_gives_japanese_statements() -> None:
    assert told([["#手法", "#正解率"], ["#提案", "0.9"]], label="表1") == ["表1、行「提案」、列「正解率」：0.9"]


def test_a_large_table_is_told_by_rows_and_loses_no_cell() -> None:
    rows = [
        ["#Day", *(f"#site {number}" for number in range(8))],
        *([f"#day {day}", *(f"{day}.{number}" for number in range(8))] for day in range(30)),
    ]
    statements = told(rows)
    assert MOST_CELL_STATEMENTS < 240
    assert len(statements) == 30
    assert statements[29].startswith("Table 1, row day 29: site 0: 29.0; site 1: 29.1;")
    assert all(
        any(f"site {number}: {day}.{number}" in text for text in statements) for day in range(30) for number in range(8)
    )


def test_a_statement_stands_in_the_box_of_its_cell() -> None:
    block = make_table([HEADER, WIDE, LONG])
    (passage,) = make_passages(make_document([block]), encoder=FakeEncoder(max_tokens=256))
    statement = next(one for one in statements_in(passage.text) if one.value == "398")
    cell = next(one for one in block.table.cells if block.text[one.start : one.end] == "398")
    assert boxes_between(passage, statement.start, statement.end) == ((1, cell.box),)


def test_a_row_statement_gives_the_box_of_each_of_its_cells() -> None:
    block = make_table([["#Drone", "quiet", "small"], ["#Plane", "loud", "large"]])
    (first, _) = table_statements(block)
    cells = {block.text[cell.start : cell.end]: cell.box for cell in block.table.cells}
    assert [(first.text[line.start : line.end], line.box) for line in first.lines][1:] == [
        ("quiet;", cells["quiet"]),
        ("small", cells["small"]),
    ]


def test_passages_open_with_the_caption_and_hold_whole_statements() -> None:
    caption = make_block("Table 1: Cranes that were counted by camera. More text.", BlockKind.CAPTION)
    rows = [HEADER, *([f"#Lens {number}", str(number), "18"] for number in range(25))]
    document = make_document([caption, make_table(rows)])
    _, *passages = make_passages(document, encoder=FakeEncoder(max_tokens=96))
    assert len(passages) > 2
    for passage in passages:
        assert passage.kind is PassageKind.TABLE
        head, *statements = passage.text.split("\n")
        assert head == caption.text
        assert [passage.text[start:end] for start, end in sentence_spans(passage.text)][
            -len(statements) :
        ] == statements
    assert sum(len(statements_in(passage.text)) for passage in passages) == 50


def test_a_caption_that_would_crowd_out_the_cells_is_left_to_its_own_passage() -> None:
    caption = make_block("Table 1: " + "Cranes counted by camera and by marsh. " * 3, BlockKind.CAPTION)
    document = make_document([caption, make_table([HEADER, WIDE])])
    passages = make_passages(document, encoder=FakeEncoder(max_tokens=40))
    assert all(passage.text.startswith("Table 1, row") for passage in passages if passage.kind is PassageKind.TABLE)


def test_the_caption_is_the_one_with_the_same_number() -> None:
    def caption_of(blocks: Sequence[Block], place: int) -> str | None:
        stated = caption_line(blocks, place)
        return stated.text if stated else None

    blocks = [
        make_block("Table 12: Other.", BlockKind.CAPTION),
        make_table([HEADER, WIDE]),
        make_block("TABLE 1. Cranes.", BlockKind.CAPTION),
    ]
    assert caption_of(blocks, 1) == "TABLE 1. Cranes."
    assert caption_of(blocks[:2], 1) is None


def test_a_table_without_known_cells_keeps_its_rows() -> None:
    assert table_statements(make_block("a b\nc d", BlockKind.TABLE)) == ()


def test_a_row_set_out_after_rows_set_in_is_no_longer_of_their_group() -> None:
    block = make_table([["#Acid", "#Grams"], ["#Essential<2"], ["#Lysine", "2.9"], ["#Total", "36"]])
    cells = [
        replace(cell, box=cell.box._replace(x0=12.0)) if block.text[cell.start : cell.end] == "Lysine" else cell
        for cell in block.table.cells
    ]
    set_in = replace(block, table=replace(block.table, cells=tuple(cells)))
    assert [stated.text for stated in table_statements(set_in)] == [
        "Table 1, row Essential > Lysine, column Grams: 2.9",
        "Table 1, row Total, column Grams: 36",
    ]
