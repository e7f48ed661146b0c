"""Hyphens at line ends: kept or dropped by the words that the document holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pdf.hyphenation import NO_WORDS, keeps_hyphen, vocabulary_of
from ingest.pdf.joining import plain_text


@pytest.mark.parametrize(
    ("before", "after", "line", "keeps"),
    [
        ("the detec", "tion of birds", "detection is slow", False),
        ("the detec", "tion of birds", "nothing of the kind", False),
        ("a grammar", "constrained decoder", "a grammar keeps it constrained", True),
        ("a grammar", "constrained decoder", "grammarconstrained it is", False),
        ("one wet", "land bird", "a wet-land bird", True),
        ("a proof", "of-flight bird", "the proof of it", True),
        ("the state-of-the", "art drone", "an art of the marsh", True),
        ("a self-supervi", "sed bird", "supervised birds", False),
        ("a quiet", "Observer", "nothing of the kind", True),
        ("CRANE", "WATCH", "nothing of the kind", False),
        ("a feather", "like wing", "nothing of the kind", True),
        ("an over", "come fear", "over there they come", False),
        ("search", "ing cranes", "we search ing", False),
        ("in 2019", "2020 they", "nothing of the kind", True),
    ],
)
def test_hyphen_is_decided_by_the_documents_words(before, after, line, keeps):
    assert keeps_hyphen(before, after, vocabulary_of([line])) is keeps


def test_no_word_no_decision():
    assert keeps_hyphen("(", "tion", NO_WORDS) is None


def test_halves_of_broken_words_are_no_words():
    vocabulary = vocabulary_of(["we count wet-", "land cranes", "well-known birds"])
    assert {"we", "count", "cranes", "well-known", "birds"} == vocabulary.words
    assert {"well", "known"} == vocabulary.parts


def test_title_keeps_the_hyphen_of_its_own():
    texts = ["Counting Cranes by the Double-", "Observer Method in Wet-", "lands"]
    joined = plain_text(texts, vocabulary=vocabulary_of(["the wetlands"]))
    assert joined == "Counting Cranes by the Double-Observer Method in Wetlands"


@given(st.lists(st.text(alphabet="abcXYZ -\u0002", min_size=1, max_size=12), max_size=6))
def test_joining_keeps_every_letter_in_order(texts):
    joined = plain_text(texts, vocabulary=vocabulary_of(texts))
    kept = [letter for letter in joined if letter.isalpha()]
    assert kept == [letter for text in texts for letter in text if letter.isalpha()]
