"""One context of many sequences on real llama.cpp: copies, refusals, states, stopping, and what it says of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gguf_models import make_gguf

from app.generators.llama.context import BatchPart, LlamaContext, NoRoomError, StoppedError, attention_kind
from app.generators.llama.model import LlamaModel
from indexes.errors import ModelFailed

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

TOKENS = [(7 * number) % 200 for number in range(300)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaModel]:
    opened = LlamaModel(make_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", seed=3))
    yield opened
    opened.close()


@pytest.fixture
def open_context(model: LlamaModel) -> Iterator[Callable[..., LlamaContext]]:
    opened: list[LlamaContext] = []

    def open_one(**changes: int) -> LlamaContext:
        options = {"cells": 1024, "sequences": 8, "batch_tokens": 512, "threads": 1, **changes}
        opened.append(LlamaContext(model, **options))
        return opened[-1]

    yield open_one
    for context in opened:
        context.close()


@pytest.mark.parametrize(("has_accelerator", "kind"), [(False, 0), (True, -1)])
def test_attention_is_plain_on_processors_and_the_librarys_choice_elsewhere(
    model: LlamaModel, monkeypatch: pytest.MonkeyPatch, has_accelerator: bool, kind: int
) -> None:
    monkeypatch.setattr(model.llama, "llama_supports_gpu_offload", lambda: has_accelerator)
    assert attention_kind(model.llama) == kind


def test_copied_beginning_gives_the_same_logits_beside_another_text(
    open_context: Callable[..., LlamaContext],
) -> None:
    context = open_context()
    context.decode([BatchPart(0, 0, TOKENS, True)])
    whole = context.logits(0).copy()
    context.copy(0, 1, length=200)
    context.decode([BatchPart(5, 0, [1, 2, 3], True), BatchPart(1, 200, TOKENS[200:], True)])
    assert np.allclose(context.logits(1), whole, atol=1e-3)
    assert not np.allclose(context.logits(0), whole, atol=0.1)


def test_cells_are_rounded_up_and_a_full_context_reads_nothing_more(open_context: Callable[..., LlamaContext]) -> None:
    context = open_context(cells=500)
    assert context.cells == 512
    context.decode([BatchPart(0, 0, TOKENS, False)])
    with pytest.raises(NoRoomError):
        context.decode([BatchPart(1, 0, TOKENS[:213], True)])
    assert context.first_position(1) == -1
    context.decode([BatchPart(1, 0, TOKENS[:212], True)])
    context.forget(0)
    context.decode([BatchPart(2, 0, TOKENS, True)])


def test_state_comes_back_in_another_context(open_context: Callable[..., LlamaContext]) -> None:
    first, second = open_context(), open_context(cells=2048, sequences=3)
    first.decode([BatchPart(0, 0, TOKENS[:-1], False)])
    state = first.state(0)
    first.decode([BatchPart(0, 299, TOKENS[-1:], True)])
    second.decode([BatchPart(0, 0, [9, 9, 9], True)])
    assert second.restore(1, state)
    assert second.length(1) == 299
    second.decode([BatchPart(1, 299, TOKENS[-1:], True)])
    assert np.allclose(second.logits(0), first.logits(0), atol=1e-3)


@pytest.mark.parametrize("damage", [lambda state: state[:100], lambda state: b"x" * 1000, lambda state: b""])
def test_damaged_state_is_refused_and_leaves_nothing(
    open_context: Callable[..., LlamaContext], damage: Callable[[bytes], bytes]
) -> None:
    context = open_context()
    context.decode([BatchPart(0, 0, TOKENS, False)])
    assert not context.restore(1, damage(context.state(0)))
    assert context.first_position(1) == -1
    context.decode([BatchPart(1, 0, TOKENS, True)])


def test_stopped_context_reads_no_more(open_context: Callable[..., LlamaContext]) -> None:
    context = open_context()
    context.decode([BatchPart(0, 0, TOKENS, True)])
    context.stop()
    with pytest.raises(StoppedError):
        context.decode([BatchPart(1, 0, TOKENS, True)])


def test_more_sequences_than_llama_has_are_an_error(open_context: Callable[..., LlamaContext]) -> None:
    with pytest.raises(ModelFailed, match="room for 1024 tokens"):
        open_context(sequences=1000)


def test_vocabulary_may_be_read_from_many_threads_while_another_decodes(
    model: LlamaModel, open_context: Callable[..., LlamaContext]
) -> None:
    context = open_context()
    texts = [f"the cranes of lake {number}, 鶴 and heron " * 20 for number in range(40)]
    alone = [model.tokenize(text, is_markup=False) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = pool.map(lambda text: model.tokenize(text, is_markup=False), texts * 5)
        for number in range(30):
            context.forget(0)
            context.decode([BatchPart(0, 0, TOKENS[: 100 + number], True)])
        assert list(together) == alone * 5


def test_half_a_surrogate_pair_is_split_like_a_question_mark(model: LlamaModel) -> None:
    assert model.tokenize("a\ud800b", is_markup=False) == model.tokenize("a?b", is_markup=False)


def test_pieces_are_bytes_and_wordless_tokens_have_none(model: LlamaModel) -> None:
    assert model.pieces[:256] == tuple(bytes([byte]) for byte in range(256))
    (start,) = model.tokenize("<|im_start|>", is_markup=True)
    (end,) = model.tokenize("<|im_end|>", is_markup=True)
    assert end in model.end_tokens
    assert start in model.silent_tokens
    assert model.pieces[start] == model.pieces[end] == b""


def test_closed_model_splits_no_text(tmp_path: Path) -> None:
    model = LlamaModel(make_gguf(tmp_path / "tiny.gguf", seed=1))
    model.close()
    with pytest.raises(ModelFailed, match="is closed"):
        model.tokenize("late", is_markup=False)
