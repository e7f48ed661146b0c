"""What a remote generator tells Prometheus of its drafts, under the same names as the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from app.generators.protocol import Draft
from app.generators.remote.breaker import BreakerState, CircuitBreaker
from app.generators.remote.places import Places
from app.generators.request_measures import Meters, RequestMeasures, RequestTimes
from indexes.errors import RonbunError


class RemoteMeasures:
    """Counts the drafts of one model; who runs and waits in `places`, and the breaker, are read when scraped."""

    def __init__(
        self, registry: CollectorRegistry, *, model_name: str, places: Places, breaker: CircuitBreaker
    ) -> None:
        self._requests = RequestMeasures(registry, model_name=model_name)
        self._requests.running.set_function(lambda: places.running)
        self._requests.waiting.set_function(lambda: places.waiting)
        Meters(registry, model_name=model_name).gauge(
            "remote_breaker_open", "1 while the server is left alone after failures."
        ).set_function(lambda: float(breaker.state is not BreakerState.CLOSED))

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """Count what stops a draft; an error that is none of ours came from a callback: the reader has left."""
        try:
            yield
        except BaseException as error:
            self._requests.ended(error.code if isinstance(error, RonbunError) else "cancelled")
            raise

    def written(self, draft: Draft) -> None:
        """Count a draft, and note what it took: `timings_ms` has every stage."""
        times = dict(draft.timings_ms)
        self._requests.ended("length" if draft.is_cut_off else "stop")
        self._requests.prompt_tokens.inc(draft.usage.prompt_tokens - draft.usage.cached_tokens)
        self._requests.generation_tokens.inc(draft.usage.completion_tokens)
        self._requests.prefix_queries.inc(draft.usage.prompt_tokens)
        self._requests.prefix_hits.inc(draft.usage.cached_tokens)
        self._requests.first_token(times["first_token"])
        self._requests.took(RequestTimes(times["queue"], times["read"], times["write"], draft.usage.completion_tokens))
