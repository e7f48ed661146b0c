"""What the processors allow: memory bandwidth against the bytes of a token, how a step grows with the batch, and where
the engine's own step goes.
"""

from __future__ import annotations

import threading
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from app.generators.llama.requests import GenerationRequest
from bench.engine.bare import BareContext, Entry
from bench.engine.bare import opened as opened_bare
from bench.engine.instruments import timed_parts
from bench.engine.ours import ask_at_once, opened_engine
from bench.engine.setting import Setting, joined
from bench.engine.shared_prefix import GRAMMAR

COPY_BYTES = 512 << 20
COPIES = 5
BATCHES = (1, 2, 4, 8, 10, 16)
STEPS = 5
CONTEXT = 256
"""Tokens that every sequence shares when steps are timed."""


def limits(setting: Setting) -> dict[str, Any]:
    """Return the bandwidth, the bytes of a token and the share reached, steps by batch, and the split of ours."""
    bandwidth = copy_bandwidth(setting.processors)
    room = CONTEXT + max(BATCHES) * (STEPS + 1) + 512
    with opened_bare(setting.model, context_tokens=room, sequences=max(BATCHES), threads=setting.processors) as context:
        token_bytes = context.weight_bytes + CONTEXT * _cell_bytes(setting)
        steps_ms = {batch: _step_ms(context, setting, batch) for batch in BATCHES}
        read_s = _reading_s(context, setting)
    reached = token_bytes / steps_ms[1] * 1000
    return {
        "copy_gigabytes_per_s": round(bandwidth / 1e9, 1),
        "token_megabytes": round(token_bytes / 1e6, 1),
        "reached_gigabytes_per_s": round(reached / 1e9, 1),
        "share_of_bandwidth": round(reached / bandwidth, 3),
        "step_ms_by_batch": {str(batch): round(each, 1) for batch, each in steps_ms.items()},
        "tokens_per_s_by_batch": {str(batch): round(1000 * batch / each, 1) for batch, each in steps_ms.items()},
        "reading_tokens_per_s": round(512 / read_s, 1),
        "engine_step_shares": _split(setting),
    }


def copy_bandwidth(threads: int) -> float:
    """Return bytes a second read and written by NumPy copies in so many threads (STREAM's copy), the best of some."""
    sources = [np.ones(COPY_BYTES // threads, np.uint8) for _ in range(threads)]
    targets = [np.empty_like(source) for source in sources]
    best_s = float("inf")
    for _ in range(COPIES):
        workers = [threading.Thread(target=np.copyto, args=pair) for pair in zip(targets, sources, strict=True)]
        started = perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best_s = min(best_s, perf_counter() - started)
    return 2 * sum(source.nbytes for source in sources) / best_s


def _cell_bytes(setting: Setting) -> int:
    """Bytes of one token's keys and values in all layers, 16 bits each."""
    return 2 * 2 * setting.shape.kv_width * setting.shape.layers


def _step_ms(context: BareContext, setting: Setting, batch: int) -> float:
    """Return the median milliseconds of a step that writes `batch` tokens."""
    context.forget()
    context.read(setting.tokens(CONTEXT, seed=1))
    context.share(0, range(1, batch))
    taken = []
    for step in range(STEPS):
        entries = [
            Entry(token, CONTEXT + step, row, True) for row, token in enumerate(setting.tokens(batch, seed=step))
        ]
        started = perf_counter()
        context.decode(entries)
        taken.append(perf_counter() - started)
    return 1000 * median(taken)


def _reading_s(context: BareContext, setting: Setting) -> float:
    context.forget()
    started = perf_counter()
    context.read(setting.tokens(512, seed=2))
    return perf_counter() - started


def _split(setting: Setting) -> dict[str, dict[str, float]]:
    """Return the shares of a step's parts while answers over one prefix are written, without and with the grammar."""
    prefix, questions = setting.tokens(CONTEXT, seed=3), setting.questions(seed=4)
    shares = {}
    with timed_parts() as times, opened_engine(setting) as engine:
        for name, grammar in (("plain", None), ("grammar", GRAMMAR)):
            requests = [
                GenerationRequest(joined(prefix, question), setting.sizes.answer, grammar=grammar, keep=(CONTEXT,))
                for question in questions
            ]
            ask_at_once(engine, requests[:1])
            times.clear()
            ask_at_once(engine, requests)
            shares[name] = times.shares()
    return shares
