"""An engine's events as Prometheus metrics, under the names of vLLM's and llama-server's with our prefix."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from app.generators.llama.generation import GenerationReport
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.request_measures import MS, TOKEN_BUCKETS_S, Meters, RequestMeasures, RequestTimes

BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class EngineMeasures:
    """Counts what one engine tells; an `EngineObserver`. The label `model_name` is the model file's name."""

    def __init__(self, registry: CollectorRegistry, *, model_name: str) -> None:
        meters = Meters(registry, model_name=model_name)
        self._requests = RequestMeasures(registry, model_name=model_name)
        self._cache_use = meters.gauge("kv_cache_usage_perc", "Share of the KV cache's cells in use, from 0 to 1.")
        self._busy = meters.gauge("n_busy_slots_per_decode", "Sequences per step, mean over all steps.")
        self._restored = meters.counter("prefix_cache_restored", "Prompt tokens found in contexts saved to disk.")
        self._decodes = meters.counter("n_decode", "Steps of the model.")
        self._step_tokens = meters.histogram("iteration_tokens", "Tokens of a step.", BATCH_BUCKETS)
        self._step_time = meters.histogram("iteration_seconds", "Time of a step.", TOKEN_BUCKETS_S)
        self._steps = 0
        self._sequences = 0

    def queued(self, request: GenerationRequest) -> None:
        """Do nothing: `filled` tells how many wait."""

    def started(self, request: GenerationRequest, *, queue_ms: float) -> None:
        """Do nothing: the report tells how long it waited."""

    def prefix_looked_up(self, *, prompt_tokens: int, cached_tokens: int, restored_tokens: int) -> None:
        """Count tokens looked up and found."""
        self._requests.prefix_queries.inc(prompt_tokens)
        self._requests.prefix_hits.inc(cached_tokens)
        self._restored.inc(restored_tokens)

    def first_token(self, request: GenerationRequest, *, elapsed_ms: float) -> None:
        """Note how long the first token took."""
        self._requests.first_token(elapsed_ms)

    def stepped(self, *, read_tokens: int, written_tokens: int, sequences: int, elapsed_ms: float) -> None:
        """Count a step and its tokens."""
        self._steps += 1
        self._sequences += sequences
        self._decodes.inc()
        self._busy.set(self._sequences / self._steps)
        self._requests.prompt_tokens.inc(read_tokens)
        self._requests.generation_tokens.inc(written_tokens)
        self._step_tokens.observe(read_tokens + written_tokens)
        self._step_time.observe(elapsed_ms / MS)

    def filled(self, *, running: int, waiting: int, used_cells: int, cells: int) -> None:
        """Note how full the engine is."""
        self._requests.running.set(running)
        self._requests.waiting.set(waiting)
        self._cache_use.set(used_cells / cells)

    def finished(self, request: GenerationRequest, report: GenerationReport) -> None:
        """Count how a request ended, and note what it took where it was served."""
        self._requests.ended(report.finish.value)
        if report.finish not in (FinishReason.FAILED, FinishReason.CLOSED):
            self._requests.took(RequestTimes(report.queue_ms, report.read_ms, report.write_ms, report.written_tokens))
