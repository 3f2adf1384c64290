"""The area, and its errors in Camunda's words."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from flask import Response
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from engine import errors
from engine.store.ailments import ailment
from webui.engine_rest.answers import json_answer
from webui.engine_rest.refusals import Refused
from webui.messages import MESSAGES
from webui.routing import Area

area = Area("engine_rest", __name__, admits="machine", url_prefix="/engine-rest")
log = structlog.get_logger()
OWN_CODES = 20000
"""Camunda leaves codes from here on to its users; ours are this and the HTTP status."""

_FAMILIES: tuple[tuple[type[errors.ChanceryError], int, str], ...] = (
    (errors.NotFound, 404, "InvalidRequestException"),
    (errors.NotAllowed, 403, "AuthorizationException"),
    (errors.Invalid, 400, "InvalidRequestException"),
    (errors.Conflict, 409, "ProcessEngineException"),
    (errors.SolutionError, 400, "ParseException"),
    (errors.ScriptFailed, 500, "ProcessEngineException"),
    (errors.OutsideError, 503, "ProcessEngineException"),
)
_HTTP = {404: "NotFoundException", 405: "NotAllowedException", 415: "NotSupportedException"}


@area.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    return said(error.status, error.type, error.message, error.code, **error.details)


@area.errorhandler(errors.ChanceryError)
def _failed(error: errors.ChanceryError) -> Response:
    status, kind = next(
        ((status, kind) for family, status, kind in _FAMILIES if isinstance(error, family)),
        (500, "ProcessEngineException"),
    )
    if status >= 500:
        log.error("failed", code=error.code, exc_info=error)
    return said(status, kind, sentence(error), error.code)


@area.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = error.code or 500
    answer = said(
        status, _HTTP.get(status, "RestException"), f"HTTP {status} {error.description or error.name}", f"http-{status}"
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    if status == 413:
        answer.headers["Connection"] = "close"
    return answer


@area.errorhandler(Exception)
def _crashed(error: Exception) -> Response:
    cause = ailment(error) if isinstance(error, DBAPIError) else None
    if cause is not None:
        answer = _failed(errors.OutsideError(cause))
        answer.headers["Retry-After"] = "5"
        return answer
    log.error("crashed", exc_info=error)
    return said(500, "ProcessEngineException", "Something went wrong on our side; the log has the reason.", "internal")


@area.after_request
def _dressed(answer: Response) -> Response:
    """
    Any page may ask, since no cookie counts here: a page has to bring the token itself.

    Camunda Modeler asks from a window of its own.
    """
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Allow-Headers"] = "authorization, content-type, idempotency-key"
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = "no-store, no-cache"
    return answer


def said(status: int, kind: str, message: str, code: str, **details: Any) -> Response:
    """An error as Camunda's clients read it; our own code is in the header `X-Error-Code`."""
    number = OWN_CODES + status if status == 501 else None
    answer = json_answer({"type": kind, "message": message, "code": number, **details}, status)
    answer.headers["X-Error-Code"] = code
    return answer


def sentence(error: errors.ChanceryError) -> str:
    """What the error says, in English, with every parameter: a program's log is read by its author."""
    known = MESSAGES.get(error.code)
    with force_locale("en"):
        text = str(known) if known is not None else error.code
    params = {name: _plain(value) for name, value in error.params.items()}
    with suppress(KeyError, TypeError, ValueError):
        text = text % params
    wrong = getattr(error, "fields", None) or {}
    extra = [f"{name}={value}" for name, value in params.items()]
    extra += [f"{path}: {code} {values or ''}".strip() for path, (code, values) in wrong.items()]
    return f"{error.code}: {text}" + (f" ({', '.join(extra)})" if extra else "")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
