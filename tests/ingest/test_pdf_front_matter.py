"""The head of a paper on PDFs made for the purpose: title, authors, affiliations, abstract, covers."""

import pdf_files
import pytest
from pdf_files import pdf_bytes

from ingest.document import BlockKind, ParsedDocument
from ingest.pdf.parser import parse_pdf


def show(text: str, *, x: float, y: float, size: float = 10, font: str = "F1") -> str:
    return pdf_files.show(text, x=x, y=y, size=size, font=font) + "\n"


def paragraph(lines: list[str], *, x: float, y: float, size: float = 10, leading: float = 12) -> str:
    return pdf_files.paragraph(lines, x=x, y=y, size=size, leading=leading) + "\n"


PROSE = [
    "We count cranes in wetlands from drones that fly too high to be heard by the birds.",
    "Over two winters the drones found four hundred and twelve cranes, and no flock took",
    "off. The counts agree with those made on foot within three percent, and they cost a",
    "tenth of the time. We describe the flights, the cameras and the software, and say what",
    "did not work. All records are open for anybody who wants to count again next winter.",
]
BODY = [f"{word} rests beside the shallow water of the marsh and waits for the morning light." for word in
        ("Crane", "Heron", "Stork", "Ibis", "Egret", "Bittern", "Snipe", "Rail", "Coot", "Teal")]  # fmt: skip
TITLE = show("Counting Cranes from Quiet Drones", x=150, y=720, size=17, font="F2")
INTRODUCTION = show("1 Introduction", x=72, y=400, size=12, font="F2") + paragraph(BODY, x=72, y=380)
REST = paragraph(BODY * 4, x=72, y=720)


@pytest.fixture
def parse(tmp_path):
    def parse(*pages: str) -> ParsedDocument:
        path = tmp_path / "made.pdf"
        path.write_bytes(pdf_bytes(pages))
        return parse_pdf(path, source="made.pdf", max_pages=20)

    return parse


def announced(heading: str = "Abstract", *, y: float = 560) -> str:
    return show(heading, x=72, y=y, size=11, font="F2") + paragraph(PROSE, x=72, y=y - 18)


def affiliations(document: ParsedDocument) -> list[tuple[str, list[str]]]:
    return [(part.name, [document.paper.authors[at] for at in part.authors]) for part in document.affiliations]


def raised(text: str, *, x: float, y: float) -> str:
    return show(text, x=x, y=y + 4, size=7)


