"""Ten answers over one prefix: cold, with the prefix kept, in a bare loop, and by the engine; then with the grammar.

The ways take turns, in the opposite order every second round, and each round reads a prefix of its own, so that nothing
is known from the round before. One cold answer a round stands for all: they are alike. The engine saves the prefix to
disk meanwhile, as it does unless it is told not to: so what nobody uses leaves its memory soon.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.generators.drafting import MAX_SENTENCE_CHARS
from app.generators.grammar import draft_grammar
from app.generators.llama.engine import LlamaEngine
from app.generators.llama.requests import GenerationRequest
from bench.engine.bare import BareContext, answer_cold, answer_together, answer_with_prefix_kept
from bench.engine.bare import opened as opened_bare
from bench.engine.ours import Asked, ask_at_once, opened_engine
from bench.engine.setting import Setting, joined
from bench.engine.stopwatch import Taken, mean, ratios, timed

GRAMMAR = draft_grammar(numbers=range(1, 9), max_sentences=5, max_chars=MAX_SENTENCE_CHARS)


def ten_answers(setting: Setting) -> dict[str, Any]:
    """Return the seconds of each way, means over the rounds, and ours as a part of theirs."""
    sizes = setting.sizes
    room = sizes.prefix + sizes.answers * (sizes.question + sizes.answer) + 256
    bare = opened_bare(setting.model, context_tokens=room, sequences=sizes.answers, threads=setting.processors)
    taken: dict[str, list[Taken]] = {}
    with (
        TemporaryDirectory(prefix="ronbun-bench-") as folder,
        bare as context,
        opened_engine(setting, saved_contexts=Path(folder)) as engine,
    ):
        for number in range(sizes.rounds):
            for name in _ways(is_reversed=number % 2 == 1):
                taken.setdefault(name, []).append(_one_way(name, number, setting, context, engine))
    means = {name: mean(each) for name, each in taken.items()}
    return {
        "seconds": {name: [round(each.wall_s, 2) for each in all_taken] for name, all_taken in taken.items()},
        "cpu_seconds": {name: round(each.cpu_s, 2) for name, each in means.items()},
        **ratios("to_cold", means["engine"], means["cold"]),
        **ratios("to_prefix_kept", means["engine"], means["prefix kept"]),
        **ratios("to_bare_loop", means["engine"], means["bare loop"]),
    }


def with_grammar(setting: Setting) -> dict[str, Any]:
    """Return how much longer the same answers take under the answer's grammar, the prefix being read already.

    Where reading counts too, the ratio is nearer 1: `ratio_with_reading` adds the measured seconds to both.
    """
    sizes = setting.sizes
    prefix = setting.tokens(sizes.prefix, seed=50)
    taken: dict[str, list[Taken]] = {"plain": [], "grammar": []}
    texts: list[str] = []
    with opened_engine(setting) as engine:
        reading = ask_at_once(engine, [_request(prefix, [7], sizes.answer, max_tokens=1)]).taken
        ask_at_once(engine, [_request(prefix, [9], sizes.answer, grammar=GRAMMAR)])  # the grammar is compiled once
        for number in range(2 * sizes.rounds):
            for name in ("plain", "grammar")[:: -1 if number % 2 else 1]:
                questions = setting.questions(seed=1000 * (number + 1) + (name == "grammar") * 100)
                grammar = GRAMMAR if name == "grammar" else None
                asked = ask_at_once(engine, _requests(prefix, questions, sizes.answer, grammar=grammar))
                taken[name].append(asked.taken.times(1 / asked.written_tokens))
                texts += asked.texts if grammar else ()
    plain, bound = mean(taken["plain"]), mean(taken["grammar"])
    reading = reading.times(1 / (sizes.answers * sizes.answer))
    return {
        "ms_per_token": {name: [round(1000 * one.wall_s, 2) for one in each] for name, each in taken.items()},
        **ratios("ratio", bound, plain),
        **ratios("ratio_with_reading", bound + reading, plain + reading),
        "unparsable": sum(not is_draft(text) for text in texts),
        "texts": len(texts),
    }


def is_draft(text: str) -> bool:
    """Tell whether a text under the answer's grammar is the JSON that it asks for."""
    try:
        sentences = json.loads(text)["sentences"]
        return all(isinstance(one["text"], str) and set(one["passages"]) <= set(range(1, 9)) for one in sentences)
    except (ValueError, KeyError, TypeError):
        return False


def _ways(*, is_reversed: bool) -> tuple[str, ...]:
    ways = ("cold", "bare loop", "engine", "prefix kept")
    return ways[::-1] if is_reversed else ways


def _one_way(name: str, number: int, setting: Setting, context: BareContext, engine: LlamaEngine) -> Taken:
    """Return what all answers take in one way."""
    sizes = setting.sizes
    prefix, questions = setting.tokens(sizes.prefix, seed=number), setting.questions(seed=100 * (number + 1))
    if name == "cold":
        prompt = joined(prefix, questions[0])
        return timed(lambda: answer_cold(context, prompt, count=sizes.answer))[1].times(sizes.answers)
    if name == "bare loop":
        return timed(lambda: answer_together(context, prefix, questions, count=sizes.answer))[1]
    if name == "prefix kept":
        return timed(lambda: answer_with_prefix_kept(context, prefix, questions, count=sizes.answer))[1]
    asked = ask_at_once(engine, _requests(prefix, questions, sizes.answer, grammar=None))
    _must_be_whole(asked, sizes.answer)
    return asked.taken


def _must_be_whole(asked: Asked, count: int) -> None:
    short = [report for report in asked.reports if report.written_tokens != count]
    if short:
        raise SystemExit(f"{len(short)} of {len(asked.reports)} answers are not of {count} tokens: {short[0]}")


def _requests(
    prefix: Sequence[int], questions: Sequence[Sequence[int]], count: int, *, grammar: str | None
) -> list[GenerationRequest]:
    return [_request(prefix, question, count, grammar=grammar) for question in questions]


def _request(
    prefix: Sequence[int],
    question: Sequence[int],
    count: int,
    *,
    grammar: str | None = None,
    max_tokens: int | None = None,
) -> GenerationRequest:
    return GenerationRequest(
        joined(prefix, question), max_tokens or count, grammar=grammar, reader="sheet", keep=(len(prefix),)
    )
