"""Texts of real llama.cpp under the grammar, cut off at random limits: with its closing every one parses."""

import json
import random
from pathlib import Path

import pytest
from gguf_models import make_gguf

from app.generators.draft_json import DraftReader
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import Generation
from app.generators.llama.requests import FinishReason, GenerationRequest, SamplingOptions

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

RUNS_OF_A_MODEL, MODELS = 125, 4
NUMBERS, MOST_CHARS = (3, 17, 120), 60
GRAMMAR = draft_grammar(numbers=NUMBERS, max_sentences=3, max_chars=MOST_CHARS)


def random_request(seed: int) -> GenerationRequest:
    chance = random.Random(seed)
    return GenerationRequest(
        tokens=tuple(chance.choices(range(32, 127), k=chance.randint(1, 30))),
        max_tokens=chance.randint(1, 150),
        grammar=GRAMMAR,
        sampling=SamplingOptions(temperature=chance.choice([0.0, 0.8, 1.5]), seed=seed),
        reader=str(seed % 7),
    )


def check_text(generation: Generation) -> bool:
    """Check one text against the form; return whether it was cut off."""
    reader = DraftReader(numbers=NUMBERS, max_sentences=3, max_chars=MOST_CHARS)
    pieces = []
    for piece in generation:
        pieces.append(piece)
        reader.feed(piece)
    report = generation.report
    assert report is not None
    is_cut_off = report.finish is FinishReason.LENGTH
    assert is_cut_off == bool(report.closing)
    reply = json.loads("".join(pieces) + report.closing)
    closed_by_the_model = reply["sentences"][:-1] if report.closing.endswith("}]}") else reply["sentences"]
    written = iter(one["text"].strip() for one in closed_by_the_model)
    sentences = reader.finish(is_cut_off=is_cut_off)
    assert all(sentence.text in written for sentence in sentences)
    assert reader.is_cut_off or len(sentences) == len(reply["sentences"])
    assert reader.is_cut_off >= is_cut_off
    return is_cut_off


def test_every_text_parses_wherever_it_is_cut_off(tmp_path: Path) -> None:
    cut_off = 0
    for seed in range(MODELS):
        path = make_gguf(tmp_path / f"{seed}.gguf", seed=seed, quote_pull=random.Random(seed).choice([0.6, 1.2]))
        engine = LlamaEngine(path, context_tokens=2048, threads=1, max_queue=2 * RUNS_OF_A_MODEL)
        try:
            requests = [random_request(1000 * seed + run) for run in range(RUNS_OF_A_MODEL)]
            generations = [engine.submit(request) for request in requests]
            cut_off += sum(check_text(generation) for generation in generations)
        finally:
            engine.close()
    assert RUNS_OF_A_MODEL < cut_off < MODELS * RUNS_OF_A_MODEL
