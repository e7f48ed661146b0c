"""A generator that stops when its job does: at the next question, and at the next sentence of the one at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.generators.protocol import Draft, DraftProgress, DraftRequest, DraftSentence, Generator, GeneratorIdentity
from app.jobs.kinds import JobStopped


class StoppableGenerator:
    """Drafts as another generator does until `cancelled` is set; then it raises `JobStopped`."""

    def __init__(self, generator: Generator, *, cancelled: threading.Event) -> None:
        self._generator = generator
        self._cancelled = cancelled

    @property
    def identity(self) -> GeneratorIdentity:
        """Which generator writes."""
        return self._generator.identity

    @property
    def parallel_drafts(self) -> int:
        """As many as the generator writes."""
        return self._generator.parallel_drafts

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Draft; see `Generator.draft`."""

        def pass_on(sentence: DraftSentence) -> None:
            self._check()
            if on_sentence is not None:
                on_sentence(sentence)

        def pass_on_progress(progress: DraftProgress) -> None:
            self._check()
            if on_progress is not None:
                on_progress(progress)

        self._check()
        return self._generator.draft(request, on_sentence=pass_on, on_progress=pass_on_progress)

    def close(self) -> None:
        """Leave the other generator open: it is not this job's."""

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise JobStopped