def test_numbered_affiliations_go_to_the_authors_who_carry_the_number(parse):
    head = (
        show("Aya Mori", x=150, y=690, size=11) + raised("1,2", x=196, y=690)
        + show(", Jon Field", x=206, y=690, size=11) + raised("2,3,*", x=256, y=690)
        + show("1 Department of Birds, University of the Marsh, Finland", x=150, y=670, size=9)
        + show("2 Heron Institute, 12 Lake Road, Wetland DH1 3LE, UK", x=150, y=659, size=9)
        + show("3 Stork College", x=150, y=648, size=9)
        + show("* Corresponding author: jon@marsh.example", x=150, y=637, size=9)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert document.paper.authors == ("Aya Mori", "Jon Field")
    assert affiliations(document) == [
        ("Department of Birds, University of the Marsh, Finland", ["Aya Mori"]),
        ("Heron Institute, 12 Lake Road, Wetland DH1 3LE, UK", ["Aya Mori", "Jon Field"]),
        ("Stork College", ["Jon Field"]),
    ]


def test_blocks_side_by_side_keep_their_places(parse):
    head = (
        show("Aya Mori", x=120, y=690, size=11) + show("Jon Field", x=370, y=690, size=11)
        + show("University of the Marsh", x=120, y=677) + show("Heron Institute", x=370, y=677)
        + show("aya@marsh.example", x=120, y=664) + show("jon@heron.example", x=370, y=664)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert document.paper.authors == ("Aya Mori", "Jon Field")
    assert affiliations(document) == [("University of the Marsh", ["Aya Mori"]), ("Heron Institute", ["Jon Field"])]


def test_blocks_under_each_other_keep_their_places(parse):
    head = (
        show("Aya Mori", x=250, y=690, size=11) + show("University of the Marsh", x=250, y=677, size=9)
        + show("aya@marsh.example", x=250, y=666, size=9)
        + show("Jon Field", x=250, y=646, size=11) + show("Heron Institute, Helsinki", x=250, y=633, size=9)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert affiliations(document) == [
        ("University of the Marsh", ["Aya Mori"]),
        ("Heron Institute, Helsinki", ["Jon Field"]),
    ]


def test_one_place_is_everybodys_and_dates_and_editors_are_nobodys(parse):
    head = (
        show("Aya Mori, Jon Field and Ada Heron", x=150, y=690, size=11)
        + show("University of the Marsh", x=150, y=677, size=9)
        + show("Received 3 May 2024; accepted 9 June 2024", x=150, y=660, size=9)
        + show("Edited by", x=150, y=640, size=9) + show("Rita Snipe", x=150, y=629, size=9)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert document.paper.authors == ("Aya Mori", "Jon Field", "Ada Heron")
    assert affiliations(document) == [("University of the Marsh", ["Aya Mori", "Jon Field", "Ada Heron"])]


def test_affiliations_in_footnotes_of_the_first_page_are_found(parse):
    head = show("Aya Mori", x=150, y=690, size=11) + raised("1", x=196, y=690)
    foot = show("1 Department of Birds, University of the Marsh.", x=72, y=90, size=7)
    document = parse(TITLE + head + announced() + INTRODUCTION + foot, REST)
    assert affiliations(document) == [("Department of Birds, University of the Marsh", ["Aya Mori"])]


def test_name_over_two_lines_is_one_and_centred_lines_are_apart(parse):
    head = (
        show("Aya Mori, Jon Field, Ada Heron, Rita Snipe, Tim Rail, Una Coot, Ida Egret, and Leo", x=72, y=690, size=12)
        + show("Bittern", x=72, y=675, size=12)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert document.paper.authors[-2:] == ("Ida Egret", "Leo Bittern")
    centred = show("Aya Mori, Jon Field", x=250, y=690, size=12) + show("Ada Heron, Rita Snipe", x=245, y=675, size=12)
    document = parse(TITLE + centred + announced() + INTRODUCTION, REST)
    assert document.paper.authors == ("Aya Mori", "Jon Field", "Ada Heron", "Rita Snipe")


@pytest.mark.parametrize("heading", ["Abstract", "A B S T R A C T", "ABSTRACT", "Summary"])
def test_announced_abstract_ends_before_what_follows(parse, heading):
    after = show("Keywords: cranes, drones", x=72, y=470) + show("(c) 2024 The Authors", x=72, y=455)
    document = parse(TITLE + announced(heading) + after + INTRODUCTION, REST)
    assert document.paper.abstract == " ".join(PROSE)
    (block,) = [block for block in document.blocks if block.kind is BlockKind.ABSTRACT]
    assert document.sections[block.section].title.replace(" ", "") == heading.replace(" ", "")


def test_abstract_on_its_announcing_line_is_read(parse):
    text = paragraph(["Abstract. " + PROSE[0], *PROSE[1:]], x=72, y=560, size=9, leading=11)
    document = parse(TITLE + text + INTRODUCTION, REST)
    assert document.paper.abstract == " ".join(PROSE)


def test_structured_abstract_keeps_its_parts(parse):
    parts = show("Abstract", x=72, y=640, size=11, font="F2")
    for number, label in enumerate(("Background", "Methods", "Results", "Conclusions")):
        parts += paragraph([f"{label}: {PROSE[0]}", PROSE[4]], x=72, y=622 - 40 * number)
    document = parse(TITLE + parts + INTRODUCTION, REST)
    assert [line.split(":")[0] for line in document.paper.abstract.split("\n")] == [
        "Background", "Methods", "Results", "Conclusions",
    ]  # fmt: skip
    assert document.sections[1].title == "1 Introduction"


def test_unannounced_abstract_in_type_of_its_own_is_found(parse):
    text = "\n".join(show(line, x=72, y=600 - 12 * n, size=10, font="F2") for n, line in enumerate(PROSE))
    document = parse(TITLE + show("Aya Mori", x=150, y=690) + text + INTRODUCTION, REST)
    assert document.paper.abstract == " ".join(PROSE)
    assert document.paper.authors == ("Aya Mori",)


def test_thesis_has_its_abstract_pages_later(parse):
    declaration = show("Declaration", x=72, y=720, size=14, font="F2") + paragraph(BODY, x=72, y=690)
    abstract = show("Abstract", x=72, y=720, size=14, font="F2") + paragraph(PROSE, x=72, y=690)
    document = parse(TITLE + show("Aya Mori", x=250, y=600), declaration, abstract, INTRODUCTION, REST)
    assert document.paper.abstract == " ".join(PROSE)
    order = [block.text for block in document.blocks if block.kind is BlockKind.HEADING]
    assert order[:3] == ["Declaration", "Abstract", "1 Introduction"]


def test_bilingual_paper_gives_its_english_abstract(parse):
    french = [
        "Nous comptons les grues depuis des drones qui volent trop haut pour que les oiseaux les entendent.",
        "Pendant deux hivers les drones ont vu quatre cent douze grues et aucun vol ne fut trouble.",
    ]
    head = show("Resume", x=72, y=660, size=11, font="F2") + paragraph(french, x=72, y=642)
    document = parse(TITLE + head + announced(y=590) + INTRODUCTION, REST)
    assert document.paper.abstract == " ".join(PROSE)
    assert sum(block.kind is BlockKind.ABSTRACT for block in document.blocks) == 2


def test_cover_of_a_repository_is_passed_over(parse):
    cover = (
        show("Open Repository", x=72, y=750, size=24, font="F2")
        + show("To cite this version: Mori, A. (2024) Counting cranes. HAL Id: hal-00000000", x=72, y=650)
        + show("Submitted on 3 May 2024", x=72, y=630)
    )
    paper = TITLE + show("Aya Mori", x=250, y=690, size=11) + announced() + INTRODUCTION
    document = parse(cover, paper, REST)
    assert document.paper.title == "Counting Cranes from Quiet Drones"
    assert document.paper.authors == ("Aya Mori",)
    assert document.paper.abstract == " ".join(PROSE)
    assert {block.kind for block in document.blocks if block.page == 1} == {BlockKind.FURNITURE}


def test_first_page_with_one_sign_of_a_cover_is_the_papers(parse):
    stamp = show("Downloaded from the marsh library on 3 May 2024", x=72, y=40, size=7)
    letter = TITLE + show("Aya Mori", x=250, y=690, size=11) + paragraph(BODY, x=72, y=640)
    document = parse(letter + stamp, REST)
    assert document.paper.title == "Counting Cranes from Quiet Drones"
    assert document.paper.authors == ("Aya Mori",)


def test_lettering_of_a_badge_does_not_cut_a_title(parse):
    title = (
        show("Counting Cranes", x=150, y=720, size=18, font="F2") + show("o", x=520, y=712, size=4)
        + show("from Quiet Drones", x=150, y=698, size=18, font="F2")
    )  # fmt: skip
    document = parse(title + announced() + INTRODUCTION, REST)
    assert document.paper.title == "Counting Cranes from Quiet Drones"


def test_marks_that_hang_before_their_addresses_lead_them(parse):
    head = (
        show("Aya Mori 1 and Jon Field 2", x=150, y=690, size=11)
        + raised("1", x=126, y=670) + show("University of the Marsh, Wetland", x=150, y=670, size=9)
        + raised("2", x=126, y=655) + show("Heron Institute, Helsinki", x=150, y=655, size=9)
    )  # fmt: skip
    document = parse(TITLE + head + announced() + INTRODUCTION, REST)
    assert affiliations(document) == [
        ("University of the Marsh, Wetland", ["Aya Mori"]),
        ("Heron Institute, Helsinki", ["Jon Field"]),
    ]
