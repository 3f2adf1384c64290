"""
Programs at the door: a bearer token or HTTP Basic with every request, nothing a browser would send by itself.

The session cookie is never looked at here, so there is nothing another site could abuse and no form token is asked. For
the same reason a browser is not challenged for Basic: it would remember the password and send it by itself from then on.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, Response, current_app, g, request

from engine.errors import Invalid, NotAllowed
from services.accounts.machines import KnownPasswords, Machine, machine_by_password, machine_by_token, note_machine
from services.accounts.rules import must_change_something
from services.processes.rules import may_use_engine
from webui import routing
from webui.reading import office, reading

REALM = "chancery"
_KEY_HEADER = "Idempotency-Key"


def register(app: Flask) -> None:
    """Give *app* its memory of passwords checked a moment ago."""
    app.extensions["known_passwords"] = KnownPasswords()


def is_for_machines() -> bool:
    """Whether this request goes to an area of machines."""
    declared = routing.actions_of_current_app().get(request.endpoint or "")
    return declared is not None and declared.admits == "machine"


def recognise() -> None:
    """Find out who it is; a wrong password or token is nobody."""
    g.refused = None
    try:
        machine = _shown()
    except NotAllowed as refused:
        g.refused = refused
        return
    if machine is None:
        return
    key = request.headers.get(_KEY_HEADER)
    g.machine, g.actor = machine, replace(machine.actor, request_id=key[:64]) if key else machine.actor
    if machine.is_due_a_touch:
        note_machine(office(), machine)


def admit() -> Response | None:
    """Let in who may use the engine; the area's error handlers dress the refusals."""
    if request.method == "OPTIONS":
        return Response(status=204)
    if request.query_string and "access_token" in request.args:
        raise Invalid("token-in-address")
    machine: Machine | None = g.get("machine")
    if machine is None:
        return _challenge()
    if machine.must_change_password:
        raise NotAllowed("password-to-be-changed")
    if not may_use_engine(machine.actor):
        raise NotAllowed("engine-not-allowed")
    if request.method not in ("GET", "HEAD"):
        must_change_something(machine.actor)
    return None


def _shown() -> Machine | None:
    shown = request.authorization
    if shown is None:
        return None
    if shown.type == "bearer" and shown.token:
        return machine_by_token(office(), shown.token, ip=request.remote_addr)
    if shown.type == "basic" and shown.username is not None:
        known: KnownPasswords = current_app.extensions["known_passwords"]
        login, password = shown.username, shown.password or ""
        return machine_by_password(office(), reading(), known, login, password, ip=request.remote_addr)
    return None


def _challenge() -> Response:
    answer = Response(status=401, content_type="application/json")
    browser = request.headers.get("User-Agent", "").startswith("Mozilla/")
    answer.headers["WWW-Authenticate"] = f'{"Bearer" if browser else "Basic"} realm="{REALM}"'
    refused: NotAllowed | None = g.refused
    if refused is not None:
        answer.headers["X-Error-Code"] = refused.code
    until = refused.params.get("until") if refused is not None else None
    if until is not None:
        answer.headers["Retry-After"] = str(max(1, round((until - office().clock.now()).total_seconds())))
    return answer
