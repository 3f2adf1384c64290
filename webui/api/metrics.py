"""
`/metrics` in Prometheus' words: what the health page knows as figures, and how this process answers requests.

Labels are states, areas and classes of status, never things or people: their number does not grow. Figures of the database
are read at the moment they are asked for, with a fixed number of statements; only requests are counted in between.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from engine.errors import NotFound
from engine.store.models import Instance, Task
from services.upkeep.health import facts, jobs_by_state, mail_by_state
from services.upkeep.health_rules import Facts, lights
from webui.api.area import area
from webui.reading import office, reading

disable_created_metrics()  # a second series for each, which nobody asks for
_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_LIGHT = {"ok": 0, "idle": 0, "note": 1, "no": 2}


class Counted:
    """What one process counts between two readings."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "chancery_http_requests", "Requests answered.", ["area", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "chancery_http_seconds", "Time to an answer.", ["area"], buckets=_BUCKETS, registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Read())


class _Read(Collector):
    """What is read from the database when it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        session = reading()
        seen = facts(office(), session)
        for name, (text, value) in _figures(seen).items():
            yield GaugeMetricFamily(f"chancery_{name}", text, value=value)
        running = select(Instance.state, func.count()).where(Instance.state.in_(("running", "suspended")))
        by_state: dict[str, int] = dict(session.execute(running.group_by(Instance.state)).all())
        yield _family("instances", "Instances that are not over.", "state", by_state)
        yield _family("jobs", "Jobs that are not over.", "state", jobs_by_state(session))
        yield _family("mail", "Messages that have not left.", "state", mail_by_state(session))
        tasks = session.scalar(select(func.count()).select_from(Task).where(Task.state == "open")) or 0
        yield GaugeMetricFamily("chancery_tasks_open", "Tasks waiting for people.", value=tasks)
        colours = {light.name: _LIGHT[light.colour] for light in lights(seen)}
        yield _family("health", "Lights of the health page: 0 green, 1 amber, 2 red.", "light", colours)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not read the database."""
        return iter(())


def _figures(seen: Facts) -> Mapping[str, tuple[str, float]]:
    age = (seen.now - seen.queued_since).total_seconds() if seen.queued_since else 0.0
    return {
        "workers": ("Workers seen in the last two minutes.", seen.workers),
        "jobs_due": ("Jobs that are due.", seen.queued),
        "jobs_due_age_seconds": ("How long the oldest of them waits.", max(0.0, age)),
        "incidents_open": ("Open incidents.", seen.incidents),
        "disk_free_bytes": ("Room on the disk of the data folder.", seen.disk_free),
        "disk_size_bytes": ("Size of that disk.", seen.disk_size),
        "backup_timestamp_seconds": ("When the last backup was taken; 0: never.", _stamp(seen.backup_at)),
        "verified_timestamp_seconds": ("When the data was last checked; 0: never.", _stamp(seen.verified_at)),
        "verified_broken": ("What that check found.", seen.verified_broken),
        "sealed_timestamp_seconds": ("When the audit was last sealed; 0: never.", _stamp(seen.sealed_at)),
    }


def _stamp(at: Any) -> float:
    return at.timestamp() if at else 0.0


def _family(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"chancery_{name}", text, labels=[label])
    for word, value in sorted(values.items()):
        family.add_metric([word], value)
    return family


def register(app: Flask) -> None:
    """Count the requests of this application."""
    counted = app.extensions["metrics"] = Counted()
    app.before_request(_begin)

    def count(answer: Response) -> Response:
        where = (request.blueprint if request.url_rule is not None else None) or "other"
        counted.requests.labels(where, f"{answer.status_code // 100}xx").inc()
        if "began" in g:
            counted.seconds.labels(where).observe(time.perf_counter() - g.began)
        return answer

    app.after_request(count)


def _begin() -> None:
    g.began = time.perf_counter()


@area.get("/metrics", action="metrics.read", admits="anyone")
def metrics() -> Response:
    """For monitors: with the token of the settings, or from this machine when none is set; missing for others."""
    if not _may_read():
        raise NotFound("page-not-found")
    counted: Counted = current_app.extensions["metrics"]
    return Response(generate_latest(counted.registry), content_type=CONTENT_TYPE_LATEST)


def _may_read() -> bool:
    token = office().settings.metrics_token
    if token:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"))
    try:
        return not forwarded and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
