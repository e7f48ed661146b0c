"""The first token of a second question about a paper after a restart: its context saved to disk, or read anew."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from app.generators.llama.requests import GenerationRequest
from bench.engine.ours import ask_one_by_one, opened_engine
from bench.engine.setting import Setting, joined


def after_a_restart(setting: Setting) -> dict[str, Any]:
    """Return milliseconds from the question to its first token in new engines, with and without the saved context.

    Loading the model is no part of either. Every engine is warmed by another prompt first.
    """
    with tempfile.TemporaryDirectory(prefix="ronbun-saved-", dir=setting.folder) as temporary:
        saved = Path(temporary)
        _ask(setting, saved, question=0)
        size_bytes = sum(file.stat().st_size for file in saved.rglob("*") if file.is_file())
        anew, restored = [], []
        for number in range(1, setting.sizes.rounds + 1):
            anew.append(_ask(setting, None, question=number))
            restored.append(_ask(setting, saved, question=number))
    return {
        "anew_ms": [round(first_ms, 1) for first_ms, _ in anew],
        "restored_ms": [round(first_ms, 1) for first_ms, _ in restored],
        "restored_tokens": [cached for _, cached in restored],
        "saved_megabytes": round(size_bytes / 1e6, 1),
        "to_anew": round(fmean(first for first, _ in restored) / fmean(first for first, _ in anew), 3),
    }


def _ask(setting: Setting, saved: Path | None, *, question: int) -> tuple[float, int]:
    """Ask one question about the paper in an engine of its own; return the first token's time and the known tokens."""
    sizes = setting.sizes
    paper, asked = setting.tokens(sizes.prefix, seed=11), setting.tokens(sizes.question, seed=20 + question)
    with opened_engine(setting, saved_contexts=saved) as engine:
        ask_one_by_one(engine, [GenerationRequest(tuple(setting.tokens(sizes.question, seed=10)), 2)])
        request = GenerationRequest(joined(paper, asked), 4, keep=(len(paper),))
        report = ask_one_by_one(engine, [request]).reports[0]
    return report.first_token_ms or 0.0, report.cached_tokens
