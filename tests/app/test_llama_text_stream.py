"""Bytes into text: whole characters, stop strings over any borders, nothing lost or twice."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.llama.text_stream import TextStream

CUTS = st.lists(st.integers(0, 60), max_size=12)


def pieces_of(content: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    return [content[start:end] for start, end in itertools.pairwise(edges)]


def stopped_text(text: str, stops: list[str]) -> tuple[str, bool]:
    """The text before its first complete stop string, found by adding one character at a time."""
    for end in range(1, len(text) + 1):
        if ending := [stop for stop in stops if text[:end].endswith(stop)]:
            return text[: end - max(map(len, ending))], True
    return text, False


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=20), CUTS)
def test_text_comes_out_once_whatever_the_token_borders(text: str, cuts: list[int]) -> None:
    text = text.encode("utf-8", "ignore").decode()
    stream = TextStream()
    given_out = "".join(stream.feed(piece) for piece in pieces_of(text.encode(), cuts))
    end = stream.finish()
    assert given_out == text  # without stops nothing whole is held back
    assert (end.text, end.closing) == ("", "")


@settings(deadline=None, max_examples=600)
@given(
    st.text(alphabet="ab鶴\n", max_size=20),
    st.lists(st.text(alphabet="ab鶴\n", min_size=1, max_size=4), max_size=3),
    CUTS,
)
def test_text_ends_before_the_first_complete_stop(text: str, stops: list[str], cuts: list[int]) -> None:
    stream = TextStream(tuple(stops))
    given_out = ""
    for piece in pieces_of(text.encode(), cuts):
        given_out += stream.feed(piece)
        expected, _ = stopped_text(text, stops)
        assert expected.startswith(given_out)
    given_out += stream.finish().text
    assert (given_out, stream.is_stopped) == stopped_text(text, stops)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=30), CUTS)
def test_bytes_that_are_no_text_become_the_replacement_character(content: bytes, cuts: list[int]) -> None:
    stream = TextStream()
    given_out = "".join(stream.feed(piece) for piece in pieces_of(content, cuts))
    assert given_out + stream.finish().text == content.decode("utf-8", errors="replace")


def test_only_what_may_become_a_stop_is_held_back() -> None:
    stream = TextStream(("\n\n", "END"))
    assert [stream.feed(piece) for piece in (b"a", b"\n", b"b E", b"N", b"d", b" \n")] == [
        "a",
        "",
        "\nb ",
        "",
        "ENd",
        " ",
    ]
    assert stream.finish().text == "\n"


def test_nothing_comes_after_a_stop() -> None:
    stream = TextStream(("END",))
    assert stream.feed(b"text EN") == "text "
    assert stream.feed(b"D and more") == ""
    assert stream.is_stopped
    assert stream.feed(b"more") == ""
    assert stream.finish(b"closing") == stream.finish() == type(stream.finish())("", "")


@pytest.mark.parametrize("length", [0, 1, 2])
def test_closing_is_apart_from_what_the_model_wrote(length: int) -> None:
    crane = "鶴".encode()
    stream = TextStream(("never",))
    assert stream.feed(b'{"a":"n' + crane[:length]) == '{"a":"' + ("n" if length == -1 else "")
    end = stream.finish(crane[length:] + b'"}')
    assert (end.text, end.closing) == ("n", '鶴"}')
