"""What each piece of a made paper is: headings that hold, reference lists, footnotes, lettering, listings, contents."""

import pytest
from pdf_files import mixed, paragraph, pdf_bytes, show

from ingest.document import Block, BlockKind, ParsedDocument
from ingest.pdf.headings import HeadingMark
from ingest.pdf.numbering import follows, out_of_order
from ingest.pdf.parser import parse_pdf

TEXT = [
    "Cranes come to the marsh in autumn and stay until the ice has closed the last",
    "open water, after which they fly on to the coast and feed on fields of wheat.",
]
ENTRIES = [
    ["A. Heron and B. Stork. Counting birds from the air.", "Proceedings of the Marsh Workshop, pages 11-19, 2004."],
    ["C. Teal, D. Rail, and E. Coot. A census of the coast. Journal of Wetlands,", "12(3):45-67, 1999."],
    ["F. Plover. Notes on ice. Technical Report 12, Marsh Institute, 2011."],
    ["G. Curlew and H. Snipe. Wheat and water. In Proceedings of the Coast", "Conference, pages 1-9, 2015."],
    ["I. Dunlin. Nights of autumn. Marsh Press, 2018."],
    ["J. Godwit and K. Knot. Flight calls. Journal of Wetlands, 14(1):3-8, 2001."],
]


@pytest.fixture
def parse(tmp_path):
    def parse(*pages: list[str], **entries: str) -> ParsedDocument:
        path = tmp_path / "made.pdf"
        path.write_bytes(pdf_bytes(["\n".join(page) for page in pages], **entries))
        return parse_pdf(path, source="made.pdf", max_pages=10)

    return parse


def sections(document: ParsedDocument) -> list[str]:
    return [section.title for section in document.sections]


def of_kind(document: ParsedDocument, kind: BlockKind) -> list[str]:
    return [block.text for block in document.blocks if block.kind is kind]


def block_with(document: ParsedDocument, words: str) -> Block:
    (found,) = [block for block in document.blocks if words in block.text]
    return found


def heading(text: str, y: float) -> str:
    return show(text, x=72, y=y, size=12, font="F2")


def opening() -> list[str]:
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    return [title, heading("1 Introduction", 690), paragraph(TEXT * 3, x=72, y=670)]


def entries(labels: list[str], *, y: float) -> list[str]:
    """Reference entries with hanging indents, each beginning with its label."""
    out = []
    for label, lines in zip(labels, ENTRIES, strict=False):
        for place, line in enumerate(lines):
            out.append(show(label + line if place == 0 else line, x=72 if place == 0 else 90, y=y, size=9))
            y -= 11
    return out


def numbered(count: int) -> list[str]:
    return [f"[{number}] " for number in range(1, count + 1)]


def test_entries_begin_at_their_numbers_not_at_other_numbers(parse):
    lines = entries(numbered(3), y=480)
    lines.append(show("[4] L. Ruff. Weather of the coast. Marsh Press, printed in the spring of", x=72, y=420, size=9))
    lines.append(show("[17] and again in a later year.", x=72, y=409, size=9))
    lines.append(show("[5] M. Sora. Reeds. Marsh Press, 2012.", x=72, y=398, size=9))
    found = of_kind(parse([*opening(), heading("References", 500), *lines]), BlockKind.REFERENCE)
    assert [text[:3] for text in found] == ["[1]", "[2]", "[3]", "[4]", "[5]"]
    assert found[3].endswith("[17] and again in a later year.")


def test_entries_without_numbers_begin_at_the_hanging_edge(parse):
    found = of_kind(parse([*opening(), heading("References", 500), *entries([""] * 4, y=480)]), BlockKind.REFERENCE)
    assert [text.split()[1] for text in found] == ["Heron", "Teal,", "Plover.", "Curlew"]


def test_text_of_an_appendix_after_the_references_is_text_again(parse):
    last = [heading("A. Weather", 700), paragraph(TEXT * 5, x=72, y=680)]
    document = parse([*opening(), heading("References", 500), *entries(numbered(5), y=480)], last)
    assert sections(document) == ["1 Introduction", "References", "A. Weather"]
    assert len(of_kind(document, BlockKind.REFERENCE)) == 5
    assert [block.section for block in document.blocks if block.page == 2] == [2, 2]


