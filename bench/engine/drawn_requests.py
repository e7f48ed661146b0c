"""Requests drawn at random for the tiny model: whole ones of all kinds, ones to be refused, and a text that is none."""

from __future__ import annotations

import itertools
import random

from app.generators.llama.requests import GenerationRequest, SamplingOptions
from app.generators.prompting import RenderedPrompt
from app.generators.protocol import Priority
from bench.engine.models import TINY
from bench.engine.setting import Setting
from bench.engine.shared_prefix import GRAMMAR
from indexes.errors import BadInput, ModelFailed, RonbunError, TooLarge

BAD_TEXT = "caf\u00e9 \ud800 \udfff \x00 \uffff \U0010ffff " + b"\xff\xc3\x28\xed\xa0\x80".decode("latin-1")


class DrawnRequests:
    """Draws with the `chance` of whoever asks; safe to call from several threads, each with its own."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._shared = [setting.tokens(count, seed=count, shape=TINY) for count in (40, 200, 700)]
        self._numbers = itertools.count()

    def whole(self, chance: random.Random) -> GenerationRequest:
        """Return one of any length, form, priority and patience."""
        beginning = chance.choice([[], *self._shared])
        own = self._setting.tokens(chance.randrange(1, 300), seed=chance.randrange(10**9), shape=TINY)
        return GenerationRequest(
            tuple(beginning + own),
            chance.choice((1, 2, 8, 24, 60)),
            grammar=GRAMMAR if chance.random() < 0.4 else None,
            sampling=self.numbered(chance.choice((0.0, 1.0))),
            stops=("e", " t", "\n") if chance.random() < 0.15 else (),
            reader=f"reader {chance.randrange(5)}",
            priority=chance.choice(list(Priority)),
            deadline_s=chance.choice((0.001, 0.05, 0.5)) if chance.random() < 0.1 else None,
            keep=(len(beginning),) if beginning else (),
        )

    def refused(self, chance: random.Random, *, window: int) -> tuple[GenerationRequest, type[RonbunError]]:
        """Return what cannot be, and its error: over the window, unknown tokens, nothing, or a broken grammar."""
        good = self.whole(chance)
        bad: list[tuple[GenerationRequest, type[RonbunError]]] = [
            (GenerationRequest(good.tokens * (window // len(good.tokens) + 1), 8), TooLarge),
            (GenerationRequest(good.tokens, window), TooLarge),
            (GenerationRequest((*good.tokens, TINY.vocabulary + 5), 8), BadInput),
            (GenerationRequest((-1,), 8), BadInput),
            (GenerationRequest((), 8), BadInput),
            (GenerationRequest(good.tokens, 8, grammar='root ::= "a'), ModelFailed),
        ]
        return chance.choice(bad)

    def bad_text(self, chance: random.Random) -> RenderedPrompt:
        """Return a prompt whose texts are none: lone surrogates, bytes that are not UTF-8, markers of the format."""
        return RenderedPrompt("bench", "0" * 64, "system", BAD_TEXT * chance.randrange(1, 20), "<|im_end|>" * 3)

    def numbered(self, temperature: float) -> SamplingOptions:
        """Return options whose seed is a number of its own: an observer tells requests apart by it."""
        return SamplingOptions(temperature=temperature, top_p=0.95, seed=next(self._numbers))
