"""How soon a short question gets its first token while a long prompt is being read, against waiting for all of it."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from app.generators.llama.engine import LlamaEngine
from app.generators.llama.requests import GenerationRequest
from app.generators.protocol import Stage
from bench.engine.ours import ask_one_by_one, opened_engine, received
from bench.engine.setting import Setting

MOMENTS = (0.02, 0.3, 0.6)
"""Parts of the long prompt's reading after which the short question comes."""

SHORT_ANSWER = 4


def beside_a_long_prompt(setting: Setting) -> dict[str, Any]:
    """Return the first-token times, and the median short one as a part of the wait for the whole.

    The wait for the whole is what a line without chunks costs: the long prompt's first token, then the question's own.
    """
    with opened_engine(setting) as engine:
        _short_alone(engine, setting, seed=1)
        alone_ms = _short_alone(engine, setting, seed=2)
        long_ms = _long_alone(engine, setting)
        beside = [_short_beside(engine, setting, number, part * long_ms) for number, part in enumerate(MOMENTS)]
    whole_ms = long_ms + alone_ms
    shorts_ms = [short for short, _ in beside]
    return {
        "short_alone_ms": round(alone_ms, 1),
        "long_alone_ms": round(long_ms, 1),
        "short_beside_ms": [round(each, 1) for each in shorts_ms],
        "long_beside_ms": [round(each, 1) for _, each in beside],
        "to_the_wait": round(median(shorts_ms) / whole_ms, 3),
        "worst_to_the_wait": round(max(shorts_ms) / whole_ms, 3),
    }


def _short_alone(engine: LlamaEngine, setting: Setting, *, seed: int) -> float:
    report = ask_one_by_one(engine, [_short(setting, seed)]).reports[0]
    return report.first_token_ms or 0.0


def _long_alone(engine: LlamaEngine, setting: Setting) -> float:
    report = ask_one_by_one(engine, [_long(setting, seed=100)]).reports[0]
    return report.first_token_ms or 0.0


def _short_beside(engine: LlamaEngine, setting: Setting, number: int, after_ms: float) -> tuple[float, float]:
    """Ask the short question `after_ms` after the long prompt; return both first-token times."""
    reading = engine.submit(_long(setting, seed=200 + number))
    while reading.progress.stage is Stage.WAITING:
        time.sleep(0.001)
    time.sleep(after_ms / 1000)
    if reading.progress.stage is not Stage.READING:
        raise SystemExit("the long prompt was read before the short question came")
    _, short = received(engine.submit(_short(setting, seed=300 + number)))
    _, long = received(reading)
    return short.first_token_ms or 0.0, long.first_token_ms or 0.0


def _short(setting: Setting, seed: int) -> GenerationRequest:
    return GenerationRequest(tuple(setting.tokens(setting.sizes.question, seed=seed)), SHORT_ANSWER, reader="chat")


def _long(setting: Setting, *, seed: int) -> GenerationRequest:
    return GenerationRequest(tuple(setting.tokens(setting.sizes.long_prompt, seed=seed)), 1, reader="paper")
