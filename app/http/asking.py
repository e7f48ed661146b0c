"""A question's way through the pool: answered whole or event by event, stopped when its reader leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from app.answering.answer import AnswerEvent, AnswerOptions, Done, answer_question
from app.answering.records import Answer, Progressed
from app.http.pools import ReaderLeft
from app.http.services import Services
from app.sheets.held_context import with_held_context
from indexes.records import Language

MAX_SENTENCES = 6


def answer_options(
    services: Services, *, paper_ids: tuple[str, ...] | None, language: Language | None, reader: str
) -> AnswerOptions:
    """Return the options of an answer under the service's settings."""
    return AnswerOptions(
        language=language,
        paper_ids=paper_ids,
        k=services.options.evidence_passages,
        max_sentences=MAX_SENTENCES,
        reader=reader,
        deadline_s=services.options.answer_timeout_s,
    )


def answer_until(
    left: threading.Event,
    question: str,
    *,
    services: Services,
    options: AnswerOptions,
    on_event: Callable[[AnswerEvent], None] | None = None,
) -> Answer:
    """Answer in this thread, stop at the next event once `left` is set, and count how the question ended.

    Raises:
        ReaderLeft: `left` was set.
    """

    def pass_on(event: AnswerEvent) -> None:
        if left.is_set():
            raise ReaderLeft
        if on_event is not None:
            on_event(event)

    ended = "failed"
    try:
        if left.is_set():
            raise ReaderLeft
        options = with_held_context(question, options, library=services.library, generator=services.generator)
        answer = answer_question(
            question, library=services.library, generator=services.generator, options=options, on_event=pass_on
        )
        ended = answer.status.value
    except ReaderLeft:
        ended = "left"
        raise
    finally:
        services.measures.observe_question(ended)
    return answer


class AnswerStream:
    """The events of one question as they come from the pool; making it takes the question's place in line.

    Raises:
        Busy: as many questions wait as may.
    """

    def __init__(self, question: str, *, services: Services, options: AnswerOptions) -> None:
        loop = asyncio.get_running_loop()
        told: Progressed | None = None
        self._queue: asyncio.Queue[AnswerEvent | None] = asyncio.Queue()
        self._left = threading.Event()
        self._heartbeat_s = services.options.heartbeat_s

        def put(event: AnswerEvent) -> None:
            nonlocal told
            is_news = event != told and not isinstance(event, Done)
            told = event if isinstance(event, Progressed) else told
            if is_news:
                loop.call_soon_threadsafe(self._queue.put_nowait, event)

        self._answering = services.asks.submit(
            lambda: answer_until(self._left, question, services=services, options=options, on_event=put)
        )
        self._answering.add_done_callback(lambda _: self._queue.put_nowait(None))

    async def events(self) -> AsyncIterator[AnswerEvent | None]:
        """Yield events in order, `Done` last, and None whenever nothing came for a heartbeat.

        Raises:
            RonbunError: the answering failed.
        """
        try:
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        event = await self._queue.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    yield Done(self._answering.result())
                    return
                yield event
        finally:
            self._left.set()
            self._answering.cancel()
