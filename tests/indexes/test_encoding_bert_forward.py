import copy
from typing import Any

import numpy as np
import pytest
import torch

from indexes.encoding import bert_forward
from indexes.encoding.bert_forward import BertForward, is_readable
from indexes.encoding.model_folder import BUNDLED, find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder

QUERIES = ("How many cranes did the drone count?", "x", "What is MERS-CoV? " * 40)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    folder = read_model_folder(find_model_folder(BUNDLED), name=BUNDLED)
    encoder = SentenceEncoder(folder, threads=1)
    encoder.encode_queries(["loads the model"])
    return encoder


def bert_of(encoder: SentenceEncoder) -> Any:
    return next(iter(encoder._model.children())).model


def test_model_stored_in_half_precision_is_read(encoder: SentenceEncoder) -> None:
    bert = bert_of(encoder)
    ids = encoder._model.preprocess([QUERIES[0]])["input_ids"]
    with torch.inference_mode():
        whole = BertForward(bert, dtype=torch.float32, threads=1).states(ids)[-1]
        half = BertForward(copy.deepcopy(bert).half(), dtype=torch.float32, threads=1).states(ids)[-1]
    np.testing.assert_allclose(half.numpy(), whole.numpy(), atol=2e-2)


def test_torch_without_the_layout_gives_the_same_states(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = encoder._model.preprocess([QUERIES[0]])["input_ids"]
    with torch.inference_mode():
        laid_out = BertForward(bert_of(encoder), dtype=torch.bfloat16, threads=1).states(ids)[-1]
        monkeypatch.setattr(bert_forward, "ONEDNN_FUNCTIONS", ("not_there",))
        plain = BertForward(bert_of(encoder), dtype=torch.bfloat16, threads=1).states(ids)[-1]
    np.testing.assert_allclose(laid_out.numpy(), plain.numpy(), atol=2e-2)


def test_other_work_gets_its_threads_back(encoder: SentenceEncoder) -> None:
    ids = encoder._model.preprocess([QUERIES[0]])["input_ids"]
    before = torch.get_num_threads()
    try:
        with torch.inference_mode():
            BertForward(bert_of(encoder), dtype=torch.float32, threads=before + 1).states(ids)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_states_are_those_of_the_modules(encoder: SentenceEncoder) -> None:
    bert = bert_of(encoder)
    forward = BertForward(bert, dtype=torch.float32, threads=1)
    for query in QUERIES:
        features = encoder._model.preprocess([query])
        with torch.inference_mode():
            expected = bert(**{name: features[name] for name in ("input_ids", "attention_mask")}).hidden_states
            given = forward.states(features["input_ids"])
        assert len(given) == len(expected)
        for own, theirs in zip(given, expected, strict=True):
            np.testing.assert_allclose(own.numpy(), theirs.numpy(), atol=5e-5)


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
