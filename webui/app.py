"""The site: puts the areas, the guards and the office together. Everything it needs comes in by `create_app`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix

from services.office import Office
from webui import (
    areas,
    auth,
    drafts,
    errors,
    frame,
    machines,
    presentation,
    rates,
    reading,
    routing,
    security,
    sentences,
)
from webui.api import metrics


class _Sessions(SecureCookieSessionInterface):
    """Flask's own; what signs the cookie is made once, and no cookie is looked for where none came."""

    _signer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Who brings no cookie has an empty session: programs never bring one."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


_FORM_BYTES = 2 * 1024 * 1024
_FORM_PARTS = 1000


class _Site(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook is a coroutine: asking each of them at each request is a tenth of an empty one."""
        return func


def create_app(office: Office) -> Flask:
    """The WSGI application of one office."""
    app = _Site("webui", static_folder="static", template_folder="templates")
    app.session_interface = _Sessions()
    app.extensions["office"] = office
    _configure(app, office)
    reading.register(app)
    sentences.register(app)
    presentation.register(app)
    security.register(app)
    machines.register(app)
    auth.register(app)
    metrics.register(app)
    errors.register(app)
    frame.register(app)
    drafts.register(app)
    for area in areas.ALL:
        app.register_blueprint(area)
        if area.admits == "machine":
            security.csrf.exempt(area)
    rates.register(app, office.settings.redis_url, areas.RATES)
    routing.check_declared(app)
    return app


def _configure(app: Flask, office: Office) -> None:
    settings = office.settings
    secure = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=office.secrets.mac("web-session", "flask"),
        SESSION_COOKIE_NAME="__Host-chancery-form" if secure else "chancery-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=31),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session; an old page still posts
        WTF_CSRF_SSL_STRICT=False,  # Sec-Fetch-Site does it, proxies may drop the referrer
        MAX_CONTENT_LENGTH=settings.request_limit_bytes,
        MAX_FORM_MEMORY_SIZE=_FORM_BYTES,
        MAX_FORM_PARTS=_FORM_PARTS,
        TRUSTED_HOSTS=_hosts(office),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _hosts(office: Office) -> list[str]:
    public = urlsplit(office.settings.base_url).hostname or ""
    loopback = ["127.0.0.1", "localhost", "[::1]"] if office.settings.is_loopback else []
    return sorted({public, office.settings.host, *loopback})
