"""What every generator with a model tells Prometheus of its requests, under vLLM's names with our prefix.

What vLLM and llama-server call the same keeps its meaning and unit, so that their dashboards serve after exchanging
the prefix: seconds in histograms, tokens in counters.
"""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

WAIT_BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
TOKEN_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5)
MS = 1000


class Meters:
    """Makes metrics of one model in one registry; the label `model_name` is the model's."""

    def __init__(self, registry: CollectorRegistry, *, model_name: str) -> None:
        self._registry = registry
        self._model_name = model_name

    def gauge(self, name: str, what: str) -> Gauge:
        """Return a new gauge `ronbun_<name>`."""
        return Gauge(f"ronbun_{name}", what, ("model_name",), registry=self._registry).labels(self._model_name)

    def counter(self, name: str, what: str) -> Counter:
        """Return a new counter `ronbun_<name>_total`."""
        return Counter(f"ronbun_{name}", what, ("model_name",), registry=self._registry).labels(self._model_name)

    def histogram(self, name: str, what: str, buckets: tuple[float, ...]) -> Histogram:
        """Return a new histogram `ronbun_<name>`."""
        made = Histogram(f"ronbun_{name}", what, ("model_name",), buckets=buckets, registry=self._registry)
        return made.labels(self._model_name)

    def by_reason(self, name: str, what: str) -> Counter:
        """Return a new counter with the further label `finished_reason`; the model's name is given by the caller."""
        return Counter(f"ronbun_{name}", what, ("model_name", "finished_reason"), registry=self._registry)


@dataclass(frozen=True, slots=True)
class RequestTimes:
    """What one request took, in milliseconds, and how many tokens it wrote."""

    queue_ms: float
    read_ms: float
    write_ms: float
    written_tokens: int


class RequestMeasures:
    """Counts requests of one model: how many run and wait, how they ended, what they took."""

    def __init__(self, registry: CollectorRegistry, *, model_name: str) -> None:
        meters = Meters(registry, model_name=model_name)
        self._model_name = model_name
        self.running = meters.gauge("num_requests_running", "Requests that the model works on.")
        self.waiting = meters.gauge("num_requests_waiting", "Requests that wait for the model.")
        self.prompt_tokens = meters.counter("prompt_tokens", "Prompt tokens read.")
        self.generation_tokens = meters.counter("generation_tokens", "Tokens written.")
        self.prefix_queries = meters.counter("prefix_cache_queries", "Prompt tokens looked up in the prefix cache.")
        self.prefix_hits = meters.counter("prefix_cache_hits", "Prompt tokens found there: they are not read again.")
        self._success = meters.by_reason("request_success", "Requests by how they ended.")
        self._first_token = meters.histogram(
            "time_to_first_token_seconds", "From request to first token.", WAIT_BUCKETS_S
        )
        self._per_token = meters.histogram(
            "time_per_output_token_seconds", "Mean time of a request's tokens after its first.", TOKEN_BUCKETS_S
        )
        self._queue = meters.histogram(
            "request_queue_time_seconds", "From request to the model's beginning.", WAIT_BUCKETS_S
        )
        self._read = meters.histogram("request_prefill_time_seconds", "Reading the prompt.", WAIT_BUCKETS_S)
        self._write = meters.histogram("request_decode_time_seconds", "Writing.", WAIT_BUCKETS_S)
        self._whole = meters.histogram("e2e_request_latency_seconds", "From request to its end.", WAIT_BUCKETS_S)

    def first_token(self, elapsed_ms: float) -> None:
        """Note how long the first token took."""
        self._first_token.observe(elapsed_ms / MS)

    def ended(self, reason: str) -> None:
        """Count how a request ended."""
        self._success.labels(self._model_name, reason).inc()

    def took(self, times: RequestTimes) -> None:
        """Note what a request took that ended by itself or was cut off."""
        self._queue.observe(times.queue_ms / MS)
        self._whole.observe((times.queue_ms + times.read_ms + times.write_ms) / MS)
        if times.written_tokens:
            self._read.observe(times.read_ms / MS)
            self._write.observe(times.write_ms / MS)
        if times.written_tokens > 1:
            self._per_token.observe(times.write_ms / MS / (times.written_tokens - 1))