def test_references_in_a_table_of_contents_open_no_list(parse):
    listed = ["1 Introduction ........ 2", "2 Results ........ 2", "References ........ 3"]
    contents = [heading("Contents", 600), *(show(line, x=72, y=580 - 14 * n) for n, line in enumerate(listed))]
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    body = [heading("1 Introduction", 700), paragraph(TEXT * 3, x=72, y=680), heading("2 Results", 580)]
    document = parse([title, *contents], [*body, paragraph(TEXT * 3, x=72, y=560)])
    assert sections(document) == ["1 Introduction", "2 Results"]
    assert not of_kind(document, BlockKind.REFERENCE)
    assert block_with(document, "Results ....").kind is BlockKind.FURNITURE


def test_references_without_a_heading_are_known_by_how_they_read(parse):
    lines = entries([""] * 6, y=300)
    document = parse([*opening(), heading("2 Results", 500), paragraph(TEXT * 4, x=72, y=480), *lines])
    assert len(of_kind(document, BlockKind.REFERENCE)) == 6
    assert all(text.startswith("Cranes come") for text in of_kind(document, BlockKind.PARAGRAPH))


def test_caption_among_references_stays_a_caption(parse):
    caption = show("Figure 4. Cranes by month.", x=72, y=330, size=9)
    rest = show("[6] M. Sora. Reeds of the marsh. Marsh Press, 2012.", x=72, y=300, size=9)
    lines = [*entries(numbered(5), y=480), caption, rest]
    document = parse([*opening(), heading("References", 500), *lines])
    assert of_kind(document, BlockKind.CAPTION) == ["Figure 4. Cranes by month."]
    assert len(of_kind(document, BlockKind.REFERENCE)) == 6


def test_items_of_a_list_under_a_numbered_heading_are_no_headings(parse):
    items = [show(item, x=72, y=590 - 12 * n, font="F2") for n, item in enumerate(["1. Nests", "2. Eggs", "3. Broods"])]
    page = [*opening(), *items, paragraph(TEXT * 2, x=72, y=530)]
    more = [heading(f"{number} Results of part {number}", 760 - 90 * number) for number in (2, 3, 4, 5)]
    texts = [paragraph(TEXT * 2, x=72, y=740 - 90 * number) for number in (2, 3, 4, 5)]
    found = sections(parse(page, [*more, *texts]))
    assert found == ["1 Introduction", *(f"{number} Results of part {number}" for number in (2, 3, 4, 5))]


def test_heading_that_runs_over_two_lines_is_one_section(parse):
    first = "2.1 Comparative measurements of cranes resting undisturbed throughout shallow coastal"
    page = [heading("2 Results", 560), heading(first, 540), heading("wetlands", 526), paragraph(TEXT * 3, x=72, y=508)]
    assert sections(parse([*opening(), *page]))[1:] == ["2 Results", f"{first} wetlands"]


def test_two_headings_under_each_other_are_two_sections(parse):
    page = [heading("Counting methods", 560), heading("Aerial counts", 546), paragraph(TEXT * 3, x=72, y=528)]
    assert sections(parse([*opening(), *page]))[1:] == ["Counting methods", "Aerial counts"]


def test_initials_and_species_are_no_lettered_headings(parse):
    page = [show("G. grus", x=72, y=560, font="F2"), paragraph(TEXT * 2, x=72, y=540)]
    page += [show("N. Bayes", x=72, y=470, font="F2"), paragraph(TEXT * 2, x=72, y=450)]
    assert sections(parse([*opening(), *page])) == ["1 Introduction"]


def test_number_out_of_its_order_is_no_heading(parse):
    page = [heading("2 Results", 580), paragraph(TEXT, x=72, y=565), heading("7 Trips", 530)]
    page += [paragraph(TEXT, x=72, y=515), heading("3 Ice", 480), paragraph(TEXT, x=72, y=465)]
    page += [heading("4 Wheat", 430), paragraph(TEXT, x=72, y=415)]
    assert sections(parse([*opening(), *page])) == ["1 Introduction", "2 Results", "3 Ice", "4 Wheat"]


def test_next_number_in_plain_type_is_a_heading(parse):
    page = [heading("2 Results", 560), heading("2.1 Cranes", 540), paragraph(TEXT * 2, x=72, y=520)]
    page += [show("2.2 Storks", x=72, y=460), paragraph(TEXT * 2, x=72, y=436)]
    page += [show("9.4 Herons", x=72, y=370), paragraph(TEXT * 2, x=72, y=346)]
    assert sections(parse([*opening(), *page])) == ["1 Introduction", "2 Results", "2.1 Cranes", "2.2 Storks"]


