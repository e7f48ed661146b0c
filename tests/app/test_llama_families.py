"""Models whose memory is not one entry a token: recurrent ones share nothing, others what a window left whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from gguf_families import WINDOW, make_gemma2, make_mamba
from llama_engines import gaps_alone, record_tokens

from app.generators.llama.engine import LlamaEngine
from app.generators.llama.model import LlamaModel
from app.generators.llama.requests import GenerationRequest, SamplingOptions

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

PAPERS = [bytes(random.Random(seed).choices(range(97, 123), k=400)) for seed in range(3)]


def write(path: Path, prompts: list[bytes], **options: int) -> list[int]:
    """Write 12 tokens after each prompt, all at once; return the cached tokens of each."""
    engine = LlamaEngine(path, context_tokens=1024, threads=1, max_queue=64, **options)
    generations = [
        engine.submit(GenerationRequest(tuple(prompt), 12, sampling=SamplingOptions(seed=number)))
        for number, prompt in enumerate(prompts)
    ]
    for generation in generations:
        list(generation)
    engine.close()
    return [generation.report.cached_tokens for generation in generations if generation.report is not None]


def shuffled_prompts() -> list[bytes]:
    """Thirty prompts that share beginnings of different lengths of three papers."""
    chance = random.Random(5)
    return [chance.choice(PAPERS)[: chance.choice([150, 300, 400])] + b"question %d" % n for n in range(30)]


def test_recurrent_model_writes_many_texts_and_shares_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_mamba(tmp_path / "mamba.gguf", seed=1)
    model = LlamaModel(path)
    assert not model.keeps_every_token
    model.close()
    written = record_tokens(monkeypatch)
    prompts = shuffled_prompts()
    assert write(path, prompts, sequences=4) == [0] * 30
    assert max(gaps_alone(path, [(list(prompt), written[number]) for number, prompt in enumerate(prompts)])) < 0.002


def test_recurrent_model_saves_no_contexts(tmp_path: Path) -> None:
    path = make_mamba(tmp_path / "mamba.gguf", seed=1)
    engine = LlamaEngine(path, context_tokens=1024, threads=1, max_queue=4, saved_contexts=tmp_path / "contexts")
    list(engine.submit(GenerationRequest(tuple(PAPERS[0]), 3, keep=(400,))))
    engine.close()
    assert not (tmp_path / "contexts").exists()


@pytest.mark.parametrize("cells", [1024, 4096])
def test_sliding_window_shares_beginnings_and_writes_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    path = make_gemma2(tmp_path / "gemma2.gguf", seed=1)
    model = LlamaModel(path)
    assert (model.keeps_every_token, model.sliding_window) == (True, WINDOW)
    model.close()
    written = record_tokens(monkeypatch)
    prompts = shuffled_prompts()
    cached = write(path, prompts, sequences=4, cells=cells)
    assert sum(cached) > 3000
    assert max(gaps_alone(path, [(list(prompt), written[number]) for number, prompt in enumerate(prompts)])) < 0.002
