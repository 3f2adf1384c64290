"""What every answer carries, and what no request may be: headers, host names, sizes, other sites' posts."""

from __future__ import annotations

import secrets

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
    g.request_id = given if given.isalnum() and len(given) <= 32 else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _refuse_other_sites() -> None:
    if is_for_machines():
        return  # a browser brings nothing there by itself
    if request.method in ("POST", "PUT", "PATCH", "DELETE") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(400)


def _dress(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
        log.info("request", method=request.method, path=request.path, status=answer.status_code)
    return answer
