"""
Errors as a visitor meets them: one table from family to answer, one catalogue from code to sentence.

A page gets a page in its own frame, htmx a part, everything else a problem document (RFC 9457). Sentences are English
message ids with the error's own parameters; `tests/contracts/test_words.py` asks for a sentence for every code raised.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from engine import errors
from engine.store.ailments import ailment
from webui.messages import MESSAGES
from webui.presentation import reader

log = structlog.get_logger()


class Unauthorized(errors.ChanceryError):
    """Nobody is signed in, or the session has ended: sign in and go on with the same request."""


@dataclass(frozen=True)
class Family:
    """How one family of errors is answered; `title` heads the page, `text` stands in when a code has no sentence."""

    error: type[errors.ChanceryError]
    status: int
    title: Any
    text: Any


FAMILIES = (
    Family(Unauthorized, 401, _l("Sign in to go on"), _l("Your session has ended. What you typed is kept.")),
    Family(
        errors.NotFound,
        404,
        _l("There is no such page"),
        _l("It may have been removed, or it is not open to you. Check the address or go back to the list."),
    ),
    Family(
        errors.NotAllowed,
        403,
        _l("You may look at this, but not change it"),
        _l("Ask the person responsible to do it, or an administrator to give you the right."),
    ),
    Family(errors.Invalid, 422, _l("Some fields need another look"), _l("Check the marked fields.")),
    Family(
        errors.Conflict,
        409,
        _l("Somebody was faster"),
        _l("This was changed while you had the page open. Reload it and look again; what you typed is kept here."),
    ),
    Family(
        errors.SolutionError,
        422,
        _l("The solution's files need mending"),
        _l("The findings name the file, the place and what to do."),
    ),
    Family(
        errors.ScriptFailed,
        500,
        _l("A rule of the process did not work"),
        _l("The step was not taken and nothing was lost. An administrator sees the incident."),
    ),
    Family(
        errors.OutsideError,
        503,
        _l("Something outside does not answer"),
        _l("Nothing was lost. Try again in a few minutes."),
    ),
)
_UNKNOWN = Family(
    errors.ChanceryError,
    500,
    _l("Something went wrong on our side"),
    _l("Nothing you typed was lost here. Try again; if it repeats, tell the administrator this code."),
)
_HTTP = {
    400: (_l("The request came out wrong"), _l("Go back, reload the page and try again.")),
    404: (FAMILIES[1].title, FAMILIES[1].text),
    405: (FAMILIES[1].title, FAMILIES[1].text),
    413: (_l("The file is too large"), _l("Choose a smaller file and send the form again.")),
    415: (_l("The request came out wrong"), _l("Go back, reload the page and try again.")),
    429: (_l("Too many tries"), _l("Wait a minute and try again.")),
}


def family_of(error: errors.ChanceryError) -> Family:
    """The row of the table for *error*."""
    return next((family for family in FAMILIES if isinstance(error, family.error)), _UNKNOWN)


def sentence(code: str, params: dict[str, Any] | None = None, otherwise: Any = "") -> str:
    """What the code says to the reader, in the reader's language; a parameter nobody gave stays empty."""
    message = MESSAGES.get(code)
    if message is None:
        return str(otherwise)
    said: dict[str, Any] = defaultdict(str, {name: _said(value) for name, value in (params or {}).items()})
    return str(message) % said


def field_sentences(error: errors.Invalid) -> dict[str, str]:
    """Complaints by field path."""
    family = family_of(error)
    return {path: sentence(code, params, family.text) for path, (code, params) in error.fields.items()}


