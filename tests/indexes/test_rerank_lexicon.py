from indexes.rerank.lexicon import Lexicon, WordKind, kind_of, words_of
from indexes.rerank.query_words import read_query


def test_words_of_one_term_get_one_number_across_texts() -> None:
    lexicon = Lexicon()
    first, second = lexicon.codes(["cranes rested", "Crane resting quietly"])
    assert first[0, 0] == second[0, 0] != 0
    assert first[1, 0] == second[1, 0] != first[0, 0]


def test_same_texts_give_the_same_numbers_again() -> None:
    lexicon = Lexicon()
    before = lexicon.codes(["cranes rest"])[0].tolist()
    lexicon.codes([f"word{number}" for number in range(5000)])
    assert lexicon.codes(["cranes rest"])[0].tolist() == before


def test_kinds_of_words_are_told_apart() -> None:
    assert kind_of("1998") == WordKind.NUMBER | WordKind.YEAR
    assert kind_of("412") == WordKind.NUMBER
    assert kind_of("May") == WordKind.MONTH | WordKind.CAPITAL
    assert kind_of("may") == WordKind(0)
    assert kind_of("because") == WordKind.CAUSE
    assert kind_of("(") == WordKind.OPENING


def test_japanese_is_read_as_it_is_indexed() -> None:
    assert words_of("鶴の数 GPT") == ["鶴の", "の数", "GPT"]


def test_query_knows_its_content_names_and_kind() -> None:
    lexicon = Lexicon()
    query = "How many cranes did the IL6 drone count?"
    asked = read_query(query, lexicon.codes([query])[0])
    assert asked.has_content.tolist() == [False, False, True, False, False, True, True, True]
    assert asked.is_named.tolist() == [False, False, False, False, False, True, False, False]
    assert "number" in asked.kinds
    assert "date" not in asked.kinds
