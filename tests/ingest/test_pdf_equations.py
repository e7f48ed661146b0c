"""Displayed equations: all their lines one block, never prose; and prose around them stays whole."""

from pathlib import Path

from fake_encoder import FakeEncoder
from pdf_files import paragraph, pdf_bytes, show

from indexes.records import PassageKind
from ingest.document import Block, BlockKind
from ingest.passages import make_passages
from ingest.pdf.parser import parse_pdf

TITLE = show("Counting Cranes from Quiet Drones", x=150, y=740, size=17)
BEFORE = [
    "The quiet drone counted every crane over the marsh at dusk, and the counts agree with",
    "those of three observers who stood on the dike. Their share among all the birds is then",
]
AFTER = [
    "where the sums run over all the evenings on which the drone flew, and where every crane",
    "that was seen twice is counted once. It rained on none of these evenings at the marsh.",
]


def blocks_of(tmp_path: Path, *parts: str) -> list[Block]:
    heading = show("1 Method", x=100, y=700, size=14, font="F2")
    content = "\n".join([TITLE, heading, paragraph(BEFORE, x=100, y=670), *parts])
    path = tmp_path / "cranes.pdf"
    path.write_bytes(pdf_bytes([content]))
    return list(parse_pdf(path, source="cranes.pdf", max_pages=5).blocks)


def fraction(y: float) -> list[str]:
    """A fraction over three lines, with its number."""
    return [
        show("a + b = c", x=270, y=y + 7),
        show("p = q < 1", x=200, y=y),
        show("(3)", x=480, y=y),
        show("x + y = z", x=270, y=y - 7),
    ]


def test_a_fraction_and_its_number_are_one_equation(tmp_path):
    found = blocks_of(tmp_path, *fraction(630), paragraph(AFTER, x=100, y=598))
    (equation,) = [block for block in found if block.kind is BlockKind.EQUATION]
    words = ["a + b = c", "p = q < 1", "(3)", "x + y = z"]
    assert sorted(equation.text.split()) == sorted(" ".join(words).split())


def test_the_paragraph_goes_on_past_its_equation(tmp_path):
    found = blocks_of(tmp_path, *fraction(630), paragraph(AFTER, x=100, y=598))
    (prose,) = [block for block in found if block.kind is BlockKind.PARAGRAPH]
    assert "the birds is then where the sums run" in prose.text


def test_an_equation_is_no_evidence(tmp_path):
    path = tmp_path / "cranes.pdf"
    blocks_of(tmp_path, *fraction(630), paragraph(AFTER, x=100, y=598))
    passages = make_passages(parse_pdf(path, source="c", max_pages=5), encoder=FakeEncoder(max_tokens=256))
    assert all("(3)" not in passage.text for passage in passages)
    assert {passage.kind for passage in passages} <= {PassageKind.BODY, PassageKind.ABSTRACT}


def test_a_new_sentence_after_an_equation_begins_a_paragraph(tmp_path):
    found = blocks_of(tmp_path, *fraction(630), paragraph(["It rained." * 3, *AFTER], x=100, y=598))
    assert len([block for block in found if block.kind is BlockKind.PARAGRAPH]) == 2


def test_a_line_of_formulas_apart_is_part_of_the_display_and_no_table_row(tmp_path):
    display = [
        show("a + b = c", x=210, y=640),
        show("abc=+<+=", x=130, y=633),
        show("word<=+=<", x=280, y=633),
        show("abc=<+=+", x=420, y=633),
        show("x + y = z", x=210, y=626),
    ]
    found = blocks_of(tmp_path, *display, paragraph(AFTER, x=100, y=598))
    assert [block.kind for block in found if block.page == 1][-2:] == [BlockKind.PARAGRAPH, BlockKind.EQUATION]
    assert "word<=+=<" in found[-1].text


def test_a_lone_sign_over_a_line_of_prose_stays_in_its_paragraph(tmp_path):
    sign = show("<", x=200, y=655, size=7)
    found = blocks_of(tmp_path, sign, paragraph(AFTER, x=100, y=646))
    assert BlockKind.EQUATION not in [block.kind for block in found]
    assert len([block for block in found if block.kind is BlockKind.PARAGRAPH]) == 1


def test_two_numbered_equations_apart_stay_apart(tmp_path):
    second = [show("u + v = w", x=200, y=590), show("(4)", x=480, y=590)]
    found = blocks_of(tmp_path, *fraction(630), *second, paragraph(AFTER, x=100, y=560))
    assert [block.text[-3:] for block in found if block.kind is BlockKind.EQUATION][-1] == "(4)"
    assert len([block for block in found if block.kind is BlockKind.EQUATION]) == 2
