import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.sentences import sentence_spans


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "We follow Ito et al. (2021) and count cranes.",
        "The plan (see Fig. 3 and Eq. 2) holds.",
        "Small birds, e.g. Wagtails, were left out, i.e. Nobody saw them.",
        "Ours vs. Theirs differs by 3.5 points.",
        "Nest No. 5 was empty.",
        "A. Mori and J. R. Field flew it.",
        "We grew E. coli K12 at 37.5 degrees.",
        "The U.S. Army lent a drone.",
        "It weighs approx. 1.2 kg.",
        "We used kits (Drone Works Inc. Osaka, Japan) for this.",
        "Was it noisy? asked nobody.",
        "1. Charge the battery.",
        "p < .05 was enough.",
        "速度は３．５倍になった。",
        "「速い。」と述べた。",
        "森ら（概要。詳細は後述。）に従う。",
    ],
)
def test_sentence_spans_keeps_one_sentence_whole(text: str) -> None:
    assert cut(text) == [text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It flew. It fell.", ["It flew.", "It fell."]),
        ("Cranes rest here.[3] They feed there.", ["Cranes rest here.[3]", "They feed there."]),
        ("We count nests etc. However, eggs vary.", ["We count nests etc.", "However, eggs vary."]),
        ("As shown by Ito et al. The rest is new.", ["As shown by Ito et al.", "The rest is new."]),
        ("The answer is no. Five birds left.", ["The answer is no.", "Five birds left."]),
        ("The error was 0.5. In 2019 it fell.", ["The error was 0.5.", "In 2019 it fell."]),
        ("Levels fell. mRNA rose.", ["Levels fell.", "mRNA rose."]),
        ('He said "stop." We did.', ['He said "stop."', "We did."]),
        ("It spread.12 The rest stayed.", ["It spread.12", "The rest stayed."]),
        ("It spread. 1,2 The rest stayed.", ["It spread. 1,2", "The rest stayed."]),
        ("Heading without stop\n\nIt flew.", ["Heading without stop", "It flew."]),
        ("Goals:\n• count\n• land", ["Goals:", "• count", "• land"]),
        ("鶴を数えた。次に飛ばした！なぜか？不明．", ["鶴を数えた。", "次に飛ばした！", "なぜか？", "不明．"]),
        ("BERTを用いた.次に評価した.", ["BERTを用いた.", "次に評価した."]),
        ("「速い。」次に進む。", ["「速い。」", "次に進む。"]),
    ],
)
def test_sentence_spans_cuts_between_sentences(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


def test_sentence_spans_leaves_a_citation_with_the_sentence_before_it() -> None:
    assert cut("They feed there. [4] [5] We saw both.") == ["They feed there. [4] [5]", "We saw both."]
    assert cut("They feed there. [4] says so.") == ["They feed there.", "[4] says so."]


def test_sentence_spans_of_nothing_is_nothing() -> None:
    assert sentence_spans("") == ()
    assert sentence_spans(" \n\t ") == ()


PIECES = st.sampled_from(
    [
        "We flew",
        " ",
        "\n",
        "\n\n",
        ".",
        "!",
        "?",
        "。",
        "．",
        "e.g",
        "et al",
        "(",
        ")",
        "「",
        "」",
        "３",
        "5",
        "[12]",
        "鶴",
        "A",
        "\u2003",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_sentence_spans_cover_everything_but_space_in_order(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(st.text(alphabet="ab .A。\n(", max_size=40))
def test_sentence_spans_of_a_sentence_found_before_a_blank_line_do_not_depend_on_what_follows(text: str) -> None:
    assert cut(text + "\n\nNext.")[:-1] == cut(text)
