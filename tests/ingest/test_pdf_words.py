"""The text rules of the PDF parser: lettering, names, identifiers, dates, headings, captions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pdf.front.abstract_words import is_abstract_heading, strip_abstract_start
from ingest.pdf.front.authors import is_name
from ingest.pdf.front.identifiers import ArxivStamp, find_date, find_doi, find_stamp
from ingest.pdf.front.matter import is_junk_title
from ingest.pdf.headings import is_known, normal
from ingest.pdf.lettering import clean
from ingest.pdf.references import opens_references
from ingest.pdf.shapes import caption_label


@given(st.text(alphabet=st.characters()))
def test_clean_text_can_be_written_and_holds_no_controls(text):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(letter < " " and letter != "\u0002" for letter in cleaned)
    assert "\u0002" not in cleaned[:-1]


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


def test_ligatures_and_soft_hyphens_are_unfolded():
    assert clean("eﬃcient ﬁles ﬂow") == "efficient files flow"
    assert clean("mid\u00adword and end\ufffe") == "mid-word and end\u0002"


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("arXiv:2403.01234v1 [cs.CL] 16 Oct 2023", ArxivStamp("2403.01234", ("cs.CL",), "2023-10-16", 1)),
        ("arXiv:cs/0102003v2  [cs.LG]  1 Feb 2001", ArxivStamp("cs/0102003", ("cs.LG",), "2001-02", 2, "2001-02-01")),
        ("arXiv:2403.01234", ArxivStamp("2403.01234", (), "2024-03")),
        ("no stamp here", None),
    ],
)
def test_stamp(text, stamp):
    assert find_stamp(text) == stamp


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1000/ABC.12(3).", "10.1000/abc.12(3)"),
        ("(doi: 10.1000/xyz)", "10.1000/xyz"),
        ("version 10.2 of 3", None),
    ],
)
def test_doi(text, doi):
    assert find_doi(text) == doi


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Received 1 March 2019; Accepted 2 May 2019; Published 7 June 2019", "2019-06-07"),
        ("Proceedings of the Marsh Conference, October 2003, Lund", "2003-10"),
        ("2021年3月5日", "2021-03-05"),
        ("Copyright © 2017 by the authors", "2017"),
        ("we flew 2000 metres", None),
    ],
)
def test_date(text, date):
    assert find_date(text) == date


@pytest.mark.parametrize("name", ["Aya Mori", "S. K. Morgan Field", "Zoë van der Marsch", "森彩", "Ana Díaz-López"])
def test_names(name):
    assert is_name(name)


@pytest.mark.parametrize(
    "text", ["University of the Marsh", "Lund 22100", "Crane", "we count cranes", "aya@marsh.example"]
)
def test_no_names(text):
    assert not is_name(text)


@pytest.mark.parametrize("title", ["Microsoft Word - a.doc", "untitled", "paper.dvi", "x"])
def test_junk_titles(title):
    assert is_junk_title(title)


def test_a_title_with_words_is_no_junk():
    assert not is_junk_title("Counting Cranes from Quiet Drones")
    assert not is_junk_title("鶴を数える方法")


@pytest.mark.parametrize("text", ["1 Introduction", "II. RELATED WORK", "A B S T R A C T", "はじめに", "5.2. Results"])
def test_known_headings(text):
    assert is_known(text)


def test_heading_without_its_number():
    assert normal("3.1 Data and Code") == "data and code"
    assert normal("A bird in the hand") == "a bird in the hand"


@pytest.mark.parametrize("text", ["References", "7. REFERENCES", "参考文献", "Bibliography"])
def test_reference_headings(text):
    assert opens_references(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Figure 3: Cranes", "figure"),
        ("Fig. 2. Cranes", "fig"),
        ("TABLE IV", "table"),
        ("表 1 鶴の数", "表"),
        ("Figure 3 shows cranes", None),
        ("Tables are turned", None),
    ],
)
def test_captions_are_told_from_sentences(text, label):
    assert caption_label(text) == label


def test_abstract_headings():
    assert is_abstract_heading("Abstract—")
    assert not is_abstract_heading("Abstract algebra of cranes")
    assert strip_abstract_start("Abstract: We count cranes.") == "We count cranes."
