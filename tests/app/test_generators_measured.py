"""What Prometheus is told of a model: an engine's events, and a server's drafts, under the same names."""

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry
from remote_drafts import make_request

from app.generators.llama.generation import GenerationReport
from app.generators.llama.measured import EngineMeasures
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Usage,
)
from app.generators.remote.measured import MeasuredRemote
from indexes.errors import Busy

REQUEST = GenerationRequest(tokens=(1, 2, 3), max_tokens=4)


def report(**changes: object) -> GenerationReport:
    values: dict[str, object] = {
        "finish": FinishReason.END,
        "prompt_tokens": 30,
        "cached_tokens": 20,
        "written_tokens": 5,
        "queue_ms": 100.0,
        "read_ms": 500.0,
        "write_ms": 400.0,
        "first_token_ms": 700.0,
    }
    return GenerationReport(**{**values, **changes})  # type: ignore[arg-type]


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"ronbun_{name}", {"model_name": "tiny.gguf", **labels})


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def engine(registry: CollectorRegistry) -> EngineMeasures:
    return EngineMeasures(registry, model_name="tiny.gguf")


def test_tokens_of_the_prefix_cache_are_counted(engine: EngineMeasures, registry: CollectorRegistry) -> None:
    engine.prefix_looked_up(prompt_tokens=30, cached_tokens=20, restored_tokens=8)
    engine.prefix_looked_up(prompt_tokens=10, cached_tokens=0, restored_tokens=0)
    counted = [value(registry, f"prefix_cache_{name}_total") for name in ("queries", "hits", "restored")]
    assert counted == [40, 20, 8]


def test_steps_tell_tokens_and_how_many_sequences_share_one(
    engine: EngineMeasures, registry: CollectorRegistry
) -> None:
    engine.stepped(read_tokens=60, written_tokens=4, sequences=5, elapsed_ms=250)
    engine.stepped(read_tokens=0, written_tokens=3, sequences=3, elapsed_ms=50)
    assert [value(registry, f"{name}_total") for name in ("prompt_tokens", "generation_tokens", "n_decode")] == [
        60,
        7,
        2,
    ]
    assert value(registry, "n_busy_slots_per_decode") == 4
    assert (value(registry, "iteration_seconds_sum"), value(registry, "iteration_tokens_sum")) == (0.3, 67)


def test_fullness_is_shown_as_it_is_now(engine: EngineMeasures, registry: CollectorRegistry) -> None:
    engine.filled(running=3, waiting=9, used_cells=50, cells=200)
    engine.filled(running=2, waiting=0, used_cells=100, cells=200)
    names = ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc")
    assert [value(registry, name) for name in names] == [2, 0, 0.5]


def test_a_request_that_ended_tells_its_times_in_seconds(engine: EngineMeasures, registry: CollectorRegistry) -> None:
    engine.first_token(REQUEST, elapsed_ms=700)
    engine.finished(REQUEST, report())
    assert value(registry, "request_success_total", finished_reason="end") == 1
    sums = {
        "time_to_first_token_seconds": 0.7,
        "request_queue_time_seconds": 0.1,
        "request_prefill_time_seconds": 0.5,
        "request_decode_time_seconds": 0.4,
        "e2e_request_latency_seconds": 1.0,
        "time_per_output_token_seconds": 0.1,
    }
    assert {name: value(registry, f"{name}_sum") for name in sums} == sums


def test_a_request_that_broke_is_counted_and_tells_no_times(
    engine: EngineMeasures, registry: CollectorRegistry
) -> None:
    engine.finished(REQUEST, report(finish=FinishReason.FAILED, written_tokens=0))
    assert value(registry, "request_success_total", finished_reason="failed") == 1
    assert value(registry, "e2e_request_latency_seconds_count") == 0


class FakeRemote:
    """Answers as told; looks like a remote generator to whoever measures it."""

    identity = GeneratorIdentity(GeneratorKind.REMOTE, "tiny.gguf", None)
    parallel_drafts, running, waiting, breaker_state = 8, 2, 5, "open"

    def __init__(self, draft: Draft | BaseException) -> None:
        self._draft = draft

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        if isinstance(self._draft, BaseException):
            raise self._draft
        return self._draft

    def close(self) -> None:
        pass


TIMES = (("queue", 100.0), ("read", 500.0), ("write", 400.0), ("first_token", 600.0))


def test_a_servers_draft_is_counted_under_the_same_names(registry: CollectorRegistry) -> None:
    written = Draft((), Usage(30, 5, 20), (), None, None, is_cut_off=True, timings_ms=TIMES)
    MeasuredRemote(FakeRemote(written), registry).draft(make_request())  # type: ignore[arg-type]
    names = ("prompt_tokens", "generation_tokens", "prefix_cache_queries", "prefix_cache_hits")
    assert [value(registry, f"{name}_total") for name in names] == [10, 5, 30, 20]
    assert value(registry, "request_success_total", finished_reason="length") == 1
    assert value(registry, "time_to_first_token_seconds_sum") == 0.6
    assert value(registry, "e2e_request_latency_seconds_sum") == 1.0


@pytest.mark.parametrize(("error", "reason"), [(Busy("full", hint="wait"), "busy"), (KeyboardInterrupt(), "cancelled")])
def test_a_servers_failure_is_counted_by_its_kind(
    registry: CollectorRegistry, error: BaseException, reason: str
) -> None:
    with pytest.raises(type(error)):
        MeasuredRemote(FakeRemote(error), registry).draft(make_request())  # type: ignore[arg-type]
    assert value(registry, "request_success_total", finished_reason=reason) == 1


def test_a_servers_line_and_breaker_are_read_when_scraped(registry: CollectorRegistry) -> None:
    remote = FakeRemote(Busy("", hint=""))
    MeasuredRemote(remote, registry)  # type: ignore[arg-type]
    names = ("num_requests_running", "num_requests_waiting", "remote_breaker_open")
    assert [value(registry, name) for name in names] == [2, 5, 1]
    remote.waiting = 0
    assert value(registry, "num_requests_waiting") == 0