def test_lettering_above_a_caption_is_neither_heading_nor_evidence(parse):
    words = [("Nesting", 150, 560), ("Ice Field", 300, 540), ("Wheat", 200, 520), ("12 34 56", 150, 500)]
    drawing = [show(word, x=x, y=y) for word, x, y in words]
    caption = show("Figure 1: Where cranes feed in autumn and where they rest at night.", x=72, y=470, size=9)
    document = parse([*opening(), *drawing, caption, paragraph(TEXT * 3, x=72, y=430)])
    assert sections(document) == ["1 Introduction"]
    for word, _, _ in words:
        assert block_with(document, word).kind is BlockKind.FURNITURE
    assert of_kind(document, BlockKind.CAPTION)[0].startswith("Figure 1:")


def test_footnotes_at_the_foot_are_told_from_the_text(parse):
    notes = [
        show("1 Marshes of the northern coast only, as counted by the survey of", x=72, y=92, size=8),
        show("the second year.", x=72, y=83, size=8),
        show("2 See the map of the institute for the places.", x=72, y=72, size=8),
    ]
    document = parse([*opening(), paragraph(TEXT * 3, x=72, y=580), *notes])
    assert [text[:9] for text in of_kind(document, BlockKind.FOOTNOTE)] == ["1 Marshes", "2 See the"]
    assert of_kind(document, BlockKind.FOOTNOTE)[0].endswith("the second year.")


def test_small_print_at_the_foot_without_a_mark_is_known_by_its_words(parse):
    thanks = "This work was supported by the institute of marshes under grant twelve of the second year."
    notice = "Permission to make copies of this work for use in class is granted without fee."
    lines = [show(thanks, x=72, y=90, size=8), show(notice, x=72, y=72, size=8)]
    document = parse([*opening(), paragraph(TEXT * 3, x=72, y=580), *lines])
    assert of_kind(document, BlockKind.FOOTNOTE) == [thanks]
    assert block_with(document, "Permission").kind is BlockKind.FURNITURE


def test_listing_keeps_its_lines_and_stays_out_of_sentences(parse):
    code = [("def count(birds):", 90), ("for bird in birds:", 110), ("total += bird.size", 130), ("return total", 110)]
    lines = [show(line, x=x, y=560 - 12 * n, font="F4") for n, (line, x) in enumerate(code)]
    document = parse([*opening(), *lines, paragraph(TEXT * 2, x=72, y=490)])
    (listing,) = [block for block in document.blocks if block.kind is BlockKind.CODE]
    assert listing.text.splitlines()[0] == "def count(birds):"
    assert [line.strip() for line in listing.text.splitlines()] == [line for line, _ in code]
    depths = [len(line) - len(line.lstrip()) for line in listing.text.splitlines()]
    assert depths[0] < depths[1] < depths[2]
    assert depths[1] == depths[3]
    assert [listing.text[line.start : line.end] for line in listing.lines] == [line for line, _ in code]


def test_steps_under_an_algorithm_caption_are_a_listing(parse):
    steps = ["1: for each marsh do", "2: count the cranes", "3: end for", "4: return the sum"]
    lines = [show(step, x=90, y=548 - 12 * n, size=9) for n, step in enumerate(steps)]
    caption = mixed([("F2", "Algorithm 1"), ("F1", " Counting cranes")], x=72, y=564, size=9)
    document = parse([*opening(), caption, *lines, paragraph(TEXT * 2, x=72, y=470)])
    assert of_kind(document, BlockKind.CODE)[0].splitlines()[0] == steps[0]


def mark(title: str, *, page: int = 1, is_bold: bool = True) -> HeadingMark:
    depth = title.split()[0].rstrip(".").count(".") + 1
    return HeadingMark(title, depth, (12, is_bold, False), page)


def test_number_order_drops_strays_and_keeps_a_second_part():
    titles = ["1 Introduction", "2 Model", "4 RTT", "2.1 Rates", "3 Results", "4 Ends"]
    assert out_of_order([mark(title) for title in titles]) == {2}
    part = [mark("1. Weather", page=7), None, mark("2. Ice", page=8), mark("3. Wheat", page=9)]
    assert out_of_order([*(mark(title) for title in titles), *part]) == {2}
    items = [mark("1. Weather", page=7), mark("2. Ice", page=7), mark("3. Wheat", page=7)]
    assert out_of_order([*(mark(title) for title in titles), *items]) == {2, 6, 7, 8}


