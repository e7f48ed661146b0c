"""Questions answered before their turn, several at once, for a generator that writes many drafts together.

A sheet is composed in order, because each answer decides what is asked next; most of what it will ask can be foreseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from app.answering.records import Answer
from app.generators.protocol import Task
from app.sheets.asking import Ask, Asked


class AskedAhead:
    """Asks as `ask` does; what was foreseen is answered already, or being answered. A context manager."""

    def __init__(self, ask: Ask, *, workers: int, stop: Callable[[], None]) -> None:
        self._ask = ask
        self._stop = stop
        self._executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="ronbun-sheet")
        self._answers: dict[Asked, Future[Answer]] = {}

    def foresee(self, questions: Sequence[Asked]) -> None:
        """Begin to answer these, in this order."""
        for asked in questions:
            if asked not in self._answers:
                self._answers[asked] = self._executor.submit(
                    self._ask, asked.question, task=asked.task, query=asked.query, max_sentences=asked.max_sentences
                )

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        """Return the answer, which may have been asked for ahead; raises what answering raised."""
        foreseen = self._answers.get(Asked(question, task, query, max_sentences))
        if foreseen is None:
            return self._ask(question, task=task, query=query, max_sentences=max_sentences)
        return foreseen.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take out of line what has not begun, stop what has, and wait for its end: nobody wants these answers."""
        self._stop()
        self._executor.shutdown(wait=True, cancel_futures=True)
