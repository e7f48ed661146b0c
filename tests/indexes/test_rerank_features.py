from typing import Any

import numpy as np
import pytest
from factories import make_passage
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.late_interaction.windows import Nearness
from indexes.records import Passage
from indexes.rerank.features import features, standardised
from indexes.rerank.lexicon import Lexicon
from indexes.rerank.signals import Candidates

TEXTS = (
    "The drone counted cranes. It rested after 18 minutes because of rain.",
    "Storks are large birds. Nothing was counted here.",
    "In 2019 the drone flew. Cranes are tall. Many were there.",
)


def candidates(n: int, **changes: Any) -> Candidates:
    scores = np.linspace(1.0, 0.0, n, dtype=np.float32)
    fields: dict[str, Any] = {
        "rows": np.arange(10, 10 + n),
        "papers": np.zeros(n, dtype=np.int64),
        "keyword": scores,
        "dense": scores,
        "fused": scores,
        "chosen": np.arange(n),
        "pieces": None,
        "is_library_wide": False,
    }
    return Candidates(**(fields | changes))


def table(query: str, texts: tuple[str, ...] = TEXTS, **changes: Any) -> dict[str, np.ndarray]:
    passages: list[Passage] = [make_passage(ordinal=number, text=text) for number, text in enumerate(texts)]
    return features(query, passages, candidates(len(texts), **changes), lexicon=Lexicon())


def test_coverage_is_the_share_of_the_words_of_content() -> None:
    columns = table("how many cranes did the drone count?")
    assert columns["coverage"].tolist() == pytest.approx([1.0, 1 / 3, 2 / 3])
    assert columns["covers all"].tolist() == [1.0, 0.0, 0.0]


def test_best_sentence_prefers_words_that_stand_together() -> None:
    columns = table("drone cranes")
    assert columns["coverage"][0] == columns["coverage"][2]
    assert columns["best sentence"][0] > columns["best sentence"][2]
    assert columns["closeness"][0] > columns["closeness"][2]


def test_what_a_question_asks_for_is_looked_for_beside_its_own_words() -> None:
    assert table("when did the drone fly?")["date in passage"].tolist() == pytest.approx([0.0, 0.0, 1 / 6])
    assert table("why did the drone rest?")["reason in best sentence"][0] == pytest.approx(1 / 3)
    assert not table("which drone?")["date in passage"].any()


def test_definition_is_a_rare_word_followed_by_is() -> None:
    assert table("what are storks?")["told what it is, asked"].tolist() == [0.0, 1.0, 0.0]
    assert not table("storks count")["told what it is, asked"].any()


def test_neighbour_is_the_row_beside_it_in_the_same_paper() -> None:
    columns = table("drone", papers=np.array([0, 0, 1]))
    assert columns["keyword before"].tolist() == [0.0, 1.0, 0.0]
    assert columns["keyword after"].tolist() == [0.5, 0.0, 0.0]
    assert columns["rest of paper"].tolist() == [0.5, 1.0, 0.0]


def test_without_word_pieces_their_features_say_nothing() -> None:
    columns = table("drone")
    assert not standardised(columns, ["pieces", "least piece", "pieces, squared"]).any()
    pieces = np.array([[0.9, 0.2], [0.1, 0.1], [0.5, 0.6]], dtype=np.float32)
    windows = np.array([[0.1, 0.3], [0.0, 0.1], [0.5, 0.5]], dtype=np.float32)
    columns = table("drone", pieces=Nearness(pieces, windows))
    assert columns["pieces"].tolist() == pytest.approx([0.55, 0.1, 0.55])
    assert columns["pieces within 16"].tolist() == pytest.approx([0.1, 0.0, 0.5])
    assert columns["pieces within 32"].tolist() == pytest.approx([0.3, 0.1, 0.5])


def test_standardised_has_no_scale_and_reads_products() -> None:
    columns = table("drone")
    plain = standardised(columns, ["keyword"])
    columns["keyword"] = columns["keyword"] * 100 + 7
    assert standardised(columns, ["keyword"])[:, 0] == pytest.approx(plain[:, 0], abs=1e-5)
    assert not standardised(columns, ["keyword * library-wide"]).any()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_query_and_text_give_finite_features(query: str, texts: list[str]) -> None:
    columns = table(query, tuple(texts))
    assert all(column.shape == (len(texts),) and np.isfinite(column).all() for column in columns.values())
