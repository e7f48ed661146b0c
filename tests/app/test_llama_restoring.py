"""Starts that restore contexts from disk, and errors nobody expected: each text ends once, and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_engines import CountingContext, RememberingObserver, counted, make_engine_request

from app.generators.llama.admission import Admission
from app.generators.llama.generation import GenerationReport
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.pace import Pace
from app.generators.llama.prefix_cache.context_file import ContextKind
from app.generators.llama.prefix_cache.context_keeper import ContextKeeper
from app.generators.llama.prefix_cache.saved_contexts import SavedContexts
from app.generators.llama.requests import FinishReason
from app.generators.llama.running import EngineRequest
from app.generators.llama.scheduler import Scheduler, StepTools
from indexes.errors import ModelFailed

SEATS = 4
SHARED, PAPER = 100, 130
MORE_THAN_SEQUENCES = 12


class Setting:
    """A scheduler with a keeper, in a memory of so many cells."""

    def __init__(self, folder: Path, *, cells: int) -> None:
        self.context = CountingContext(cells)
        self.memory = SequenceMemory(self.context, sequences=2 * SEATS + 1, can_share=True, sliding_window=0)
        self.saved = SavedContexts(folder, kind=ContextKind("0" * 64, "test"), max_bytes=1 << 20)
        self.keeper = ContextKeeper(self.saved, memory=self.memory)
        self.observer = RememberingObserver()
        self.requests: list[EngineRequest] = []
        pace = Pace()
        self.admission = Admission(self.memory, pace=pace, seats=SEATS, max_waiting=20)
        tools = StepTools(frozenset({7}), (b"x",) * 8, np.array([], np.int64), 64)
        self.scheduler = Scheduler(
            self.memory, self.admission, tools=tools, pace=pace, keeper=self.keeper, observer=self.observer
        )

    def put(self, *prompts: Sequence[int], max_tokens: int = 4, **changes: Any) -> list[EngineRequest]:
        requests = [make_engine_request(prompt, max_tokens=max_tokens, **changes) for prompt in prompts]
        self.requests += requests  # kept, so that no two have one id
        for request in requests:
            self.admission.put(request)
        return requests

    def run(self) -> None:
        for _ in range(1000):
            if self.scheduler.is_idle:
                return
            self.scheduler.step()
        raise AssertionError("it never falls idle")

    def answers(self) -> bool:
        """Whether a new text is written to its end."""
        (request,) = self.put(counted(170, 20))
        self.run()
        return finish_of(request) is FinishReason.LENGTH


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, cells=512)


def finish_of(request: EngineRequest) -> FinishReason:
    list(request.generation)
    assert request.generation.report is not None
    return request.generation.report.finish


def break_with(error: Exception) -> Any:
    def breaking(*_: object, **__: object) -> Any:
        raise error

    return breaking


def test_restored_contexts_that_share_no_cells_are_not_let_in_beyond_the_memory(setting: Setting) -> None:
    """Four papers saved with one beginning: two texts fit where they share it, not where each has its own."""
    papers = [[*counted(0, SHARED), *counted(60 * number + 10, PAPER)] for number in range(4)]
    for paper in papers:
        assert setting.saved.save(paper, bytes(paper))
    requests = setting.put(*([*paper, *counted(200, 8)] for paper in papers), max_tokens=45)
    setting.run()
    assert [finish_of(request) for request in requests] == [FinishReason.LENGTH] * 4
    restored = [lookup["restored_tokens"] for lookup in setting.observer.lookups]
    assert restored[0] == SHARED + PAPER
    assert 0 in restored  # there was no room for another copy of the beginning
    assert min(request.cached_tokens for request in requests) >= SHARED


def test_beginning_that_a_failed_restore_evicted_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(tmp_path, cells=300)
    paper = [*counted(0, 40), *counted(100, 200)]
    assert setting.saved.save(paper, bytes(paper))
    setting.put([*counted(0, 40), *counted(50, 100)])
    setting.run()
    evicted: list[int] = []
    evict = setting.memory.evict

    def noting_evict() -> bool:
        evicted.append(setting.memory.used_cells)
        return evict()

    monkeypatch.setattr(setting.memory, "evict", noting_evict)
    monkeypatch.setattr(setting.context, "restore", lambda *_: False)
    (request,) = setting.put([*paper, 1, 2, 3], max_tokens=2)
    setting.run()
    assert evicted == [140]
    assert finish_of(request) is FinishReason.LENGTH
    assert request.cached_tokens == 0
    (again,) = setting.put([*paper, 1, 2, 3], max_tokens=2)
    setting.run()
    assert again.cached_tokens == len(paper) + 2


@pytest.mark.parametrize("broken", ["keeper.bring", "context.copy", "context.restore", "sampler", "sampler, observer"])
def test_error_while_a_text_starts_ends_it_once_and_nobody_else(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    paper = counted(0, SHARED + PAPER)
    setting.saved.save(paper, bytes(paper))
    setting.put([*counted(0, 40), 1])
    (writing,) = setting.put(counted(90, 20), max_tokens=60)
    setting.scheduler.step()
    setting.scheduler.step()
    for _ in range(MORE_THAN_SEQUENCES):
        (request,) = setting.put([*counted(0, 40), 1] if broken == "context.copy" else [*paper, 1])
        with monkeypatch.context() as patch:
            patch_in(setting, patch, broken)
            setting.scheduler.step()
        with pytest.raises(ModelFailed, match="MemoryError: no memory"):
            list(request.generation)
    assert setting.answers()
    assert finish_of(writing) is FinishReason.LENGTH
    assert max(len(reports) for reports in setting.observer.reports.values()) == 1


def patch_in(setting: Setting, patch: pytest.MonkeyPatch, broken: str) -> None:
    breaking = break_with(MemoryError("no memory"))
    if broken.startswith("sampler"):
        patch.setattr("app.generators.llama.running.Sampler", breaking)
        if "observer" in broken:
            patch.setattr(setting.observer, "finished", breaking)
    else:
        part, name = broken.split(".")
        patch.setattr(getattr(setting, part), name, breaking)


def test_error_while_a_context_is_saved_costs_nobody_a_text(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting.keeper, "save", break_with(MemoryError("no memory")))
    for _ in range(MORE_THAN_SEQUENCES):
        assert setting.answers()


@pytest.mark.parametrize("is_closing", [True, False])
def test_observer_that_breaks_at_an_end_leaves_no_reader_waiting(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, *, is_closing: bool
) -> None:
    requests = setting.put(*([number] * 20 for number in range(6)), max_tokens=60)
    setting.scheduler.step()
    told: list[GenerationReport] = []

    def finished(_: object, report: GenerationReport) -> None:
        told.append(report)
        raise ValueError("no disk")

    monkeypatch.setattr(setting.observer, "finished", finished)
    if is_closing:
        setting.scheduler.end_all(FinishReason.CLOSED, lambda: ModelFailed("closed", hint=""), also_waiting=True)
    else:
        for request in requests:
            request.generation.cancel()
        setting.scheduler.step()
    assert setting.scheduler.is_idle
    assert len(told) == len({id(report) for report in told}) == 6
    assert all(request.generation.report is not None for request in requests)


def test_text_whose_end_breaks_ends_with_an_error(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = setting.put(counted(0, 20), counted(90, 20))
    monkeypatch.setattr(broken._stream, "finish", break_with(ValueError("half a character")))
    setting.run()
    with pytest.raises(ModelFailed, match="half a character"):
        list(broken.generation)
    assert finish_of(whole) is FinishReason.LENGTH
    assert setting.answers()
