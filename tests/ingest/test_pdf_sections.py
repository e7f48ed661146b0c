"""Headings on made pages: at a paragraph's start, in tables and figures; and pages whose fonts give no words."""

import pypdfium2
import pytest
from pdf_files import mixed, paragraph, pdf_bytes, show

from indexes.errors import NoTextInSource
from ingest.document import BlockKind, FindingKind, ParsedDocument
from ingest.pdf.parser import parse_pdf
from ingest.pdf.sheets import read_sheets

TEXT = [
    "Cranes come to the marsh in autumn and stay until the ice has closed the last",
    "open water, after which they fly on to the coast and feed on fields of wheat.",
]
CIPHER = r"W-XGY#a1b2 k]q{3v l!}x2 h4[qr d<9z&m o^0c~t3 jm%s8 ;p5=?7>q r2|t4 y7/u"


@pytest.fixture
def parse(tmp_path):
    def parse(pages: list[list[str]], **entries: str) -> ParsedDocument:
        path = tmp_path / "made.pdf"
        path.write_bytes(pdf_bytes(["\n".join(page) for page in pages], **entries))
        return parse_pdf(path, source="made.pdf", max_pages=10)

    return parse


def sections(document: ParsedDocument) -> list[tuple[str, int]]:
    return [(section.title, section.level) for section in document.sections]


def opening() -> list[str]:
    return [
        show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2"),
        show("1 Introduction", x=72, y=690, size=12, font="F2"),
        paragraph(TEXT, x=72, y=670),
    ]


def run_in(parts: list[tuple[str, str]], *, y: float) -> list[str]:
    return [mixed(parts, x=72, y=y), paragraph(TEXT, x=72, y=y - 12)]


def test_bold_beginning_of_a_paragraph_opens_a_section(parse):
    head = [("F2", "Study site."), ("F1", " The marsh lies by the sea and covers twelve square kilometres of it.")]
    document = parse([opening() + run_in(head, y=600)])
    assert sections(document) == [("1 Introduction", 1), ("Study site", 2)]
    (heading,) = [block for block in document.blocks if block.text == "Study site."]
    (text,) = [block for block in document.blocks if block.text.startswith("The marsh lies")]
    assert (heading.kind, text.kind, text.section) == (BlockKind.HEADING, BlockKind.PARAGRAPH, 1)
    assert heading.lines[0].box.x1 <= text.lines[0].box.x0 + 3


def test_number_says_how_deep_a_heading_in_a_paragraph_stands(parse):
    head = [("F2", "1.2.3. Study site."), ("F1", " The marsh lies by the sea and covers twelve kilometres.")]
    assert sections(parse([opening() + run_in(head, y=600)])) == [("1 Introduction", 1), ("1.2.3. Study site", 3)]


@pytest.mark.parametrize("words", ["Cranes", "Theorem 1.", "Figure 2.", "crane counts."])
def test_other_bold_beginnings_open_none(parse, words):
    head = [("F2", words), ("F1", " The marsh lies by the sea and covers twelve square kilometres of it.")]
    assert sections(parse([opening() + run_in(head, y=600)])) == [("1 Introduction", 1)]


def test_two_lines_of_bold_make_one_heading(parse):
    first = "Comparative measurements of cranes resting undisturbed throughout shallow coastal wetlands beyond"
    second = [("F2", "any road."), ("F1", " The marsh lies by the sea and covers twelve kilometres.")]
    lines = [show(first, x=72, y=600, font="F2"), mixed(second, x=72, y=588), paragraph(TEXT, x=72, y=576)]
    assert sections(parse([opening() + lines]))[1:] == [(first + " any road", 2)]


def test_header_of_a_table_is_no_heading(parse):
    rows = [
        show(cell, x=90 + 90 * column, y=588 - 12 * row)
        for row, cells in enumerate([("foot", "12", "13"), ("drone", "14", "15"), ("boat", "16", "17")])
        for column, cell in enumerate(cells)
    ]
    table = [show("Table 1: Cranes by method.", x=72, y=620), show("Method", x=90, y=600, font="F2"), *rows]
    after = [show("2 Results", x=72, y=500, size=12, font="F2"), paragraph(TEXT, x=72, y=480)]
    assert sections(parse([opening() + table + after])) == [("1 Introduction", 1), ("2 Results", 1)]


def test_table_in_a_column_is_read_by_rows(parse):
    columns = [show(f"left line {n} of the column on this side", x=60, y=700 - 12 * n, size=11) for n in range(20)]
    columns += [show(f"right line {n} of the column on that side", x=330, y=700 - 12 * n, size=11) for n in range(30)]
    table = [
        show(cell, x=x, y=440 - 12 * row)
        for row in range(6)
        for cell, x in ((f"method number {row}", 60), (f"count {row}", 200))
    ]
    (found,) = [block for block in parse([columns + table]).blocks if "method number 0" in block.text]
    assert "method number 0 count 0 method number 1 count 1" in found.text


def test_garbled_page_is_kept_from_evidence_and_reported(parse):
    document = parse([[*opening(), paragraph(TEXT * 4, x=72, y=600)], [paragraph([CIPHER] * 8, x=72, y=700)]])
    assert {block.kind for block in document.blocks if "W-XGY" in block.text} == {BlockKind.FURNITURE}
    (finding,) = document.findings
    assert (finding.kind, finding.page) == (FindingKind.GARBLED_TEXT, 2)


def test_paper_of_garbled_pages_alone_is_refused(parse):
    with pytest.raises(NoTextInSource, match=r"made\.pdf .* garbled fonts on 1 of its 1 pages"):
        parse([[paragraph([CIPHER] * 8, x=72, y=700)]])


def test_stated_title_decides_over_a_hyphen_at_a_line_end(parse):
    lines = [
        show("Counting Cranes by Wet-", x=150, y=740, size=20, font="F2"),
        show("Land Methods", x=150, y=718, size=20, font="F2"),
        paragraph(TEXT * 3, x=72, y=600),
    ]
    document = parse([lines], information="/Title (Counting Cranes by WetLand Methods)")
    assert document.paper.title == "Counting Cranes by WetLand Methods"
    assert parse([lines]).paper.title == "Counting Cranes by Wet-Land Methods"


def test_readable_pages_of_real_papers_are_not_garbled(shared_data):
    (path,) = (shared_data / "pdfs").glob("1f45a7096455*.pdf")
    pdf = pypdfium2.PdfDocument(path)
    sheets, _ = read_sheets(pdf)
    pdf.close()
    assert not any(sheet.is_garbled for sheet in sheets)
