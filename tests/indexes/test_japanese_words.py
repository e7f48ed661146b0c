from indexes.japanese.words import folded, is_latin, words_of

COSTS = {
    "東京": 8.0,
    "京都": 8.0,
    "東京都": 9.0,
    "は": 2.0,
    "B細胞": 9.0,
    "細胞": 9.0,
    "受容体": 9.0,
    "に": 2.0,
    "アリ": 14.0,
}


def test_long_word_wins_over_the_short_ones_that_fill_it() -> None:
    assert words_of("東京都は", COSTS) == ["東京都", "は"]


def test_latin_words_and_numbers_stay_whole() -> None:
    assert words_of("2019-nCoVは3.5%に", COSTS) == ["2019-nCoV", "は", "3.5%", "に"]
    assert is_latin("2019-nCoV")
    assert not is_latin("B細胞")


def test_word_of_the_lexicon_may_begin_with_a_latin_letter() -> None:
    assert words_of("B細胞受容体", COSTS) == ["B細胞", "受容体"]
    assert words_of("CD40細胞", COSTS) == ["CD40", "細胞"]


def test_unknown_katakana_is_one_word() -> None:
    assert words_of("トルトラズリルは", COSTS) == ["トルトラズリル", "は"]
    assert words_of("アリゾナ", COSTS) == ["アリゾナ"]


def test_words_are_found_in_full_width() -> None:
    assert words_of(folded("Ｂ細胞"), COSTS) == ["B細胞"]


def test_punctuation_and_emptiness_give_no_words() -> None:
    assert words_of("。、！？ ", COSTS) == []
    assert words_of("", COSTS) == []
