"""Signing in and out, the first password, a new one by mail."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import g, redirect, render_template, request, session, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotAllowed
from services.accounts.actors import sign_out as close_session
from services.accounts.set_password import ResetLink, reset_password, set_password
from services.mail.send_reset_link import send_reset_link
from webui import auth
from webui.errors import field_sentences, sentence
from webui.reading import office
from webui.routing import Area

area = Area("signin", __name__, admits="anyone")
RATES = {"signin.sign_in_now": "120 per minute", "signin.send_link": "20 per hour"}


@area.get("/sign-in", action="session.start")
def sign_in() -> str | Response:
    """The sign-in page."""
    if auth.actor() is not None and not request.headers.get("X-Sign-In-Over"):
        return redirect(_inside(request.args.get("next", "")))
    return _sign_in_page()


@area.post("/sign-in", action="session.start")
def sign_in_now() -> str | Response | tuple[str, int]:
    """Open a session; over a page (`X-Sign-In-Over`) answers with the new token only and leaves the page as it is."""
    try:
        auth.start_session(request.form.get("login", ""), request.form.get("password", ""))
    except (NotAllowed, Invalid) as error:
        return _sign_in_page(sentence(error.code, error.params, _("Name or password do not fit."))), 422
    if request.headers.get("X-Sign-In-Over"):
        return Response(status=204, headers={"X-CSRF-Token": generate_csrf()})
    return redirect(_inside(request.form.get("next", "")), 303)


@area.post("/sign-out", action="session.end", admits="staff")
def sign_out() -> Response:
    """Close the session."""
    close_session(office(), auth.signed())
    auth.end_cookie()
    session.clear()
    return redirect(url_for("signin.sign_in"), 303)


@area.get("/password/first", action="password.set", admits="staff")
def first_password() -> str:
    """Ask for an own password before anything else."""
    return _first_page()


@area.post("/password/first", action="password.set", admits="staff")
def set_first_password() -> str | Response | tuple[str, int]:
    """Keep the own password."""
    try:
        given, own = request.form.get("old", ""), _typed_twice()
        set_password(office(), auth.signed_in(), given, own, keep_session=auth.signed().session_id)
    except Invalid as error:
        return _first_page(error), 422
    return redirect(url_for("home.home"), 303)


@area.get("/password/forgotten", action="password.reset")
def forgotten() -> str:
    """Ask whose password is forgotten."""
    return render_template("signin/forgotten.html", sent=False)


@area.post("/password/forgotten", action="password.reset")
def send_link() -> str:
    """Send a link if there is such an account; the answer is the same when there is none."""
    send_reset_link(office(), request.form.get("login", ""), _reset_words)
    return render_template("signin/forgotten.html", sent=True)


@area.get("/password/reset", action="password.reset")
def reset() -> str:
    """The page the link leads to."""
    return _reset_page()


@area.post("/password/reset", action="password.reset")
def reset_now() -> str | Response | tuple[str, int]:
    """Set the new password; the link works once and every session of the account ends."""
    try:
        reset_password(office(), request.args.get("token", ""), _typed_twice(), ip=request.remote_addr)
    except Invalid as error:
        return _reset_page(error), 422
    return redirect(url_for("signin.sign_in"), 303)


def _sign_in_page(complaint: str = "") -> str:
    next_url = request.values.get("next", "")
    return render_template(
        "signin/sign_in.html", complaint=complaint, login=request.form.get("login", ""), next_url=next_url
    )


def _reset_words(reset: ResetLink) -> tuple[str, str]:
    with force_locale(reset.locale):
        text = _(
            "%(name)s, here is the link that sets a new password. It works once, for %(minutes)s minutes:\n{link}\n\n"
            "If you did not ask for it, do nothing: the old password stays.",
            name=reset.name,
            minutes=reset.minutes,
        )
        return _("A new password for Chancery"), text


def _first_page(error: Invalid | None = None) -> str:
    heading = _("Choose your own password")
    hint = _(
        "The password you were given is only for the first time. A long sentence is better than a tangle of signs."
    )
    return _password_page(heading, hint, g.me.login, error)


def _reset_page(error: Invalid | None = None) -> str:
    hint = _("A long sentence is better than a tangle of signs. All your open sessions will end.")
    return _password_page(_("New password"), hint, "", error)


def _password_page(heading: str, hint: str, login: str, error: Invalid | None) -> str:
    wrong = field_sentences(error) if error is not None else {}
    return render_template("signin/password.html", heading=heading, hint=hint, login=login, wrong=wrong)


def _typed_twice() -> str:
    password = request.form.get("password", "")
    if password != request.form.get("password_again", ""):
        raise Invalid("password-refused", {"password_again": ("passwords-differ", {})})
    return password


def _inside(target: str) -> str:
    """*target* when it is a path of this site, the first page otherwise."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if local else url_for("home.home")
