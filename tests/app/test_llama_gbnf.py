"""GBNF into nodes, and nodes into an automaton over bytes: against Python's own regular expressions."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.grammar import draft_grammar
from app.generators.llama.grammar.automaton import Automaton
from app.generators.llama.grammar.gbnf import parse_gbnf
from app.generators.llama.grammar.utf8_ranges import utf8_sequences
from indexes.errors import ModelFailed


def takes(automaton: Automaton, text: str) -> bool:
    state = automaton.walk(automaton.start, text.encode("utf-8"))
    return state is not None and state.is_complete


# Each grammar and the regular expression of the same language.
PAIRS = [
    ('root ::= "a" [bc]* "d"?', "a[bc]*d?"),
    ('root ::= one ("," one){0,2}\none ::= "x" | "xy"  # a comment\n', "(x|xy)(,(x|xy)){0,2}"),
    ('root ::= ("ab" | "a"){2,3} "b"', "(ab|a){2,3}b"),
    ("root ::= [^a-cx]{2} | [あ-ん\\u00E9]+", "[^a-cx]{2}|[あ-んé]+"),
    ('root ::= "\\"\\\\\\n" . [\\]\\x61-]{1,}', '"\\\\\n.[\\]a-]{1,}'),
    ('root ::=\n  ( # group\n "a"\n | "b" )+ |\n "c"\n\n', "(a|b)+|c"),
    ('root ::= "a"{0} b{3}\nb ::= "b"', "b{3}"),
    ('root ::= ([ab] | "c" [ab]){0,4} "!"', "([ab]|c[ab]){0,4}!"),
]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(PAIRS), st.text(alphabet='abcdxy,é!あ"\\\n]-c', max_size=7))
def test_language_is_that_of_the_regular_expression(pair: tuple[str, str], text: str) -> None:
    grammar, expression = pair
    automaton = Automaton(parse_gbnf(grammar))
    assert takes(automaton, text) == bool(re.fullmatch(expression, text, re.DOTALL)), text


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 0x10FFFF), st.integers(0, 0x10FFFF), st.data())
def test_byte_ranges_are_exactly_the_code_points(one: int, other: int, chosen: st.DataObject) -> None:
    first, last = sorted((one, other))
    if first <= 0xDFFF and last >= 0xD800:  # as the reader of classes does
        last = min(last, 0xD7FF)
    if first > last:
        return
    sequences = utf8_sequences(first, last)
    nearby = st.sampled_from([first - 1, first, first + 1, last - 1, last, last + 1])
    point = chosen.draw(st.one_of(nearby, st.integers(0, 0x10FFFF)))
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        return
    encoded = chr(point).encode("utf-8")
    matching = [
        sequence
        for sequence in sequences
        if len(sequence) == len(encoded)
        and all(low <= byte <= high for byte, (low, high) in zip(encoded, sequence, strict=True))
    ]
    assert len(matching) == (first <= point <= last)


@pytest.mark.parametrize(
    ("grammar", "message"),
    [
        ("root ::= missing", "missing"),
        ('other ::= "a"', "root"),
        ('root ::= "a', "end of a literal"),
        ("root ::= [a", "end of a literal or class"),
        ('root ::= ("a"', r"`\)`"),
        ('root ::= "a"{2,1}', "bounds in order"),
        ('root ::= "a"{x}', "bounds such as"),
        ("root ::= [b-a]", "range in order"),
        ('root ::= "\\q"', "known escape"),
        ('root ::= "\\uD800"', "surrogate"),
        ('root ::= "\\U00110000"', "code point"),
        ('root ::= "a"\nroot ::= "b"', "second rule"),
        ('root ::= "a" )', "new line"),
        ('root = "a"', "::="),
    ],
)
def test_what_is_no_gbnf_is_refused_with_its_line(grammar: str, message: str) -> None:
    with pytest.raises(ModelFailed, match=message) as failure:
        parse_gbnf(grammar)
    assert "line" in failure.value.message


@pytest.mark.parametrize(
    ("grammar", "message"),
    [
        ('root ::= "a" root | "b"', "recursive"),
        ("root ::= a\na ::= b\nb ::= a", "recursive"),
        ('root ::= ("a"?)*', "may be empty"),
        ('root ::= a+\na ::= "b"{0,2}', "may be empty"),
        ("root ::= []", "without characters"),
    ],
)
def test_what_cannot_be_walked_is_refused(grammar: str, message: str) -> None:
    with pytest.raises(ModelFailed, match=message):
        Automaton(parse_gbnf(grammar))


@pytest.mark.parametrize(
    ("written", "closing"),
    [
        ("", '{"sentences":[]}'),
        ('{"sent', 'ences":[]}'),
        ('{"sentences":[', "]}"),
        ('{"sentences":[{', '"text":"!","passages":[7]}]}'),
        ('{"sentences":[{"text":"鶴', '","passages":[7]}]}'),
        ('{"sentences":[{"text":"\\', '"","passages":[7]}]}'),
        ('{"sentences":[{"text":"A.","passages":[1', "2]}]}"),
        ('{"sentences":[{"text":"A.","passages":[12,1', "2]}]}"),
        ('{"sentences":[{"text":"A.","passages":[12]}', "]}"),
        ('{"sentences":[{"text":"A.","passages":[12]},', '{"text":"!","passages":[7]}]}'),
        ('{"sentences":[{"text":"A.","passages":[12]}]}', ""),
    ],
)
def test_closing_is_the_shortest_that_makes_a_text_whole(written: str, closing: str) -> None:
    automaton = Automaton(parse_gbnf(draft_grammar(numbers=(12, 7), max_sentences=3, max_chars=9)))
    state = automaton.walk(automaton.start, written.encode("utf-8"))
    assert state is not None
    assert automaton.closing(state).decode() == closing


def test_closing_completes_a_character() -> None:
    automaton = Automaton(parse_gbnf("root ::= [鶴羽]"))
    for length in range(4):
        begun = "鶴".encode()[:length]
        state = automaton.walk(automaton.start, begun)
        assert state is not None
        assert (begun + automaton.closing(state)).decode() in ("鶴", "羽")
