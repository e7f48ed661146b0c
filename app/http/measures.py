"""What the service counts about itself, in one Prometheus registry per app; others may use it too."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LATENCY_BUCKETS_S = (0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Measures:
    """Counters, histograms and gauges; labels come from closed sets only."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._requests = Counter(
            "ronbun_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._latency = Histogram(
            "ronbun_request_seconds",
            "Seconds from request to the end of its response.",
            ("route",),
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self._questions = Counter(
            "ronbun_questions", "Questions by how they ended.", ("status",), registry=self.registry
        )
        self._jobs = Gauge("ronbun_jobs", "Jobs by state.", ("state",), registry=self.registry)
        self._papers = Gauge("ronbun_papers", "Papers in the library.", registry=self.registry)
        self._passages = Gauge("ronbun_passages", "Passages in the library.", registry=self.registry)

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; status 0 means that the reader left before any answer."""
        self._requests.labels(method if method in KNOWN_METHODS else "other", route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def observe_question(self, status: str) -> None:
        """Count one question that ended as `status`: an answer's status, `failed` or `left`."""
        self._questions.labels(status).inc()

    def exposition(self, *, papers: int, passages: int, jobs: dict[str, int]) -> bytes:
        """Return the text that Prometheus scrapes, with the present sizes of library and queue."""
        self._papers.set(papers)
        self._passages.set(passages)
        for state, count in jobs.items():
            self._jobs.labels(state).set(count)
        return generate_latest(self.registry)
