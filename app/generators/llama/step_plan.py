"""What the model handles in one step: a token for each sequence that writes, then chunks of prompts that are read.

A pure function over small records; knows nothing of llama.cpp. Chunked prefill as in Sarathi-Serve (OSDI 2024): the
prompt tokens beside writers are bounded, so that the time per token is. Among prompts the least work left goes first
(shortest remaining time), and one that got nothing for `AGEING_STEPS` steps goes before: of n prompts each has its part
of the budget at least every `AGEING_STEPS` + n steps, whatever else comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AGEING_STEPS = 4
"""Steps without a token after which a prompt has a chunk before shorter ones."""

AGED_PART = 4
"""One token in this many of a step's prompt tokens goes to the prompt that has waited longest, once it is aged."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt being read: tokens left (at least 1), and steps since it last had a chunk (or since it came)."""

    sequence: int
    remaining_tokens: int
    waited_steps: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next `tokens` of a prompt; `is_last` says that the prompt has then been read and its first token comes."""

    sequence: int
    tokens: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Sequences that get a token of their own, then chunks, each sequence once."""

    writing: tuple[int, ...]
    chunks: tuple[Chunk, ...]

    @property
    def tokens(self) -> int:
        """Tokens of the whole step."""
        return len(self.writing) + sum(chunk.tokens for chunk in self.chunks)


def plan_step(writing: Sequence[int], reading: Sequence[Reading], *, max_tokens: int, max_read_beside: int) -> StepPlan:
    """Return what one step handles.

    Args:
        writing: sequences that write; each has its token in every step.
        reading: prompts being read, in the order in which they came.
        max_tokens: of a step (llama.cpp's batch), more than can ever write at once.
        max_read_beside: prompt tokens in a step in which somebody writes, at least 1: bounds the time per token.

    Raises:
        ValueError: more write than a step has tokens.
    """
    room = max_tokens - len(writing)
    if room < 0 or max_read_beside < 1:
        raise ValueError(f"{len(writing)} write, {max_tokens} tokens a step, {max_read_beside} of prompts beside them")
    if writing:
        room = min(room, max_read_beside)
    granted = _grant(reading, room)
    chunks = [
        Chunk(one.sequence, tokens, is_last=tokens == one.remaining_tokens)
        for one in reading
        if (tokens := granted[one.sequence])
    ]
    return StepPlan(tuple(writing), tuple(chunks))


def _grant(reading: Sequence[Reading], room: int) -> dict[int, int]:
    """Share out `room` tokens: a part to the prompt that waited longest, the rest to the shortest first.

    Nobody gets less than that part, but to finish: crumbs would be taken for a turn, and the wait begin again.
    """
    granted = dict.fromkeys((one.sequence for one in reading), 0)
    part = max(1, room // AGED_PART)
    oldest = max(reading, key=lambda one: one.waited_steps, default=None)
    if oldest is not None and oldest.waited_steps >= AGEING_STEPS:
        granted[oldest.sequence] = min(oldest.remaining_tokens, part, room)
        room -= granted[oldest.sequence]
    for one in sorted(reading, key=lambda one: one.remaining_tokens):
        left = one.remaining_tokens - granted[one.sequence]
        if room >= min(left, part):
            tokens = min(left, room)
            granted[one.sequence] += tokens
            room -= tokens
    return granted
