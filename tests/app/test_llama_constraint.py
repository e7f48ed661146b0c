"""Masks, tests of one token, and closings: each against trying every token, and over random texts cut anywhere."""

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_vocabularies import made_pieces

from app.generators.draft_json import DraftReader
from app.generators.grammar import draft_grammar
from app.generators.llama.grammar import constraint as constraint_module
from app.generators.llama.grammar.constraint import Constraints, Matcher
from app.generators.llama.grammar.pieces import SortedPieces, TokenTable
from app.generators.llama.requests import SamplingOptions
from app.generators.llama.sampling import Sampler
from app.generators.llama.text_stream import TextStream
from indexes.errors import ModelFailed

PIECES = made_pieces()
END, OTHER_END, CONTROL = len(PIECES), len(PIECES) + 1, len(PIECES) + 2
TABLE = TokenTable([*PIECES, b"", b"</s>", b""], ends=[END, OTHER_END])
CONSTRAINTS = Constraints(TABLE)

GRAMMARS = st.one_of(
    st.builds(
        lambda numbers, sentences, chars: draft_grammar(numbers=numbers, max_sentences=sentences, max_chars=chars),
        st.lists(st.integers(1, 999), min_size=1, max_size=12, unique=True),
        st.integers(1, 9),
        st.sampled_from([2, 3, 9, 40, 600]),
    ),
    st.sampled_from(
        [
            'root ::= [a-t]{0,6} "the" [a-z]*',  # what follows may begin as a letter does
            'root ::= "<" ([a-z ] | "&" [a-z] ";"){2,9} ">" [0-9]+',
            "root ::= ([a-z] | [a-z] [0-9]){0,5} [.!]",  # one letter begins another
            'root ::= .{3} "\\x00"? [^a]{0,2}',
        ]
    ),
)


def brute_mask(matcher: Matcher) -> np.ndarray:
    return np.array([matcher.allows(token) for token in range(len(TABLE))])


@settings(deadline=None, max_examples=60)
@given(GRAMMARS, st.integers(0, 2**32), st.integers(0, 40))
def test_mask_is_what_allows_says_of_every_token(grammar: str, seed: int, length: int) -> None:
    chance = random.Random(seed)
    matcher = CONSTRAINTS.get(grammar).open()
    for _ in range(length):
        fits = [token for token in np.flatnonzero(matcher.mask()).tolist() if token < END]
        if not fits:
            break
        matcher.accept(chance.choice(fits))
    mask = matcher.mask()
    assert (mask == brute_mask(matcher)).all()
    assert mask[END] == mask[OTHER_END] == matcher.allows(END)
    assert not mask[CONTROL]
    assert matcher.is_finished == (matcher.allows(END) and mask.sum() == 2)


def test_every_byte_of_a_long_text_gives_the_mask_of_trying() -> None:
    text_chars = 45  # more than the longest token has
    matcher = CONSTRAINTS.get(draft_grammar(numbers=(3, 31), max_sentences=2, max_chars=text_chars)).open()
    for byte in '{"sentences":[{"text":"鶴は\\"A\\\\'.encode() + b"x" * (text_chars - 5):
        assert (matcher.mask() == brute_mask(matcher)).all()
        matcher.accept(byte)
    fits = [PIECES[token] for token in np.flatnonzero(matcher.mask())]
    assert sorted(fits) == [b'"', b'",', b'","', b'","passages":[']


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ('{"sentences":[]}', True),
        ('{"sentences":[{"text":"a","passages":[1]}]}', True),
        ('{"sentences":[{"text":"\\"","passages":[12,1]},{"text":"\\\\","passages":[12]}]}', True),
        ('{"sentences": []}', False),
        ('{"sentences":[{"text":"","passages":[1]}]}', False),
        ('{"sentences":[{"text":" a","passages":[1]}]}', False),
        ('{"sentences":[{"text":"\u3000a","passages":[1]}]}', False),
        ('{"sentences":[{"text":"\u2028a","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\nb","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\\nb","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\\ud800","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\x7f","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\x85","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\ufffd","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\ufdd0","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\U0003ffff","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a\U0003fffd","passages":[1]}]}', True),
        ('{"sentences":[{"text":"' + "鶴" * 9 + '","passages":[1]}]}', True),
        ('{"sentences":[{"text":"' + "鶴" * 10 + '","passages":[1]}]}', False),
        ('{"sentences":[{"text":"a","passages":[]}]}', False),
        ('{"sentences":[{"text":"a","passages":[2]}]}', False),
        ('{"sentences":[{"text":"a","passages":[1,1,1]}]}', False),
    ],
)
def test_grammar_takes_just_the_form(text: str, is_taken: bool) -> None:
    matcher = CONSTRAINTS.get(draft_grammar(numbers=(1, 12), max_sentences=2, max_chars=9)).open()
    for byte in text.encode("utf-8"):  # the first 256 tokens are the bytes
        if not matcher.allows(byte):
            break
        matcher.accept(byte)
    else:
        assert matcher.is_finished is is_taken
        return
    assert not is_taken