def register(app: Flask) -> None:
    """Teach *app* to answer every error."""
    app.register_error_handler(errors.ChanceryError, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(CSRFError, _answer_forged)
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(Exception, _answer_crash)


def _answer(error: errors.ChanceryError) -> Response:
    family = family_of(error)
    if family.status >= 500:
        log.error("failed", code=error.code, exc_info=error)
    return _ask_to_sign_in(family) if family.status == 401 else problem_of(error)


def problem_of(error: errors.ChanceryError) -> Response:
    """The answer to *error*, for a view that has something to say before it."""
    family = family_of(error)
    return problem(family.status, str(family.title), whole_sentence(error), error.code, error)


def whole_sentence(error: errors.ChanceryError) -> str:
    """What *error* says to the reader: the sentence of its code, else of its family."""
    return sentence(error.code, error.params, family_of(error).text)


def _answer_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):  # an untrusted host name: no address of ours can be built from it
        return Response("400", 400, content_type="text/plain")
    status = error.code or 500
    title, text = _HTTP.get(status, (_UNKNOWN.title, _UNKNOWN.text))
    answer = problem(status, str(title), str(text), f"http-{status}")
    if isinstance(error, RequestEntityTooLarge):
        answer.headers["Connection"] = "close"
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _answer_forged(_error: CSRFError) -> Response:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "same-origin" and not _wants_part():
        return _page(400, "errors/send_again.html", typed=_typed())
    return problem(
        400,
        _("This form is too old"),
        _("Reload the page and send it again; copy what you typed first."),
        "form-too-old",
    )


def _answer_database(error: DBAPIError) -> Response:
    """A full disk or a database that restarts is nobody's mistake: come again, everything that was answered is kept."""
    cause = ailment(error)
    if cause is None:
        return _answer_crash(error)
    answer = _answer(errors.OutsideError(cause))
    answer.headers["Retry-After"] = "30" if cause == "database-full" else "5"
    return answer


def _answer_crash(error: Exception) -> Response:
    log.error("crashed", exc_info=error)
    return problem(500, str(_UNKNOWN.title), str(_UNKNOWN.text), "internal")


def problem(status: int, title: str, text: str, code: str, error: errors.ChanceryError | None = None) -> Response:
    """Answer in the shape the visitor asked for."""
    if wants_json():
        return _document(status, title, text, code, error)
    name = "errors/part.html" if _wants_part() else "errors/page.html"
    typed = _typed() if status == 409 else []
    return _page(status, name, title=title, text=text, code=code, typed=typed, request_id=g.get("request_id"))


def _page(status: int, template: str, **names: Any) -> Response:
    g.plain = True  # an error page must not ask the database for the counts of a frame
    answer = make_response(render_template(template, status=status, **names), status)
    answer.headers["X-Error-Code"] = names.get("code", "")
    answer.headers["Vary"] = "HX-Request"
    return answer


def _document(status: int, title: str, text: str, code: str, error: errors.ChanceryError | None) -> Response:
    body: dict[str, Any] = {"status": status, "title": title, "detail": text, "code": code}
    body["request_id"] = g.get("request_id")
    if error is not None:
        body["params"] = {name: _plain(value) for name, value in error.params.items()}
    if isinstance(error, errors.Invalid):
        body["fields"] = field_sentences(error)
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    answer.headers["X-Error-Code"] = code
    return answer


def _ask_to_sign_in(family: Family) -> Response:
    if wants_json() or _wants_part():
        return problem(401, str(family.title), str(family.text), "signed-out")
    return _page(401, "signin/again.html", title=family.title, code="signed-out", typed=_typed())


def _typed() -> list[tuple[str, str]]:
    """What a form carried, for a page that must not lose it; never passwords, never our own hidden fields."""
    secret = ("csrf_token", "request_id")
    return [
        (name, value) for name, value in request.form.items(multi=True) if "password" not in name and name not in secret
    ]


def _wants_part() -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_json() -> bool:
    """Whether the visitor is a program; who does not say is shown pages."""
    if _wants_part():
        return False
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return request.is_json or (best is not None and best != "text/html")


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        said = reader().moment(value)
        return said.text if said else ""
    if isinstance(value, list | tuple):
        return reader().several(str(_said(one)) for one in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return reader().number(value)
    return value


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, datetime)
        else value
        if isinstance(value, str | int | bool)
        else str(value)
    )
