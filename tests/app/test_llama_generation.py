"""The reader's handle: pieces in order, one end, errors as their own, and two ways to wait."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.generators.llama.generation import Generation, GenerationReport
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.protocol import DraftProgress, Stage
from indexes.errors import Busy, ModelFailed


def make_generation(place: tuple[int, float | None] | None = None, **changes: float) -> Generation:
    return Generation(GenerationRequest((1,), 1, **changes), place=lambda: place)  # type: ignore[arg-type]


def make_report(finish: FinishReason = FinishReason.END) -> GenerationReport:
    return GenerationReport(finish, 1, 0, 1, 0.0, 0.0, 0.0, None)


def test_pieces_come_in_order_and_then_the_end() -> None:
    generation = make_generation()
    for piece in ("a", "", "b"):
        generation.put(piece)
    assert generation.report is None
    generation.end(make_report())
    assert list(generation) == ["a", "b"]
    assert generation.poll() is None
    assert generation.poll(timeout_s=0) is None
    assert generation.report == make_report()


def test_it_ends_once_and_the_first_end_stands() -> None:
    generation = make_generation()
    assert generation.end(make_report(), Busy("late", hint=""))
    assert not generation.end(make_report(FinishReason.FAILED), ModelFailed("broken", hint=""))
    for _ in range(2):
        with pytest.raises(Busy, match="late"):
            list(generation)
    assert generation.report == make_report()


def test_poll_waits_no_longer_than_it_is_told() -> None:
    generation = make_generation()
    assert generation.poll(timeout_s=0) == ""
    started = time.monotonic()
    assert generation.poll(timeout_s=0.05) == ""
    assert time.monotonic() - started > 0.04


def test_progress_tells_the_place_only_while_it_waits() -> None:
    generation = make_generation((3, 1.5))
    assert generation.progress == DraftProgress(Stage.WAITING, 3, 1.5)
    generation.enter(Stage.READING)
    assert generation.progress == DraftProgress(Stage.READING)
    assert make_generation(None).progress == DraftProgress(Stage.WAITING)


def test_deadline_counts_from_submission() -> None:
    assert make_generation().deadline is None
    generation = make_generation(deadline_s=5.0)
    assert generation.deadline == pytest.approx(generation.submitted_at + 5.0)


def test_async_reader_is_woken_by_another_thread() -> None:
    generation = make_generation()

    def write() -> None:
        for piece in ("a", "b"):
            time.sleep(0.02)
            generation.put(piece)
        generation.end(make_report())

    async def receive() -> list[str]:
        thread = threading.Thread(target=write)
        thread.start()
        pieces = [piece async for piece in generation]
        thread.join()
        return pieces

    assert asyncio.run(receive()) == ["a", "b"]


def test_async_reader_gets_the_error() -> None:
    generation = make_generation()
    generation.put("a")
    generation.end(make_report(FinishReason.FAILED), ModelFailed("broken", hint=""))

    async def receive() -> list[str]:
        return [piece async for piece in generation]

    with pytest.raises(ModelFailed, match="broken"):
        asyncio.run(receive())


def test_async_reader_whose_loop_is_gone_is_cancelled() -> None:
    generation = make_generation()

    async def begin() -> None:
        generation.put("a")
        await anext(aiter(generation))

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    generation.put("b")
    assert generation.is_cancelled