def test_repeated_number_in_another_style_is_an_item():
    marks = [mark("1 One"), mark("2 Two"), mark("2 two of these", is_bold=False), mark("3 Three"), mark("4 Four")]
    assert out_of_order(marks) == {2}


@pytest.mark.parametrize(
    ("number", "last", "is_next"),
    [((3, 4, 6), (3, 4, 5), True), ((3, 5), (3, 4, 5), True), ((3, 4, 5, 1), (3, 4, 5), True), ((3, 7), (3, 4), False)],
)
def test_which_number_comes_next(number, last, is_next):
    assert follows(number, last) is is_next


def test_address_and_identifier_at_the_foot_part_no_sentence(parse):
    """A column's foot may hold an author's address and a DOI line in the body's size; the sentence runs past both."""
    left = [paragraph(TEXT * 3, x=72, y=670), show("The third count, made in the dry", x=72, y=590)]
    foot = [
        show("Dr. A. Heron", x=72, y=112, size=8),
        show("Institute of Marshes, Coast Road 4, E-mail: heron@example.org", x=72, y=103, size=8),
        show("DOI: 10.1000/cranes.12", x=72, y=80, font="F2"),
    ]
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    document = parse(
        [title, heading("1 Introduction", 690), *left, *foot],
        [show("spring, found no birds at all on the fields of the coast.", x=72, y=740), paragraph(TEXT, x=72, y=700)],
    )
    assert "made in the dry spring, found no birds" in block_with(document, "third count").text
    assert [text[:12] for text in of_kind(document, BlockKind.FOOTNOTE)] == ["Dr. A. Heron"]
    assert block_with(document, "DOI: 10.1000").kind is BlockKind.FURNITURE


@pytest.mark.parametrize(
    "words",
    [
        "q 2011 Heron Press B.V. All rights reserved.",
        "2011 The Authors. Published by Heron Press.",
        "Downloaded from the marsh on 3 May 2011.",
    ],
)
def test_rights_between_pieces_are_no_evidence(parse, words):
    page = [*opening(), show(words, x=72, y=560, size=9), paragraph(TEXT * 2, x=72, y=520)]
    assert block_with(parse(page), words).kind is BlockKind.FURNITURE


def test_journal_with_its_identifier_at_the_foot_is_no_evidence(parse):
    foot = show("J. Wetl. Sci. 2017, 18, 1212; doi:10.1000/jws18061212 www.marsh.example", x=72, y=40, size=8)
    document = parse([*opening(), paragraph(TEXT * 2, x=72, y=560), foot], [paragraph(TEXT * 9, x=72, y=700)])
    assert block_with(document, "jws18061212").kind is BlockKind.FURNITURE


def test_rights_spoken_of_in_a_sentence_stay_evidence(parse):
    sentence = "Cranes have rights, and not all rights reserved to men are theirs, as was said in 2011 by many. "
    lines = [sentence, *TEXT, *TEXT]
    document = parse([*opening(), heading("2 Law", 560), paragraph(lines, x=72, y=540)])
    assert block_with(document, "rights reserved").kind is BlockKind.PARAGRAPH


def test_notes_under_a_table_are_told_from_the_text(parse):
    rules = [f"{0.8} w 72 {y} m 300 {y} l S" for y in (585, 570, 525)]
    cells = [("Bird", "Count"), ("Crane", "12"), ("Heron", "7"), ("Stork", "3")]
    rows = [
        part
        for n, (bird, count) in enumerate(cells)
        for part in (show(bird, x=76, y=575 - 14 * n), show(count, x=240, y=575 - 14 * n))
    ]
    caption = show("Table 1: Birds by month.", x=72, y=592, size=9)
    note = show("Counts are means of three nights in autumn.", x=72, y=514, size=8)
    document = parse([*opening(), caption, *rules, *rows, note, paragraph(TEXT * 3, x=72, y=480)])
    assert block_with(document, "three nights").kind is BlockKind.FOOTNOTE


def test_line_stretched_to_its_column_is_no_row_of_a_table(parse):
    words = [show(word, x=x, y=540) for word, x in (("The", 92), ("2006", 180), ("deep", 280), ("marsh", 380))]
    first = [*words, show("nest-", x=482, y=540)]
    rest = ["ings were counted by hand, and the cranes that came to them in the autumn, who stayed until ice,"]
    left = paragraph(
        [*rest, *["were fewer than in all the years before, as wheat was scarce, and fields, and open water."] * 4],
        x=72,
        y=528,
    )
    document = parse([*opening(), heading("2 Nests", 560), *first, left])
    assert not of_kind(document, BlockKind.TABLE)
    assert "deep marsh nest" in block_with(document, "counted by hand").text


