"""How often one address may try what costs others: guessing passwords, asking for links, filing requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Flask, abort, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter


class Rates:
    """Counts tries: in Redis for all processes together, in this process's memory without it or while it is down."""

    def __init__(self, redis_url: str | None) -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = FixedWindowRateLimiter(storage_from_string(redis_url)) if redis_url else self._own  # type: ignore[arg-type]

    def take(self, rate: RateLimitItem, what: str, address: str) -> bool:
        """Count a try; False when there were too many."""
        try:
            return self._shared.hit(rate, what, address)
        except self._shared.storage.base_exceptions:
            return self._own.hit(rate, what, address)


def register(app: Flask, redis_url: str | None, rates: Mapping[str, str]) -> None:
    """Let the views of these endpoints be posted to only so often by one address (`20 per hour`); 429 after that."""
    counted = Rates(redis_url)
    for endpoint, said in rates.items():
        app.view_functions[endpoint] = _limited(app.view_functions[endpoint], counted, parse(said), endpoint)


def _limited(view: Callable[..., Any], rates: Rates, rate: RateLimitItem, endpoint: str) -> Callable[..., Any]:
    @wraps(view)
    def limited(**arguments: Any) -> Any:
        if request.method == "POST" and not rates.take(rate, endpoint, request.remote_addr or ""):
            abort(429)
        return view(**arguments)

    return limited
