"""The list's form, and what is found in questions."""

import re
import unicodedata
from itertools import pairwise

import pytest

from indexes.analysis import is_mostly_cjk, terms_of
from indexes.errors import BadInput
from indexes.japanese import glossary
from indexes.japanese.glossary import RANK_WEIGHTS, entries, folded_text, translated_terms

STOP_WORDS = frozenset(
    re.findall(r"[a-z]+", "a an and are as at be by for from has have in is it its of on or that the to with")
)
"""In small letters: US and IT are none of them. Nor are question words and quantities: "how many" is answered."""
SMALLEST_LIST = 7500


def best_of(text):
    return {found.surface: found.alternatives[0].terms for found in translated_terms(text)}


def test_the_list_is_sorted_and_without_duplicates():
    words = [entry.word for entry in entries()]
    assert len(words) >= SMALLEST_LIST
    assert words == sorted(set(words))


def test_every_entry_is_well_formed():
    faults = [
        entry
        for entry in entries()
        if unicodedata.normalize("NFKC", entry.word) != entry.word
        or re.search(r"\s", entry.word)
        or not re.search(r"[\u3040-\u30ff\u3400-\u9fff]", entry.word)
        or not 1 <= len(set(entry.translations)) == len(entry.translations) <= len(RANK_WEIGHTS)
        or not re.fullmatch(r"[a-z -]+", entry.field)
    ]
    assert faults == []


def test_every_translation_is_english_with_a_word_that_means_something():
    faults = [
        (entry.word, translation)
        for entry in entries()
        for translation in entry.translations
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 .'-]*", translation)
        or STOP_WORDS.issuperset(translation.split())
        or is_mostly_cjk(translation)
    ]
    assert faults == []


def test_a_term_is_given_as_the_analysis_gives_it():
    (found,) = translated_terms("機械翻訳")
    assert found.surface == "機械翻訳"
    assert [alternative.terms for alternative in found.alternatives] == [
        tuple(terms_of("machine translation")),
        ("mt",),
    ]


def test_weights_begin_with_one_and_fall():
    for found in translated_terms("感染の割合と原因、影響、手法を調べる", k=4):
        weights = [alternative.weight for alternative in found.alternatives]
        assert weights[0] == 1
        assert all(first > second for first, second in pairwise(weights))


def test_k_limits_the_translations():
    assert [len(found.alternatives) for found in translated_terms("割合", k=1)] == [1]
    assert [len(found.alternatives) for found in translated_terms("割合", k=3)] == [3]


def test_parts_are_found_where_the_whole_is_unknown():
    assert best_of("ニューラル機械翻訳モデル") == {
        "ニューラル機械翻訳": ("neural", "machin", "translat"),
        "モデル": ("model",),
    }


@pytest.mark.parametrize("spelled", ["コロナウイルス", "コロナウィルス", "コロナ・ウイルス", "ｺﾛﾅｳｲﾙｽ"])
def test_spellings_of_katakana_meet(spelled):
    assert list(best_of(spelled).values()) == [("coronavirus",)]


@pytest.mark.parametrize("spelled", ["トランスフォーマー", "トランスフォーマ"])
def test_a_long_mark_at_the_end_is_free(spelled):
    assert list(best_of(spelled).values()) == [("transform",)]


@pytest.mark.parametrize("question", ["どう検出した?", "どう検出される?", "検出の方法は?"])
def test_verbs_made_of_nouns_are_found_by_the_noun(question):
    assert best_of(question)["検出"] == ("detect",)


def test_inflected_verbs_are_found():
    assert best_of("何が調べられましたか")["調べら"] == ("examin",)
    assert best_of("辞書を使って")["使っ"] == ("use",)


def test_latin_words_are_left_to_the_analysis():
    assert best_of("BERTのモデルは2つ") == {"モデル": ("model",)}
    assert translated_terms("What is BERT?") == ()


def test_a_word_is_given_once():
    assert [found.surface for found in translated_terms("モデルとモデル")] == ["モデル"]


def test_k_below_one_is_refused():
    with pytest.raises(BadInput, match="k is 0"):
        translated_terms("割合", k=0)


def test_an_own_spelling_wins_over_an_inflected_form(monkeypatch):
    made = [glossary.Entry("高い", ("high",), "x"), glossary.Entry("高さ", ("height",), "x")]
    monkeypatch.setattr(glossary, "entries", lambda: iter(made))
    glossary._glossary.cache_clear()
    try:
        assert best_of("高さと高く") == {"高さ": ("height",), "高く": ("high",)}
    finally:
        monkeypatch.undo()
        glossary._glossary.cache_clear()


def test_folding_keeps_latin_words_apart_from_kana():
    assert folded_text("ＢＥＲＴ・モデル") == "bert・モデル"
