"""What Prometheus is told of a model: an engine's events, and a server's drafts, under the same names."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry
from remote_drafts import make_request

from app.generators.llama.generation import GenerationReport
from app.generators.llama.measured import EngineMeasures
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.protocol import Draft, Usage
from app.generators.remote.breaker import CircuitBreaker
from app.generators.remote.measured import RemoteMeasures
from app.generators.remote.places import Places
from app.generators.remote.progress import Progress
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


TIMES = (("queue", 100.0), ("read", 500.0), ("write", 400.0), ("first_token", 600.0))


@pytest.fixture
def places() -> Places:
    return Places(1, max_waiting=4)


@pytest.fixture
def breaker() -> CircuitBreaker:
    return CircuitBreaker(failures_to_open=1)


@pytest.fixture
def remote(registry: CollectorRegistry, places: Places, breaker: CircuitBreaker) -> RemoteMeasures:
    return RemoteMeasures(registry, model_name="tiny.gguf", places=places, breaker=breaker)


def test_a_servers_draft_is_counted_under_the_same_names(remote: RemoteMeasures, registry: CollectorRegistry) -> None:
    remote.written(Draft((), Usage(30, 5, 20), (), None, None, is_cut_off=True, timings_ms=TIMES))
    names = ("prompt_tokens", "generation_tokens", "prefix_cache_queries", "prefix_cache_hits")
    assert [value(registry, f"{name}_total") for name in names] == [10, 5, 30, 20]
    assert value(registry, "request_success_total", finished_reason="length") == 1
    assert value(registry, "time_to_first_token_seconds_sum") == 0.6
    assert value(registry, "e2e_request_latency_seconds_sum") == 1.0


@pytest.mark.parametrize(("error", "reason"), [(Busy("full", hint="wait"), "busy"), (KeyboardInterrupt(), "cancelled")])
def test_a_servers_failure_is_counted_by_its_kind(
    remote: RemoteMeasures, registry: CollectorRegistry, error: BaseException, reason: str
) -> None:
    with pytest.raises(type(error)), remote.failures():
        raise error
    assert value(registry, "request_success_total", finished_reason=reason) == 1


@pytest.mark.usefixtures("remote")
def test_a_servers_line_and_breaker_are_read_when_scraped(
    registry: CollectorRegistry, places: Places, breaker: CircuitBreaker
) -> None:
    def levels() -> list[float | None]:
        return [
            value(registry, name) for name in ("num_requests_running", "num_requests_waiting", "remote_breaker_open")
        ]

    def wait_in_line() -> None:
        with places.hold(make_request(), cost_tokens=1, progress=make_progress()):
            pass

    assert levels() == [0, 0, 0]
    with ThreadPoolExecutor(1) as pool:
        with places.hold(make_request(), cost_tokens=1, progress=make_progress()):
            waiting = pool.submit(wait_in_line)
            while not places.waiting:
                time.sleep(0.005)
            breaker.failed(breaker.admit("server"))
            assert levels() == [1, 1, 1]
        waiting.result()
    assert levels() == [0, 0, 1]


def make_progress() -> Progress:
    return Progress(None, timeout_s=60.0, deadline_s=None)