def test_parts_of_a_figure_are_its_captions_and_no_list(parse):
    caption = [
        "Figure 2. Cranes by month and by the hour;",
        "(a) in the air over the coast;",
        "(b) on the fields of wheat.",
    ]
    document = parse([*opening(), paragraph(caption, x=72, y=540, size=9), paragraph(TEXT * 3, x=72, y=480)])
    assert of_kind(document, BlockKind.CAPTION) == [" ".join(caption)]


def test_first_page_without_headings_keeps_its_text(parse):
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    names = show("Anna Heron", x=250, y=715)
    document = parse([title, names, paragraph([*TEXT, *TEXT, *TEXT], x=72, y=680)])
    assert of_kind(document, BlockKind.AUTHORS) == ["Anna Heron"]
    assert of_kind(document, BlockKind.PARAGRAPH)[0].startswith("Cranes come")


def test_points_of_a_slide_are_no_authors(parse):
    title = show("Silent Flight over Wetlands", x=150, y=500, size=20, font="F2")
    points = [show(point, x=72, y=420 - 30 * n) for n, point in enumerate(["\x95 Anna flies", "\x95 Boris rests"])]
    document = parse([title, show("Anna Heron", x=250, y=470), *points], media_box="0 0 612 540")
    assert of_kind(document, BlockKind.AUTHORS) == ["Anna Heron"]
    assert of_kind(document, BlockKind.LIST) == ["• Anna flies", "• Boris rests"]


def test_address_in_italics_at_a_columns_foot_is_a_footnote(parse):
    left = [heading("1 Introduction", 690), paragraph(["cranes rest over open ice in the autumn"] * 40, x=72, y=670)]
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    mail = ["Anna Heron is Professor of Birds at", "the Marsh (e-mail: anna@birds.example)."]
    address = [show(line, x=72, y=170 - 12 * n, font="F2") for n, line in enumerate(mail)]
    right = paragraph(["wheat is scarce, and the fields are wet, and"] * 45, x=320, y=690)
    document = parse([title, *left, *address, right])
    assert block_with(document, "anna@birds").kind is BlockKind.FOOTNOTE


def test_addresses_go_on_at_the_foot_of_the_right_column(parse):
    title = show("Silent Flight over Wetlands", x=150, y=740, size=20, font="F2")
    left = [heading("1 Introduction", 690), paragraph(["cranes rest over open ice in the autumn"] * 40, x=72, y=670)]
    right = paragraph(["wheat is scarce, and the fields are wet, and"] * 42, x=320, y=690)
    first = paragraph(["[*] Dr. A. Heron, Prof. B. Stork", "Institute of Birds, Marsh (Iceland)"], x=72, y=150, size=8)
    second = paragraph(["Dr. C. Teal, Institute of Water", "80039 Coast (Iceland)"], x=320, y=150, size=8)
    document = parse([title, *left, first, right, second])
    assert block_with(document, "Institute of Birds").kind is BlockKind.FOOTNOTE
    assert block_with(document, "Institute of Water").kind is BlockKind.FOOTNOTE


def test_sentence_that_begins_a_line_with_a_number_is_no_heading(parse):
    line = "2. Both the first and the second of the terms on the right of (18b) are counted as cranes are"
    rest = ["counted, by hand and from the air, and the last of them in autumn over the marsh and the coast"] * 4
    page = [show(line, x=72, y=560, size=11), paragraph(rest, x=72, y=548, size=10)]
    assert sections(parse([*opening(), *page])) == ["1 Introduction"]


def test_sentence_goes_on_past_the_words_of_a_figure(parse):
    text = ["cranes rest over open ice in the autumn, and the marsh is wide, and the fields of wheat are wet and"] * 20
    words = [
        show(word, x=200, y=700 - 12 * n) for n, word in enumerate(["Count by hand", "Leave at noon", "Stand still"])
    ]
    caption = show("Figure 2: Ways to count.", x=200, y=640, size=9)
    rest = paragraph(
        ["then they fly on to the coast, where they stay in the reeds until the first of the warm winds"] * 4,
        x=72,
        y=600,
    )
    document = parse([*opening(), paragraph(text, x=72, y=560)], [*words, caption, rest])
    assert "are wet and then they fly on" in block_with(document, "then they fly on").text
