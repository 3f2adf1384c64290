"""What every answer carries, and what no request may be: headers, host names, sizes, other sites' posts."""

from __future__ import annotations

import os

import structlog
from flask import Flask, Response, abort, g, request
from flask_wtf import CSRFProtect

from webui.machines import is_for_machines

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
_FOR_PROGRAMS = (("X-Content-Type-Options", "nosniff"),)
_FOR_BROWSERS = (
    *_FOR_PROGRAMS,
    ("Content-Security-Policy", _POLICY),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
csrf = CSRFProtect()
log = structlog.get_logger()


def register(app: Flask) -> None:
    """Put the guards on *app*."""
    csrf.init_app(app)
    app.before_request(_name_request)
    app.before_request(_refuse_other_sites)
    app.after_request(_dress)


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if given.isalnum() and len(given) <= 32 else os.urandom(8).hex()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _refuse_other_sites() -> None:
    if is_for_machines():
        return  # a browser brings nothing there by itself
    if request.method in ("POST", "PUT", "PATCH", "DELETE") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(400)


def _dress(answer: Response) -> Response:
    headers = answer.headers
    said = {name for name, _value in headers}
    for name, value in _FOR_PROGRAMS if is_for_machines() else _FOR_BROWSERS:
        if name not in said:
            headers.add(name, value)
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
        log.info("request", method=request.method, path=request.path, status=answer.status_code)
    return answer
