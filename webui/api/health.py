"""`/healthz`: each thing the office depends on is asked once; any that does not answer makes the whole 503."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from flask import Response, jsonify
from sqlalchemy import text

from webui.api.area import area
from webui.reading import office, reading

log = structlog.get_logger()


@area.get("/healthz", action="health.see", admits="anyone")
def healthz() -> Response:
    """Every dependency with `ok` and milliseconds; no names, versions or addresses."""
    checks = {"database": _database, "files": _files}
    if office().settings.redis_url:
        checks["redis"] = _redis
    results = {name: _ask(name, check) for name, check in checks.items()}
    answer = jsonify({"ok": all(result["ok"] for result in results.values()), "checks": results})
    answer.status_code = 200 if answer.json["ok"] else 503
    return answer


def _ask(name: str, check: Callable[[], None]) -> dict[str, float | bool]:
    started = time.perf_counter()
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
        log.warning("unhealthy", check=name, error=repr(error))
        return {"ok": False, "ms": round((time.perf_counter() - started) * 1000, 1)}
    return {"ok": True, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _database() -> None:
    reading().execute(text("SELECT 1")).scalar_one()


def _files() -> None:
    office().files.ping()


def redis_answers() -> bool:
    """Whether Redis does, within a second."""
    return bool(_ask("redis", _redis)["ok"])


def _redis() -> None:
    import redis

    redis.Redis.from_url(office().settings.redis_url, socket_timeout=1, socket_connect_timeout=1).ping()
