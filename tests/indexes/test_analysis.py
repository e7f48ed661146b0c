import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.analysis import is_mostly_cjk, terms_of


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("GPT-4", "we prompt GPT-4 twice"),
        ("GPT4", "we prompt GPT-4 twice"),
        ("gpt 4", "we prompt GPT‐4 twice"),
        ("BERT", "fine-tuned BERT-base"),
        ("il-6", "IL6 rose"),
        ("encoders", "one encoder"),
        ("naive", "a naïve rule"),
        ("ＧＰＴ", "gpt"),
        ("ﬁne", "fine"),
        ("Erdős", "Erdos number"),
        ("paper's", "the paper’s claim"),
        ("cranes", "鶴cranes鶴"),
        ("精度", "モデルの精度を測る"),
        ("ｶﾞﾗｽ", "ガラス"),
    ],
)
def test_query_and_text_meet(query: str, text: str) -> None:
    assert set(terms_of(query)) <= set(terms_of(text)) or set(terms_of(query)) & set(terms_of(text)) - {"4", "6"}


def test_compound_gives_parts_then_whole() -> None:
    assert terms_of("BERT-base") == ["bert", "base", "bertbase"]
    assert terms_of("GPT-4") == ["gpt", "4", "gpt4"]


def test_citation_marks_are_no_part_of_the_word() -> None:
    assert terms_of("models¹², drones.⁴,⁷–⁹") == terms_of("models , drones.")


def test_powers_are_no_other_numbers() -> None:
    assert terms_of("10⁸") == ["10", "8"] == terms_of("10^8")
    assert terms_of("10⁻⁵") == ["10", "5", "10-5"] == terms_of("10-5")
    assert (terms_of("R²"), terms_of("CO₂")) == (["r2"], ["co2"])


def test_digits_keep_their_joiner() -> None:
    assert terms_of("10-5") == ["10", "5", "10-5"]
    assert terms_of("10−5") == ["10", "5", "10-5"]
    assert terms_of("3.14") == ["3", "14", "3.14"]
    assert "105" not in terms_of("10-5")


def test_cjk_runs_become_bigrams() -> None:
    assert terms_of("鶴の数") == ["鶴の", "の数"]
    assert terms_of("犬") == ["犬"]


def test_kana_keep_their_voicing() -> None:
    assert terms_of("が") != terms_of("か")


def test_query_syntax_is_only_text() -> None:
    assert terms_of('title:"x" AND (NOT y)^2 OR [a TO *]~ \\') == ["titl", "x", "and", "not", "y", "2", "or", "a", "to"]


def test_long_words_are_cut() -> None:
    assert [len(term) for term in terms_of("a" * 500)] == [64]


def test_nothing_gives_nothing() -> None:
    assert terms_of(" \n …—!? ") == []


@given(st.text(max_size=200))
def test_terms_hold_no_space_and_are_not_empty(text: str) -> None:
    assert all(term and not term.isspace() and len(term.split()) == 1 for term in terms_of(text))


@given(st.text(max_size=200))
def test_case_and_width_do_not_matter(text: str) -> None:
    assert terms_of(text.upper().casefold()) == terms_of(text.upper())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("精度はどれくらいですか", True),
        ("BERTの精度は高いか", True),
        ("What is GSM8K?", False),
        ("the word 鶴 here", False),
    ],
)
def test_is_mostly_cjk(text: str, expected: bool) -> None:
    assert is_mostly_cjk(text) is expected


def test_nothing_is_not_cjk() -> None:
    assert not is_mostly_cjk("?! ")
