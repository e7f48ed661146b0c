"""What every row of the benchmark is given: the models, the sizes of its prompts and answers, and its processors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.engine.models import HALF_BILLION, TINY, Shape, made_model


@dataclass(frozen=True, slots=True)
class Sizes:
    """Tokens of prompts and answers, how many run at once, and how often short measurements are repeated."""

    prefix: int = 2000
    question: int = 30
    answer: int = 48
    answers: int = 10
    reader_prompt: int = 500
    reader_answer: int = 64
    readers: int = 8
    long_prompt: int = 4000
    rounds: int = 2
    random_requests: int = 2000
    threads: int = 16


QUICK = Sizes(
    prefix=300,
    question=12,
    answer=12,
    answers=4,
    reader_prompt=60,
    reader_answer=12,
    readers=3,
    long_prompt=1500,
    rounds=1,
    random_requests=120,
    threads=4,
)
"""For tests, on the tiny model: the ratios mean nothing then."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`model` is the one that speed is measured on, `tiny` the one for correctness; `folder` keeps what is made."""

    folder: Path
    model: Path
    tiny: Path
    shape: Shape
    sizes: Sizes
    processors: int

    def tokens(self, count: int, *, seed: int, shape: Shape | None = None) -> list[int]:
        """Return random tokens that are text, the same for the same seed."""
        named = (shape or self.shape).named_vocabulary
        drawn: list[int] = np.random.default_rng(seed).integers(256, named, count).tolist()
        return drawn

    def questions(self, *, seed: int) -> list[list[int]]:
        """Return as many questions as there are answers at once."""
        return [self.tokens(self.sizes.question, seed=seed + number) for number in range(self.sizes.answers)]


def made_setting(folder: Path, *, is_quick: bool) -> Setting:
    """Return the setting of a run, making the models that are not there."""
    tiny = made_model(folder, TINY, is_quantised=False)
    shape = TINY if is_quick else HALF_BILLION
    model = tiny if is_quick else made_model(folder, HALF_BILLION, is_quantised=True)
    return Setting(folder, model, tiny, shape, QUICK if is_quick else Sizes(), len(os.sched_getaffinity(0)))


def joined(*parts: Sequence[int]) -> tuple[int, ...]:
    """Return parts of a prompt as one."""
    return tuple(token for part in parts for token in part)