@pytest.mark.parametrize("begun", [b"\xed\xa0", b"\xc0", b"\xf5", b"\xf4\x90", b"\xe0\x80", b"\x80"])
def test_bytes_that_are_no_utf8_are_never_taken(begun: bytes) -> None:
    matcher = CONSTRAINTS.get(draft_grammar(numbers=(1,), max_sentences=2, max_chars=9)).open()
    for byte in b'{"sentences":[{"text":"a' + begun[:-1]:
        matcher.accept(byte)
    assert not matcher.allows(begun[-1])


def test_refused_token_is_an_error_and_changes_nothing() -> None:
    matcher = CONSTRAINTS.get('root ::= "ab"').open()
    with pytest.raises(ModelFailed, match="does not fit the form"):
        matcher.accept(ord("b"))
    with pytest.raises(ModelFailed, match="does not fit the form"):
        matcher.accept(END)
    for token in (ord("a"), ord("b"), END):
        matcher.accept(token)
    assert matcher.is_finished


def test_vocabulary_that_cannot_write_the_form_is_an_error() -> None:
    matcher = Constraints(TokenTable([b"a", b"b", b""], ends=[2])).get('root ::= "ac"').open()
    matcher.accept(0)
    with pytest.raises(ModelFailed, match="none of the model's tokens"):
        matcher.mask()
    assert matcher.closing() == b"c"


def test_grammars_are_kept_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraint_module, "_KEPT_GRAMMARS", 2)
    constraints = Constraints(TABLE)
    first = constraints.get('root ::= "a"')
    constraints.get('root ::= "b"')
    assert constraints.get('root ::= "a"') is first
    constraints.get('root ::= "c"')
    assert constraints.get('root ::= "a"') is first
    assert constraints.get('root ::= "b"') is constraints.get('root ::= "b"')


def test_states_are_let_go_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraint_module, "_KEPT_STATES", 50)
    constraint = Constraints(TABLE).get(draft_grammar(numbers=(1,), max_sentences=9, max_chars=600))
    earlier = constraint.open()
    for byte in b'{"sentences":[{"text":"' + b"a" * 100:
        earlier.accept(byte)
    later = constraint.open()
    assert later._masks.automaton is not earlier._masks.automaton
    for byte in b'","passages":[1]}]}':
        earlier.accept(byte)
    assert earlier.is_finished
    assert not later.allows(END)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=4), max_size=30), st.integers(1, 60))
def test_sorted_pieces_takes_what_the_grammar_takes(pieces: list[bytes], most: int) -> None:
    matcher = CONSTRAINTS.get(f"root ::= [\\x00-\\x7F\\u00FF-\\U0010FFFF]{{0,{most}}}").open()
    automaton, state = matcher._masks.automaton, matcher._state
    expected = [number for number, piece in enumerate(pieces) if piece and automaton.walk(state, piece) is not None]
    assert SortedPieces(pieces).accepted(automaton, state).tolist() == expected


def test_text_cut_anywhere_parses_with_its_closing() -> None:
    cut_texts = whole_texts = 0
    for seed in range(500):
        chance = random.Random(seed)
        numbers = chance.sample(range(1, 200), 4)
        most = chance.choice([2, 12, 80])
        matcher = CONSTRAINTS.get(
            draft_grammar(numbers=numbers[: 1 + seed % 4], max_sentences=3, max_chars=most)
        ).open()
        options = SamplingOptions(temperature=chance.choice([0.0, 1.0]), seed=seed)
        sampler, stream = Sampler(options, matcher=matcher), TextStream()
        random_logits = np.random.default_rng(seed)
        reader = DraftReader(numbers=numbers, max_sentences=3, max_chars=most)
        text = ""
        for _ in range(chance.randint(0, 25)):
            token = sampler.sample(random_logits.normal(0, 3, len(TABLE)).astype(np.float32))
            if token in TABLE.ends:
                break
            text += (piece := stream.feed(TABLE.pieces[token]))
            reader.feed(piece)
            if matcher.is_finished:
                break
        end = stream.finish(matcher.closing())
        reader.feed(end.text)
        reply = json.loads(text + end.text + end.closing)
        is_complete = matcher.allows(END)
        sentences = reader.finish(is_cut_off=not is_complete)
        written = iter(one["text"].strip() for one in reply["sentences"])
        assert all(sentence.text in written for sentence in sentences)
        assert len(sentences) == len(reply["sentences"]) or reader.is_cut_off
        cut_texts += not is_complete
        whole_texts += is_complete
    assert cut_texts > 100
    assert whole_texts > 50
