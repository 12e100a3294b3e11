"""Metrics: what Prometheus may know, with labels that cannot grow without bound."""

from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from recsvc.domain.slates import Slate
from recsvc.model.artifact import Artifact
from recsvc.serving.deliveries import OutboxDepth

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SERIES = 1024
"""Of one metric that are found at once; a shop has fewer."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Metrics:
    """The counters of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_flight = 0
        ProcessCollector(registry=self.registry)
        self._requests = Histogram(
            "recsvc_http_request_duration_seconds",
            "Time from routing to the last byte of the answer.",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        Gauge(
            "recsvc_http_in_flight",
            "Requests that are being answered or wait for it.",
            registry=self.registry,
        ).set_function(lambda: self.in_flight)
        self._slates = Counter(
            "recsvc_slates",
            "Slates answered, by what they rest on.",
            ("placement", "basis"),
            registry=self.registry,
        )
        self._events = Counter(
            "recsvc_ingest_events", "Events taken in, by verdict.", ("verdict",), registry=self.registry
        )
        self._limited = Counter(
            "recsvc_http_limited",
            "Requests refused because there were too many, by limit.",
            ("limit",),
            registry=self.registry,
        )
        self._overloaded = Counter(
            "recsvc_http_overloaded",
            "Requests refused because too many waited already, by what they wanted.",
            ("lane",),
            registry=self.registry,
        )
        self._uncounted = Counter(
            "recsvc_limits_unavailable",
            "Times that the counts of requests did not answer.",
            registry=self.registry,
        )
        self._waiting = Gauge(
            "recsvc_outbox_waiting",
            "Visitors whose state is due at a destination.",
            ("destination",),
            registry=self.registry,
        )
        self._dead = Gauge(
            "recsvc_outbox_dead",
            "Visitors whose delivery was given up.",
            ("destination",),
            registry=self.registry,
        )
        self._late = Gauge(
            "recsvc_outbox_late_seconds",
            "How long the oldest of them is due.",
            ("destination",),
            registry=self.registry,
        )
        self._model = Gauge(
            "recsvc_model_info", "The model that serves.", ("version",), registry=self.registry
        )
        self._made = Gauge(
            "recsvc_model_created_timestamp_seconds", "When that model was made.", registry=self.registry
        )
        # The library finds a series by making text of its labels, under a lock: longer than counting takes.
        self._requests_of = lru_cache(SERIES)(self._requests.labels)
        self._slates_of = lru_cache(SERIES)(self._slates.labels)
        self._events_of = lru_cache(SERIES)(self._events.labels)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request by its route template."""
        known = method if method in METHODS else "other"
        self._requests_of(route, known, f"{status // 100}xx").observe(seconds)

    def slates(self, slates: Iterable[Slate]) -> None:
        """Count slates."""
        for slate in slates:
            self._slates_of(slate.placement, slate.basis).inc()

    def events(self, verdicts: Iterable[str]) -> None:
        """Count events."""
        for verdict in verdicts:
            self._events_of(verdict).inc()

    def limited(self, limit: str) -> None:
        """Count a request that met a limit."""
        self._limited.labels(limit).inc()

    def overloaded(self, lane: str) -> None:
        """Count a request that was refused for lack of time."""
        self._overloaded.labels(lane).inc()

    def counts_unavailable(self) -> None:
        """Count that requests could not be counted."""
        self._uncounted.inc()

    def outbox(self, depths: Iterable[OutboxDepth], now: float) -> None:
        """Say how much waits for each destination.

        Args:
            depths: of the destinations that anything waits for.
            now: Unix seconds.
        """
        for gauge in (self._waiting, self._dead, self._late):
            gauge.clear()
        for depth in depths:
            self._waiting.labels(depth.destination).set(depth.waiting)
            self._dead.labels(depth.destination).set(depth.dead)
            late = now - depth.oldest_at if depth.oldest_at is not None else 0.0
            self._late.labels(depth.destination).set(max(late, 0.0))

    def exposition(self, artifact: Artifact | None) -> bytes:
        """Everything in Prometheus' text format."""
        self._model.clear()
        if artifact is not None:
            self._model.labels(artifact.version).set(1)
            self._made.set(artifact.manifest.created_at.timestamp())
        return generate_latest(self.registry)
