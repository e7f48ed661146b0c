"""Whether a greedy text is the same in a batch as alone, on the tiny model; where not, how near the two tokens were."""

from __future__ import annotations

from typing import Any

from app.generators.llama.requests import GenerationRequest, SamplingOptions
from bench.engine.instruments import Choice, recorded_choices
from bench.engine.models import TINY
from bench.engine.ours import ask_at_once, ask_one_by_one, opened_engine
from bench.engine.setting import Setting

TEXTS, ANSWER = 24, 40
TIE = 0.01
"""Logits this near are one to 16-bit arithmetic: the order of additions, which depends on the batch, decides."""


def batch_against_alone(setting: Setting) -> dict[str, Any]:
    """Return how many texts are the same, and of each other the place and the gap of the first other token."""
    requests = [_request(setting, number) for number in range(TEXTS)]
    alone, batched = _choices(setting, requests, at_once=False), _choices(setting, requests, at_once=True)
    flips = [
        {"text": number, **flip}
        for number in range(TEXTS)
        if (flip := _first_flip(alone[number], batched[number])) is not None
    ]
    return {
        "texts": TEXTS,
        "same": TEXTS - len(flips),
        "flips": flips,
        "not_ties": sum(flip["gap"] > TIE for flip in flips),
        "tokens": sum(len(choices) for choices in batched.values()),
    }


def _first_flip(alone: list[Choice], batched: list[Choice]) -> dict[str, Any] | None:
    for place, (one, other) in enumerate(zip(alone, batched, strict=False)):
        if one.token != other.token:
            return {"place": place, "tokens": [one.token, other.token], "gap": round(min(one.gap, other.gap), 6)}
    if len(alone) != len(batched):
        return {"place": min(len(alone), len(batched)), "tokens": [], "gap": float("inf")}
    return None


def _choices(setting: Setting, requests: list[GenerationRequest], *, at_once: bool) -> dict[int, list[Choice]]:
    with recorded_choices() as choices, opened_engine(setting, path=setting.tiny) as engine:
        ask = ask_at_once if at_once else ask_one_by_one
        ask(engine, requests)
        return dict(choices)


def _request(setting: Setting, number: int) -> GenerationRequest:
    """Make a third of the prompts alone, the others with one of two beginnings."""
    beginning = setting.tokens(64, seed=number % 3, shape=TINY) if number % 3 else []
    own = setting.tokens(5 + 17 * number % 90, seed=900 + number, shape=TINY)
    return GenerationRequest(
        tuple(beginning + own),
        ANSWER,
        sampling=SamplingOptions(seed=number),
        reader=str(number),
        keep=(len(beginning),),
    )
