"""Names of authors out of lines, and places told from persons."""

import pytest

from ingest.pdf.front.name_lists import names_in
from ingest.pdf.front.names import MarkedName, is_name, normal_marks, run_together, tidy

NOTHING_COMMON: frozenset[str] = frozenset()


def names(text: str, *, common: frozenset[str] = NOTHING_COMMON) -> list[str]:
    found, _ = names_in(text, common=common)
    return [name.name for name in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Aya Mori, Jon Field, and Ada Heron", ["Aya Mori", "Jon Field", "Ada Heron"]),
        ("Aya Mori1,2*, Jon Field2 and Ada Heron∗†", ["Aya Mori", "Jon Field", "Ada Heron"]),
        ("Aya Mori¹,², Jon Field² & Ada Heron", ["Aya Mori", "Jon Field", "Ada Heron"]),
        ("Aya Mori a, Jon Field a,∗, Ada Heron b", ["Aya Mori", "Jon Field", "Ada Heron"]),
        ("A. B. Mori, J.-P. Field, D.G.T. Heron", ["A. B. Mori", "J.-P. Field", "D.G.T. Heron"]),
        ("Mori, Aya; Field, Jon", ["Aya Mori", "Jon Field"]),
        ("Mori, A., Field, J. P.", ["A. Mori", "J. P. Field"]),
        ("Ludwig van der Crane, María de la Grulla", ["Ludwig van der Crane", "María de la Grulla"]),
        ("Aya MORI and JON FIELD", ["Aya MORI", "JON FIELD"]),
        ("Aya Mori, PhD, Jon Field, MD, MPH", ["Aya Mori", "Jon Field"]),
        ("Aya Mori, Senior Member, IEEE, and Jon Field, Jr.", ["Aya Mori", "Jon Field, Jr."]),
        ("Ruby Stork Ada B. Heron Jon C. Field", ["Ruby Stork", "Ada B. Heron", "Jon C. Field"]),
        ("Sri1, Aya Mori2", []),  # a list that begins with one word alone is not believed
        ("Aya Mori1, Suharto2", ["Aya Mori", "Suharto"]),
        ("山田 太郎 鈴木 花子", ["山田 太郎", "鈴木 花子"]),
        ("Aya Mori and the Marsh Collaboration", ["Aya Mori", "the Marsh Collaboration"]),
    ],
)
def test_lists_of_names_are_parted(line, expected):
    assert names(line) == expected


def test_marks_stay_with_their_name():
    found, _ = names_in("Aya Mori1,2,*, Jon Field3", common=NOTHING_COMMON)
    assert found == (MarkedName("Aya Mori", ("1", "2", "*")), MarkedName("Jon Field", ("3",)))
    assert normal_marks("¹²,∗†") == ("12", "*", "†")


def test_place_behind_a_name_is_given_back():
    found, place = names_in("Aya Mori, Crane University, Marsh City", common=NOTHING_COMMON)
    assert [name.name for name in found] == ["Aya Mori"]
    assert place == "Crane University, Marsh City"


@pytest.mark.parametrize(
    "line",
    [
        "Department of Birds, University of the Marsh",
        "Palo Alto, CA 94304",
        "Machine Learning",
        "The Netherlands",
        "12 Heron Street, London",
        "Crane Technologies Inc.",
        "東京大学",
    ],
)
def test_places_and_headings_are_no_names(line):
    assert names(line) == []


def test_line_of_words_that_the_paper_writes_small_is_no_name():
    common = frozenset({"counting", "birds"})
    assert names("Counting Birds", common=common) == []
    assert names("Counting Field", common=common) == ["Counting Field"]


def test_lost_spaces_come_back_but_not_inside_surnames():
    assert tidy("DanielG. Crane") == "Daniel G. Crane"
    assert tidy("Xin-MingHeron") == "Xin-Ming Heron"
    assert tidy("McHeron") == "McHeron"


def test_names_without_commas_are_parted_only_where_initials_or_number_tell():
    assert run_together("Jon Adam Crane Field") == ["Jon Adam Crane Field"]
    assert run_together("Ada Heron Raymond J. Stork") == ["Ada Heron", "Raymond J. Stork"]


def test_single_words_digits_and_long_texts_are_no_names():
    assert not is_name("Mori")
    assert not is_name("Aya Mor1")
    assert not is_name("Aya " * 20)
