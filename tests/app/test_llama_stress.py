"""Hundreds of random requests from sixteen threads: each ends once, as it may, and nothing is left behind."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gguf_models import make_gguf
from llama_engines import RememberingObserver

from app.generators.draft_json import parse_draft
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import Generation
from app.generators.llama.requests import FinishReason, GenerationRequest, SamplingOptions
from app.generators.protocol import Priority
from indexes.errors import Busy, TooLarge

psutil = pytest.importorskip("psutil")
pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

THREADS, REQUESTS = 16, 400
GRAMMAR = draft_grammar(numbers=(1, 2, 3), max_sentences=2, max_chars=40)
PAPERS = [bytes(random.Random(seed).choices(range(32, 127), k=500)) for seed in range(4)]


def random_request(chance: random.Random) -> GenerationRequest:
    prompt = chance.choice(PAPERS)[: chance.choice([0, 100, 500])] + bytes(chance.choices(range(256), k=40))
    if chance.random() < 0.03:
        prompt *= 40  # over the window
    return GenerationRequest(
        tokens=tuple(prompt),
        max_tokens=chance.choice([1, 5, 20, 60]),
        grammar=GRAMMAR if chance.random() < 0.4 else None,
        sampling=SamplingOptions(temperature=chance.choice([0.0, 1.0]), seed=chance.randrange(1000)),
        stops=("a", "the ") if chance.random() < 0.3 else (),
        reader=f"reader {chance.randrange(5)}",
        priority=chance.choice(list(Priority)),
        deadline_s=chance.choice([None, None, None, 0.01, 5.0]),
        keep=(100, 500) if chance.random() < 0.5 else (),
    )


def receive(generation: Generation, chance: random.Random) -> str:
    """Read a text to its end or leave it; return how it went."""
    leaves_after = chance.choice([None, None, 0, 3])
    text = ""
    try:
        for pieces, piece in enumerate(generation):
            text += piece
            if pieces == leaves_after:
                generation.cancel()
    except Busy:
        pass
    report = generation.report
    assert report is not None
    is_whole = report.finish in (FinishReason.END, FinishReason.LENGTH, FinishReason.CANCELLED)
    if generation.request.grammar is not None and is_whole:
        parse_draft(text + report.closing, numbers=(1, 2, 3), max_sentences=2, max_chars=40)
    return report.finish.value


def ask_many(engine: LlamaEngine, seed: int, requests: int) -> Counter[str]:
    chance, ends = random.Random(seed), Counter[str]()
    for _ in range(requests):
        request = random_request(chance)
        try:
            generation = engine.submit(request)
        except TooLarge:
            ends["too large"] += 1
            continue
        except Busy:
            ends["busy"] += 1
            continue
        if chance.random() < 0.05:
            generation.cancel()
        ends[receive(generation, chance)] += 1
    return ends


def ask_from_threads(engine: LlamaEngine, *, seed: int) -> Counter[str]:
    with ThreadPoolExecutor(THREADS) as pool:
        share = REQUESTS // THREADS
        counts = pool.map(lambda thread: ask_many(engine, seed + thread, share), range(THREADS))
        return sum(counts, Counter[str]())


def wait_until_idle(observer: RememberingObserver) -> None:
    deadline = time.monotonic() + 120
    while observer.levels["running"] or observer.levels["waiting"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_random_requests_end_once_and_leave_nothing(tmp_path: Path) -> None:
    model = make_gguf(tmp_path / "tiny.gguf", seed=3, quote_pull=1.0)
    observer = RememberingObserver()
    engine = LlamaEngine(
        model,
        context_tokens=1024,
        threads=1,
        max_queue=12,
        sequences=6,
        cells=2048,
        saved_contexts=tmp_path / "contexts",
        saved_bytes=1 << 20,
        observer=observer,
    )
    ask_from_threads(engine, seed=0)  # llama.cpp and Python take what they need
    wait_until_idle(observer)
    gc.collect()
    before_bytes = psutil.Process().memory_info().rss
    ends = ask_from_threads(engine, seed=1000)
    wait_until_idle(observer)
    gc.collect()
    grown_bytes = psutil.Process().memory_info().rss - before_bytes
    engine.close()

    assert sum(ends.values()) == REQUESTS // THREADS * THREADS
    assert set(ends) >= {"end", "length", "stop", "cancelled", "deadline", "too large"}
    assert "failed" not in ends
    assert all(len(reports) == 1 for reports in observer.reports.values())
    assert observer.events.count("queued") == observer.events.count("finished")
    assert observer.levels["used_cells"] <= observer.levels["cells"]
    assert grown_bytes < 16 << 20
    assert not {thread.name for thread in threading.enumerate()} & {"llama-owner", "llama-context-writer"}
