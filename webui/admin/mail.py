"""Outgoing mail: what left, what waits and why."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.mail.queries import outgoing_mail
from services.mail.release_mail import OF_BEFORE, release_mail
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import sentence
from webui.presentation import reader
from webui.reading import office, reading

_MARKS = {"waiting": "work", "held": "skip", "sent": "ok", "failed": "no"}


@area.get("/mail", action="mail.see")
def mail() -> str:
    """The list, newest first."""
    at("mail")
    state = request.args.get("state") if request.args.get("state") in _MARKS else None
    page = outgoing_mail(reading(), signed_in(), state=state, before=request.args.get("before", type=int))
    more = url_for("admin.mail", state=state, before=page.next_before) if page.next_before else ""
    return render_template(
        "admin/mail.html",
        rows=page.rows,
        counts=_counts(page.counts, state),
        words=_one_word(),
        marks=_MARKS,
        reason=lambda code: sentence(code, None, code) if code else "",
        stuck=page.counts.get("held", 0) + page.counts.get("failed", 0),
        more_url=more,
        of_before=OF_BEFORE,
        request_id=fresh_request_id(),
    )


@area.post("/mail/release", action="mail.release")
def release() -> Response:
    """Try again what is held or failed: all of it, or one."""
    one = request.form.get("id", type=int)
    released = release_mail(office(), signed_in(), (one,) if one else None)
    count = reader().number(released)
    said(ngettext("%(count)s mail may leave now", "%(count)s mails may leave now", released, count=count))
    return redirect(url_for("admin.mail"), 303)


def _words() -> dict[str, str]:
    return {"waiting": _("Waiting"), "held": _("Held"), "sent": _("Sent"), "failed": _("Failed")}


def _one_word() -> dict[str, str]:
    return {"waiting": _("Waits"), "held": _("Is held"), "sent": _("Has left"), "failed": _("Has failed")}


def _counts(counts: dict[str, int], current: str | None) -> list[dict[str, Any]]:
    return [
        {
            "n": reader().number(counts.get(state, 0)),
            "text": word,
            "url": url_for("admin.mail", state=state),
            "late": state == "failed" and bool(counts.get(state)),
            "current": state == current,
        }
        for state, word in _words().items()
    ]
