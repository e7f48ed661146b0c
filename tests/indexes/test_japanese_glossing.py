from indexes.japanese.glossing import gloss_of, has_japanese
from indexes.japanese.lexicon import Lexicon, read_lexicon
from indexes.japanese.windows import MAX_WINDOWS, WINDOW_CHARACTERS, windows_of

LEXICON = Lexicon(
    {"鶴": 9.0, "を": 2.0, "数える": 9.0, "注意機構": 9.0, "とは": 3.0},
    {"鶴": "crane", "を": "", "数える": "count", "注意機構": "attention mechanism", "とは": ""},
)


def test_gloss_holds_the_english_of_each_word_in_order() -> None:
    assert gloss_of("鶴を数える。", LEXICON) == "crane count"


def test_english_around_a_japanese_word_is_left_alone() -> None:
    assert " ".join(gloss_of("What does 注意機構 (GPT-4) mean?", LEXICON).split()) == (
        "What does attention mechanism (GPT-4) mean?"
    )


def test_repeated_and_unknown_words_are_left_out() -> None:
    assert gloss_of("鶴、鶴を鰐", LEXICON) == "crane"


def test_no_japanese_character_is_left_by_the_real_lexicon() -> None:
    lexicon = read_lexicon()
    for text in ("抗体の役割は何ですか？", "ﾓﾃﾞﾙの精度", "トルトラズリルとは", "The 鶴 of 東京, ヴ", "々〆ヵヶー"):
        assert not has_japanese(gloss_of(text, lexicon)), text


def test_real_lexicon_knows_the_words_of_papers() -> None:
    gloss = gloss_of("膜貫通ドメインを持つタンパク質の構造", read_lexicon())
    assert {"transmembrane", "domain", "protein", "structure"} <= set(gloss.lower().split())


def test_half_width_katakana_is_japanese_and_accents_are_not() -> None:
    assert has_japanese("ﾓﾃﾞﾙ")
    assert not has_japanese("Erdős–Rényi, ½, “naïve”")


def test_windows_are_whole_sentences_while_they_fit() -> None:
    first, second = "あ" * 100 + "。", "い" * 100 + "。"
    assert windows_of(first + second) == [first, second]
    assert windows_of("短い。文だ。") == ["短い。文だ。"]
    assert windows_of("") == [""]


def test_long_text_is_cut_into_bounded_windows() -> None:
    windows = windows_of("う" * 5000)
    assert len(windows) == MAX_WINDOWS
    assert all(len(window) == WINDOW_CHARACTERS for window in windows)
