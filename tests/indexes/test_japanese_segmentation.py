"""Which words cover a text."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexes.japanese.segmentation import covering

LETTERS = "機械学習率感染者高いはーアリゾナmodel "


def words_in(text, words):
    spans = covering(text, words, longest=max(map(len, words)))
    return [text[start:end] for start, end in spans]


def test_the_longest_word_wins():
    assert words_in("機械学習", {"機械", "学習", "機械学習"}) == ["機械学習"]


def test_of_equally_many_words_the_longest_is_taken():
    assert words_in("抗体依存", {"抗体", "依存", "抗体依", "存"}) == ["抗体依", "存"]


def test_a_greedy_trap_is_passed():
    """Taking the longest word at each place would give 東京都 and leave 庁 and 舎 over."""
    assert words_in("東京都庁舎", {"東京", "東京都", "都庁舎"}) == ["東京", "都庁舎"]


def test_a_word_across_a_border_is_not_taken():
    assert words_in("東京都立", {"東京", "京都", "都立"}) == ["東京", "都立"]


def test_parts_of_an_unknown_compound_are_found():
    assert words_in("ニューラル翻訳モデル", {"ニューラル", "モデル", "翻訳"}) == ["ニューラル", "翻訳", "モデル"]


def test_a_single_character_of_an_unknown_word_is_not_believed():
    assert words_in("教科", {"科"}) == []
    assert words_in("この科は", {"科"}) == ["科"]


def test_a_short_katakana_word_within_an_unknown_one_is_not_believed():
    assert words_in("アリゾナ", {"アリ"}) == []
    assert words_in("アリの", {"アリ"}) == ["アリ"]


def test_a_hole_far_off_in_the_run_of_katakana_counts_and_one_past_its_end_does_not():
    assert words_in("アリアリアリゾ", {"アリ"}) == []
    assert words_in("アリとアリゾ、アリ", {"アリ"}) == ["アリ", "アリ"]


def test_a_long_run_of_short_katakana_words_costs_no_time():
    began = time.process_time()
    assert len(covering("アリ" * 5_000, {"アリ"}, longest=2)) == 5_000
    assert time.process_time() - began < 1


def test_a_long_mark_after_a_word_is_passed_over():
    words = {"コンピュータ", "ウイルス"}
    assert words_in("コンピューターウイルス", words) == ["コンピュータ", "ウイルス"]


@given(st.text(alphabet=LETTERS, max_size=20), st.sets(st.text(alphabet=LETTERS, min_size=1, max_size=4), min_size=1))
def test_spans_are_words_in_order_without_overlap(text, words):
    spans = covering(text, words, longest=4)
    assert all(text[start:end] in words for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
