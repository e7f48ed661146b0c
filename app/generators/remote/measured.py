"""A remote generator's drafts as Prometheus metrics, under the same names as the engine's."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from app.generators.protocol import Draft, DraftProgress, DraftRequest, DraftSentence, GeneratorIdentity
from app.generators.remote.breaker import BreakerState
from app.generators.remote.generator import RemoteGenerator
from app.generators.request_measures import Meters, RequestMeasures, RequestTimes
from indexes.errors import RonbunError


class MeasuredRemote:
    """Drafts as a remote generator does, and counts. `running`, `waiting` and the breaker are read when scraped."""

    def __init__(self, generator: RemoteGenerator, registry: CollectorRegistry) -> None:
        name = generator.identity.name
        self._generator = generator
        self._requests = RequestMeasures(registry, model_name=name)
        self._requests.running.set_function(lambda: generator.running)
        self._requests.waiting.set_function(lambda: generator.waiting)
        Meters(registry, model_name=name).gauge(
            "remote_breaker_open", "1 while the server is left alone after failures."
        ).set_function(lambda: float(generator.breaker_state is not BreakerState.CLOSED))

    @property
    def identity(self) -> GeneratorIdentity:
        """Which generator writes."""
        return self._generator.identity

    @property
    def parallel_drafts(self) -> int:
        """As many as are asked at once."""
        return self._generator.parallel_drafts

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Draft; see `Generator.draft`."""
        try:
            draft = self._generator.draft(request, on_sentence=on_sentence, on_progress=on_progress)
        except RonbunError as error:
            self._requests.ended(error.code)
            raise
        except BaseException:  # what a callback raised: the reader has left
            self._requests.ended("cancelled")
            raise
        self._count(draft)
        return draft

    def close(self) -> None:
        """Close the connections."""
        self._generator.close()

    def _count(self, draft: Draft) -> None:
        times = dict(draft.timings_ms)
        if not times:  # the server was not asked
            return
        self._requests.ended("length" if draft.is_cut_off else "stop")
        self._requests.prompt_tokens.inc(draft.usage.prompt_tokens - draft.usage.cached_tokens)
        self._requests.generation_tokens.inc(draft.usage.completion_tokens)
        self._requests.prefix_queries.inc(draft.usage.prompt_tokens)
        self._requests.prefix_hits.inc(draft.usage.cached_tokens)
        self._requests.first_token(times["first_token"])
        self._requests.took(RequestTimes(times["queue"], times["read"], times["write"], draft.usage.completion_tokens))
