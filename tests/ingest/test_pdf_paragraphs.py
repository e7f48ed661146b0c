"""Sentences that go on after a break, past what stands between."""

import pytest
from pdf_files import paragraph, pdf_bytes, show

from ingest.document import BlockKind
from ingest.pdf.parser import parse_pdf

OPENING = [
    "Cranes come to the marsh in autumn and stay until the ice has",
    "closed the last open water, after which all of them move on to",
]
ADDRESS = ["A. Heron, Institute of Birds, 7 Reed Street, Marsh", "B. Stork, Institute of Birds, 9 Reed Street, Marsh"]


def texts(tmp_path, second: list[str], *, size: float) -> list[str]:
    first = "\n".join(
        [
            show("Silent Flight over Wetlands", x=150, y=720, size=20, font="F2"),
            show("1 Introduction", x=72, y=600, size=14, font="F2"),
            paragraph(["Drones that fly too high to be heard count the cranes of a marsh."] * 8, x=72, y=570),
            paragraph(OPENING, x=72, y=400),
            paragraph(ADDRESS, x=72, y=350, size=size),
        ]
    )
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf_bytes([first, paragraph(second, x=72, y=600)]))
    blocks = parse_pdf(path, source="made.pdf", max_pages=5).blocks
    return [block.text for block in blocks if block.kind is not BlockKind.FURNITURE]


def test_sentence_goes_on_past_small_print(tmp_path):
    found = texts(tmp_path, ["the south coast and feed on fields of winter wheat."], size=7)
    assert any("move on to the south coast" in text for text in found)


@pytest.mark.parametrize(
    ("second", "size"),
    [(["The south coast is where they feed."], 7), (["the south coast and feed on fields of winter wheat."], 10)],
)
def test_sentence_does_not_go_on_past_prose_nor_into_another(tmp_path, second, size):
    assert not any("move on to the south coast" in text.casefold() for text in texts(tmp_path, second, size=size))
