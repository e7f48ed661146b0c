"""What an engine is asked to write, and how a text may end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.generators.protocol import Priority


class FinishReason(StrEnum):
    """Why a text ended; every request ends once, with one of these."""

    END = "end"
    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"
    DEADLINE = "deadline"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How the next token is chosen; at `temperature` 0 the likeliest is. 0, 1.0 and 0.0 turn the cuts off."""

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One text to be written after `tokens`.

    `grammar` is GBNF with the rule `root`. Writing ends before the first of `stops`. `reader` tells whose turn it is
    where several wait; after `deadline_s` seconds nobody waits any more. `keep` are lengths of the prompt's beginnings
    that others will share for long (after the system part, after the paper's): the longest is saved to disk where that
    is switched on. In memory every prompt stays read while there is room.
    """

    tokens: tuple[int, ...]
    max_tokens: int
    grammar: str | None = None
    sampling: SamplingOptions = SamplingOptions()
    stops: tuple[str, ...] = ()
    reader: str = ""
    priority: Priority = Priority.INTERACTIVE
    deadline_s: float | None = None
    keep: tuple[int, ...] = ()
