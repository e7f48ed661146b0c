import copy
from typing import Any

import numpy as np
import pytest
import torch

from indexes.encoding import bert_forward
from indexes.encoding.bert_forward import BertForward, is_readable
from indexes.encoding.model_folder import BUNDLED, find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder

ALL = range(7)
QUERIES = ("How many cranes did the drone count?", "x", "What is MERS-CoV? " * 40)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    folder = read_model_folder(find_model_folder(BUNDLED), name=BUNDLED)
    encoder = SentenceEncoder(folder, threads=1)
    encoder.encode_queries(["loads the model"])
    return encoder


def bert_of(encoder: SentenceEncoder) -> Any:
    return next(iter(encoder._model.children())).model


def states_of(bert: Any, features: Any, *, dtype: Any = torch.float32, is_query: bool = True) -> list[Any]:
    forward = BertForward(bert, dtype=dtype, threads=1)
    with torch.inference_mode():
        return forward.states(features["input_ids"], features["attention_mask"].bool(), layers=ALL, is_query=is_query)


def test_model_stored_in_half_precision_is_read(encoder: SentenceEncoder) -> None:
    bert = bert_of(encoder)
    features = encoder._model.preprocess([QUERIES[0]])
    whole, half = states_of(bert, features)[-1], states_of(copy.deepcopy(bert).half(), features)[-1]
    np.testing.assert_allclose(half.numpy(), whole.numpy(), atol=2e-2)


def test_torch_without_the_layout_gives_the_same_states(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = encoder._model.preprocess([QUERIES[0]])
    laid_out = states_of(bert_of(encoder), features, dtype=torch.bfloat16)[-1]
    monkeypatch.setattr(bert_forward, "ONEDNN_FUNCTIONS", ("not_there",))
    plain = states_of(bert_of(encoder), features, dtype=torch.bfloat16)[-1]
    np.testing.assert_allclose(laid_out.numpy(), plain.numpy(), atol=2e-2)


def test_a_query_goes_through_on_one_thread_and_passages_on_all(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = encoder._model.preprocess([QUERIES[0]])
    ids, mask = features["input_ids"], features["attention_mask"].bool()
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    forward = BertForward(bert_of(encoder), dtype=torch.float32, threads=3)
    with torch.inference_mode():
        for is_query in (True, False):
            forward.states(ids, mask, layers=[-1], is_query=is_query)
    assert asked == [1, 3, 3, 3]


def test_other_work_gets_its_threads_back(encoder: SentenceEncoder) -> None:
    ids = encoder._model.preprocess([QUERIES[0]])["input_ids"]
    before = torch.get_num_threads()
    try:
        with torch.inference_mode():
            forward = BertForward(bert_of(encoder), dtype=torch.float32, threads=before + 1)
            forward.states(ids, torch.ones_like(ids).bool(), layers=[-1], is_query=True)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("is_query", [True, False])
def test_states_are_those_of_the_modules(encoder: SentenceEncoder, is_query: bool) -> None:
    bert = bert_of(encoder)
    features = encoder._model.preprocess(list(QUERIES))
    with torch.inference_mode():
        expected = bert(**{name: features[name] for name in ("input_ids", "attention_mask")}).hidden_states
    given = states_of(bert, features, is_query=is_query)
    assert len(given) == len(expected) == len(ALL)
    there = features["attention_mask"].bool()
    assert not there.all()
    for own, theirs in zip(given, expected, strict=True):
        np.testing.assert_allclose(own[there].numpy(), theirs[there].numpy(), atol=5e-5)
        assert not own[~there].any()


def test_passages_have_the_vectors_of_the_modules(encoder: SentenceEncoder) -> None:
    texts = [f"{'Cranes sleep in shallow water. ' * number}" for number in range(1, 40, 3)]
    expected = encoder._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    vectors, pieces = encoder.encode_passages_with_tokens(texts, layer=-2)
    assert (np.sum(vectors * expected, axis=1) >= 0.9999).all()
    alone, pieces_alone = encoder.encode_passages_with_tokens(texts[:1], layer=-2)
    np.testing.assert_allclose(alone[0] @ vectors[0], 1.0, atol=1e-4)
    np.testing.assert_array_equal(pieces_alone[0].ids, pieces[0].ids)


def test_one_query_has_the_vector_that_many_have(encoder: SentenceEncoder) -> None:
    together = encoder.encode_queries(list(QUERIES))
    alone = np.concatenate([encoder.encode_queries([query]) for query in QUERIES])
    assert (np.sum(together * alone, axis=1) >= 0.9999).all()
    vectors, pieces = encoder.encode_query_with_tokens(QUERIES[0])
    np.testing.assert_allclose(vectors, alone[:1], atol=1e-6)
    assert len(pieces.vectors) == len(pieces.ids) > 5


def test_other_models_are_left_to_their_modules(encoder: SentenceEncoder) -> None:
    assert is_readable(bert_of(encoder))
    assert not is_readable(torch.nn.Linear(2, 2))
