"""
Who is at the door: the session cookie becomes the account and the `Actor` of the request; the route's action says whether
they may come in. The session itself is a row in the database; the cookie holds only a random token.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from flask import Flask, Response, g, redirect, request, url_for
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as AnyResponse

from engine.actor import Actor
from engine.errors import ChanceryError, NotFound
from services.accounts.actors import Signed, actor_for, note_visit
from services.accounts.rules import must_change_something
from services.accounts.sign_in import sign_in as open_session
from services.policies.queries import policies
from webui import machines, routing
from webui.errors import Unauthorized, wants_json
from webui.reading import look_again, office, reading

_OPEN_WITHOUT_PASSWORD = frozenset({"signin.first_password", "signin.set_first_password", "signin.sign_out"})
_OWN_AFFAIRS = frozenset({"session.end", "password.set", "me.see"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask) -> None:
    """Put the doorkeeper on *app*."""
    app.before_request(_recognise)
    app.before_request(_admit)
    app.after_request(_hand_out_cookie)


def actor() -> Actor | None:
    """Who is acting in this request; None for a visitor."""
    return g.get("actor")


def signed_in() -> Actor:
    """Who is acting; for views which only admit people who are."""
    acting = actor()
    if acting is None:
        raise Unauthorized("signed-out")
    request_id = request.form.get("request_id")
    return replace(acting, request_id=request_id[:64]) if request_id else acting


def signed() -> Signed:
    """The living session of this request."""
    if "signed" not in g:
        raise Unauthorized("signed-out")
    found: Signed = g.signed
    return found


def start_session(login: str, password: str) -> None:
    """Sign in by name and password; the cookie goes out with this request's answer."""
    session = open_session(office(), login, password, ip=request.remote_addr)
    g.new_token = session.token
    look_again()
    _know(session.token)


def end_cookie() -> None:
    """Take the cookie back with this request's answer."""
    g.new_token = ""


def cookie_name() -> str:
    """The cookie of the staff session; the prefix binds it to this host and https."""
    return "__Host-chancery" if _secure() else "chancery"


def token() -> str | None:
    """The session token the browser brought."""
    return request.cookies.get(cookie_name())


def _recognise() -> None:
    if machines.is_for_machines():
        machines.recognise()
        return
    g.policies = policies(reading())
    brought = token()
    if brought and request.endpoint != "static":
        _know(brought)


def _know(session_token: str) -> None:
    found = actor_for(office(), reading(), session_token, ip=request.remote_addr)
    if found is None:
        return
    g.signed, g.me, g.actor = found, found.me, found.actor
    g.pop("reader", None)
    if found.is_due_a_touch:
        with suppress(DBAPIError):  # a database that takes nothing just now may still be read
            note_visit(office(), found)


def _admit() -> AnyResponse | None:
    declared = routing.actions_of_current_app().get(request.endpoint or "")
    if declared is None or declared.admits in ("anyone", "token"):
        return None
    if declared.admits == "machine":
        return machines.admit()
    if actor() is None:
        return _invite()
    if g.me.must_change_password and request.endpoint not in _OPEN_WITHOUT_PASSWORD:
        return redirect(url_for("signin.first_password"))
    if declared.admits == "admin" and not g.me.is_admin:
        raise NotFound("page-not-found")
    if request.method not in READING and declared.name not in _OWN_AFFAIRS:
        must_change_something(signed_in())
    return None


def _invite() -> AnyResponse | None:
    if request.method == "POST" and request.form.get("sign_in_again"):
        return _sign_in_on_the_way()
    if request.method == "GET" and request.headers.get("HX-Request") != "true" and not wants_json():
        return redirect(url_for("signin.sign_in", next=request.full_path.rstrip("?")))
    raise Unauthorized("signed-out")


def _sign_in_on_the_way() -> None:
    """The page that asked for name and password sent them along with what was typed: sign in and let the request go on."""
    try:
        start_session(request.form.get("sign_in_login", ""), request.form.get("sign_in_password", ""))
    except ChanceryError as error:
        raise Unauthorized("signed-out") from error


def _hand_out_cookie(answer: Response) -> Response:
    fresh = g.get("new_token")
    if fresh:
        answer.set_cookie(cookie_name(), fresh, secure=_secure(), httponly=True, samesite="Lax", path="/")
    elif fresh == "":
        answer.delete_cookie(cookie_name(), secure=_secure(), httponly=True, samesite="Lax", path="/")
    return answer


def _secure() -> bool:
    return bool(office().settings.base_url.startswith("https://"))
