"""The strict reader of a model's JSON: whole, in pieces, cut off, and wrong."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.draft_json import DraftReader, parse_draft
from app.generators.protocol import DraftSentence
from indexes.errors import ModelFailed

GOOD = '{"sentences":[{"text":"Up to 412 \\"cranes\\".","passages":[2,1]},{"text":"全部で97羽です。","passages":[3]}]}'
SENTENCES = (DraftSentence('Up to 412 "cranes".', (2, 1)), DraftSentence("全部で97羽です。", (3,)))


def parse(reply: str, *, is_cut_off: bool = False) -> tuple[DraftSentence, ...]:
    return parse_draft(reply, numbers=(1, 2, 3), max_sentences=3, max_chars=50, is_cut_off=is_cut_off)


def test_reply_is_read_with_and_without_white_space() -> None:
    assert parse(GOOD) == SENTENCES
    assert parse(json.dumps(json.loads(GOOD), indent=2) + "\n") == SENTENCES


def test_empty_list_abstains() -> None:
    assert parse('{"sentences":[]}') == ()
    assert parse(' { "sentences" : [ ] } ') == ()


def test_repeated_passage_counts_once() -> None:
    assert parse('{"sentences":[{"text":"A.","passages":[2,2,1,2]}]}')[0].evidence_numbers == (2, 1)


@settings(deadline=None)
@given(st.lists(st.integers(0, len(GOOD)), max_size=12))
def test_pieces_give_the_same_sentences_each_as_soon_as_it_is_whole(cuts: list[int]) -> None:
    reader = DraftReader(numbers=(1, 2, 3), max_sentences=3, max_chars=50)
    edges = [0, *sorted(cuts), len(GOOD)]
    given_out: list[DraftSentence] = []
    for start, end in itertools.pairwise(edges):
        given_out += reader.feed(GOOD[start:end])
        whole = GOOD[:end].count("}") - GOOD[:end].count("]}]}")
        assert len(given_out) == whole
    assert tuple(given_out) == reader.finish(is_cut_off=False) == SENTENCES


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1))
def test_cut_off_reply_keeps_its_whole_sentences_and_never_fails(end: int) -> None:
    reader = DraftReader(numbers=(1, 2, 3), max_sentences=3, max_chars=50)
    reader.feed(GOOD[:end])
    assert reader.finish(is_cut_off=True) == SENTENCES[: GOOD[:end].count("}")]
    assert reader.is_cut_off
    with pytest.raises(ModelFailed, match="not the JSON"):
        parse(GOOD[:end])


def test_whole_reply_at_the_limit_is_not_cut_off() -> None:
    reader = DraftReader(numbers=(1, 2, 3), max_sentences=3, max_chars=50)
    reader.feed(GOOD)
    assert reader.finish(is_cut_off=True) == SENTENCES
    assert not reader.is_cut_off


@pytest.mark.parametrize(
    "reply", ["I think", '{"sentences":{', '{"sentences":["A', '{"sentences":[]} or', '{"answers":[']
)
def test_cut_does_not_excuse_another_form(reply: str) -> None:
    with pytest.raises(ModelFailed, match="not the JSON"):
        parse(reply, is_cut_off=True)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("a" * 50, False),
        ("a" * 49 + ".", True),
        ("a" * 47 + "?" + '\\")', True),
        ("あ" * 49 + "。", True),
        ("あ" * 48 + "。」", True),
        ("a" * 49 + " ", False),
        ("a" * 49, True),
    ],
)
def test_sentence_that_the_length_limit_closed_is_let_go(text: str, is_kept: bool) -> None:
    reader = DraftReader(numbers=(1, 2, 3), max_sentences=3, max_chars=50)
    reader.feed(f'{{"sentences":[{{"text":"{text}","passages":[1]}},{{"text":"B.","passages":[2]}}]}}')
    sentences = reader.finish(is_cut_off=False)
    assert len(sentences) == 1 + is_kept
    assert sentences[-1] == DraftSentence("B.", (2,))
    assert reader.is_cut_off is not is_kept


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("", "not the JSON"),
        ("I think that 412.", "not the JSON"),
        (f"```json\n{GOOD}\n```", "not the JSON"),
        (f"{GOOD} and more", "not the JSON"),
        ('{"answers":[]}', "not the JSON"),
        ('{"sentences":[],"x":1}', "not the JSON"),
        ('{"sentences":[{"text":"A.","passages":[1]} {"text":"B.","passages":[1]}]}', "not the JSON"),
        ('{"sentences":[,{"text":"A.","passages":[1]}]}', "not the JSON"),
        ('{"sentences":[{"text":"A.","passages":[1]},]}', "not the JSON"),
        ('{"sentences":[{}]}', "exactly `text` and `passages`"),
        ('{"sentences":[{"text":"A.","passages":[4]}]}', "passage 4"),
        ('{"sentences":[{"text":"A.","passages":[0]}]}', "passage 0"),
        ('{"sentences":[{"text":"A.","passages":["1"]}]}', "passage '1'"),
        ('{"sentences":[{"text":"A.","passages":[1.0]}]}', "passage 1.0"),
        ('{"sentences":[{"text":"A.","passages":[true]}]}', "passage True"),
        ('{"sentences":[{"text":"A.","passages":[[1]]}]}', "passage"),
        ('{"sentences":[{"text":"A.","passages":[]}]}', "names no passages"),
        ('{"sentences":[{"text":"A.","passages":1}]}', "names no passages"),
        ('{"sentences":[{"text":"A."}]}', "exactly `text` and `passages`"),
        ('{"sentences":[{"text":"A.","passages":[1],"passages":[2]}]}', "exactly `text` and `passages`"),
        ('{"sentences":[{"text":"A.","passages":[1],"quote":"B"}]}', "exactly `text` and `passages`"),
        ('{"sentences":[{"text":"  ","passages":[1]}]}', "empty"),
        ('{"sentences":[{"text":7,"passages":[1]}]}', "empty"),
        ('{"sentences":[{"text":"a\\nb","passages":[1]}]}', "control characters"),
        ('{"sentences":[{"text":"a\\ud800b","passages":[1]}]}', "broken text"),
        ('{"sentences":[{"text":"' + "a" * 51 + '","passages":[1]}]}', "51 characters is over the limit of 50"),
        ('{"sentences":[' + ",".join(['{"text":"A.","passages":[1]}'] * 4) + "]}", "more than the 3 sentences"),
        ('{"sentences":[{"text":' + "[" * 100_000 + "}", "nested too deeply"),
        ('{"sentences":[' + '{"a":' * 400 + "1" + "}" * 400 + "]}", "exactly `text` and `passages`"),
        ('{"sentences":[{"text":' + '{"a":' * 400 + "1" + "}" * 400 + ',"passages":[1]}]}', "empty"),
        ('{"sentences":[{"text":"A.","passages":[' + '{"a":' * 400 + "1" + "}" * 400 + "]}]}", "passage {…}"),
        ('{"sentences":[{"text":"A.","passages":[' + "[" * 400 + "]" * 400 + "]}]}", "names passage"),
        ('{"sentences":[{"text":"A.","passages":[' + "1" * 5_000 + "]}]}", "a number that is too long"),
        ('{"sentences":[{"text":"A.","passages":[' + "1" * 4_000 + "]}]}", "names passage 1111"),
    ],
)
def test_wrong_reply_is_refused_and_shown_in_part(reply: str, message: str) -> None:
    with pytest.raises(ModelFailed, match=message) as failure:
        parse(reply)
    assert len(failure.value.message) < 500


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_reply_breaks_the_reader_itself(reply: str) -> None:
    for text in (reply, f'{{"sentences":[{reply}', f'{{"sentences":[{{"text":"{reply}","passages":[1]}}]}}'):
        try:
            sentences = parse(text)
        except ModelFailed:
            continue
        assert all(set(sentence.evidence_numbers) <= {1, 2, 3} and sentence.text for sentence in sentences)
