import pytest

from indexes.errors import UnreadableSource
from indexes.records import Language, SourceKind
from ingest.document import BlockKind, ParsedDocument
from ingest.plain_text import parse_text

PAPER = """Counting Cranes from Quiet Drones

https://example.org/cranes

Authors: Mori, Aya; Field, Jon
Date: 2024-03-29
DOI: 10.1234/Cranes.5
License: cc-by

Abstract: We count cranes from drones. They hardly notice.

Text: Cranes are shy. Drones are loud.

2 Method

We flew at dusk. Each flight took 18 minutes.

2.1 Cameras

- one wide lens
- one long lens

Figure 1: The flight path over the marsh.

References

[1] A. Mori. Quiet rotors. 2020.

[2] J. Field. Loud rotors. 2021.

Appendix A

The counts of every dusk stand here.
"""


def kinds(document: ParsedDocument) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text.split("\n")[0]) for block in document.blocks]


def test_header_gives_metadata_and_no_evidence() -> None:
    document = parse_text(PAPER.encode(), source="cranes.txt")
    paper = document.paper
    assert paper.title == "Counting Cranes from Quiet Drones"
    assert paper.authors == ("Aya Mori", "Jon Field")
    assert (paper.published, paper.doi, paper.url) == ("2024-03-29", "10.1234/cranes.5", "https://example.org/cranes")
    assert paper.abstract == "We count cranes from drones. They hardly notice."
    assert (paper.source_kind, paper.language, paper.page_count) == (SourceKind.TEXT, Language.ENGLISH, 1)
    assert [kind for kind, _ in kinds(document)[:3]] == [BlockKind.TITLE, BlockKind.FURNITURE, BlockKind.AUTHORS]


def test_blocks_sections_and_references() -> None:
    document = parse_text(PAPER.encode(), source="cranes.txt")
    assert [(section.title, section.level, section.parent) for section in document.sections] == [
        ("2 Method", 1, None),
        ("2.1 Cameras", 2, 0),
        ("References", 1, None),
        ("Appendix A", 1, None),
    ]
    assert kinds(document)[3:] == [
        (BlockKind.FURNITURE, "Abstract:"),
        (BlockKind.ABSTRACT, "We count cranes from drones. They hardly notice."),
        (BlockKind.FURNITURE, "Text:"),
        (BlockKind.PARAGRAPH, "Cranes are shy. Drones are loud."),
        (BlockKind.HEADING, "2 Method"),
        (BlockKind.PARAGRAPH, "We flew at dusk. Each flight took 18 minutes."),
        (BlockKind.HEADING, "2.1 Cameras"),
        (BlockKind.LIST, "- one wide lens"),
        (BlockKind.CAPTION, "Figure 1: The flight path over the marsh."),
        (BlockKind.HEADING, "References"),
        (BlockKind.REFERENCE, "[1] A. Mori. Quiet rotors. 2020."),
        (BlockKind.REFERENCE, "[2] J. Field. Loud rotors. 2021."),
        (BlockKind.HEADING, "Appendix A"),
        (BlockKind.PARAGRAPH, "The counts of every dusk stand here."),
    ]


def test_every_block_is_a_slice_of_the_file() -> None:
    document = parse_text(PAPER.encode(), source="cranes.txt")
    assert all(block.text in PAPER for block in document.blocks)


def test_japanese_text_in_its_old_encodings() -> None:
    text = "鶴の数え方\n\n概要\n\n夕方に鶴を数えた。412羽だった。\n\n参考文献\n\n森. 静かな回転翼. 2020."
    for encoding in ("utf-8", "cp932", "euc_jp", "utf-16"):
        document = parse_text(text.encode(encoding), source="鶴.txt")
        assert document.paper.title == "鶴の数え方"
        assert document.paper.language is Language.JAPANESE
        assert document.paper.abstract == "夕方に鶴を数えた。412羽だった。"
        assert document.blocks[-1].kind is BlockKind.REFERENCE


@pytest.mark.parametrize("content", [b"", b" \n\n\t", b"\x00\x01\x02 binary"])
def test_empty_and_binary_files_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSource):
        parse_text(content, source="empty.txt")


def test_a_text_without_a_title_is_named_after_its_file() -> None:
    document = parse_text(b"It rained all day. No crane was seen.", source="folder/dusk_notes.txt")
    assert document.paper.title == "dusk notes"
    assert kinds(document) == [(BlockKind.PARAGRAPH, "It rained all day. No crane was seen.")]


def test_a_short_line_with_a_full_stop_is_prose() -> None:
    document = parse_text(b"Cranes at Dusk\n\nNone came.\n\nMethods\n\nWe waited.", source="a.txt")
    assert [kind for kind, _ in kinds(document)] == [
        BlockKind.TITLE,
        BlockKind.PARAGRAPH,
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    ]
