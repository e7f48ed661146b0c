"""From glyphs to words: powers and citation marks, lost and false spaces, letters drawn twice or apart, accents."""

from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from pdf_files import pdf_bytes, raised, show, spaced

from ingest.pdf.characters import CharacterReader
from ingest.pdf.fragments import fragments_of
from ingest.pdf.lettering import clean

WIDTHS = dict.fromkeys("0123456789", 0.5)
"""Of Times-Roman's digits, in ems."""


@pytest.fixture
def read(tmp_path):
    def read(content: str) -> list[str]:
        document = pypdfium2.PdfDocument(pdf_bytes([content]))
        try:
            glyphs = CharacterReader().read(document[0], number=1)
        finally:
            document.close()
        return [fragment.text for fragment in fragments_of(glyphs)]

    return read


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("about 10", 10, 0), ("-5", 7, 4), (" cranes", 10, 0)], "about 10⁻⁵ cranes"),
        ([("near 3 x 10", 10, 0), ("8", 7, 4), (" feathers", 10, 0)], "near 3 x 10⁸ feathers"),
        ([("the cranes", 10, 0), ("12", 7, 4), (", and drones", 10, 0)], "the cranes¹², and drones"),
        ([("of cranes.", 10, 0), ("4,7-9", 7, 4), (" Drones", 10, 0)], "of cranes.⁴,⁷-⁹ Drones"),
        ([("Drone[27] sees", 10, 0)], "Drone[27] sees"),
        ([("12 cm", 10, 0), ("2", 7, 4), (" of wing", 10, 0)], "12 cm2 of wing"),
        ([("MoS", 10, 0), ("2", 7, -2), (" and Fe", 10, 0), ("3+", 7, 4)], "MoS2 and Fe3+"),
        ([("22", 7, 4), (" The input weights", 10, 0)], "22 The input weights"),
        ([("the 1", 10, 0), ("st", 7, 4), (" crane", 10, 0)], "the 1st crane"),
    ],
)
def test_raised_digits_are_told_from_numbers(read, parts, text):
    assert read(raised(parts, x=72, y=700)) == [text]


def test_thin_space_before_a_unit_is_a_space(read):
    """A thin space of 0.11 em that no character stands for."""
    first = show("within 593", x=72, y=700)
    document = pypdfium2.PdfDocument(pdf_bytes([first]))
    end = CharacterReader().read(document[0], number=1).x1[-1]
    document.close()
    assert read("\n".join([first, show("nm of light", x=end + 1.1, y=700)])) == ["within 593 nm of light"]
    assert read("\n".join([first, show("nm of light", x=end + 0.3, y=700)])) == ["within 593nm of light"]


def test_kerned_capitals_are_one_word(read):
    """The file has a space between the capitals, and draws them as close as letters."""
    first = show("the level CRANEV", x=72, y=700)
    document = pypdfium2.PdfDocument(pdf_bytes([first]))
    end = CharacterReader().read(document[0], number=1).x1[-1]
    document.close()
    space = 2.5
    assert read("\n".join([first, show(" IEW is read", x=end + 0.8 - space, y=700)])) == ["the level CRANEVIEW is read"]
    assert read("\n".join([first, show(" IEW is read", x=end + 2.6 - space, y=700)])) == [
        "the level CRANEV IEW is read"
    ]


def test_letterspaced_heading_is_joined(read):
    assert read(spaced("ABSTRACT", x=72, y=700, spacing=4)) == ["ABSTRACT"]
    assert read(spaced("ARTICLE INFO", x=72, y=700, spacing=2.5)) == ["ARTICLE INFO"]
    assert read(show("A B S T R A C T", x=72, y=700)) == ["ABSTRACT"]


def test_letters_drawn_twice_are_read_once(read):
    lines = ["Cranes offer coffee", "to drones that rest", "in shallow water", "and to the herons", "of the wide marsh"]
    drawn = [
        show(line, x=72 + shift, y=700 - 12 * n, size=10 + shift / 100)
        for shift in (0, 0.6)
        for n, line in enumerate(lines)
    ]
    assert read("\n".join(drawn)) == lines


def test_letters_read_from_one_glyph_are_no_doubles():
    document = pypdfium2.PdfDocument(pdf_bytes([show("coffee", x=72, y=700)]))
    glyphs = CharacterReader().read(document[0], number=1)
    document.close()
    x0, x1 = glyphs.x0.copy(), glyphs.x1.copy()
    x0[3], x1[2] = x0[2], x1[3]
    assert [fragment.text for fragment in fragments_of(replace(glyphs, x0=x0, x1=x1))] == ["coffee"]


def test_accent_drawn_over_a_letter_is_joined_to_it(read):
    word = show("Gun Sirer", x=72, y=700)
    document = pypdfium2.PdfDocument(pdf_bytes([word]))
    glyphs = CharacterReader().read(document[0], number=1)
    document.close()
    middle = (glyphs.x0[1] + glyphs.x1[1]) / 2
    accent = show("\xa8", x=middle - 1.66, y=700)
    assert read("\n".join([word, accent])) == ["Gün Sirer"]


def test_ligatures_of_fonts_without_names_are_found_in_words():
    document = pypdfium2.PdfDocument(pdf_bytes([show("eXective coXee X", x=72, y=700)]))
    glyphs = CharacterReader().read(document[0], number=1)
    document.close()
    codes = np.where(glyphs.codes == ord("X"), 0x0B, glyphs.codes)
    assert [fragment.text for fragment in fragments_of(replace(glyphs, codes=codes))] == ["effective coffee"]


def test_mathematical_alphabets_and_radicals_are_plain():
    assert clean("𝑛 = 𝟑, 𝛼") == "n = 3, α"
    assert clean("⼈⼯知能") == "人工知能"
    assert clean("ｶﾞｲﾄﾞ") == "ガイド"
    assert clean("ＮＬＰ（２０２１）") == "ＮＬＰ（２０２１）"
