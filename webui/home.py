"""The first page after signing in, notices, and oneself."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.accounts.choose_language import choose_language
from services.notifications.queries import NoticeRow, mark_read, notices
from webui import auth
from webui.inbox import rows
from webui.presentation import LANGUAGES, manner, reader
from webui.reading import office, reading
from webui.routing import Area

area = Area("home", __name__, admits="staff")
_FEW = 7


@area.get("/", action="home.see")
def home() -> str:
    """What is to be done, by when."""
    g.section = "home"
    actor = auth.signed_in()
    today = rows.by_term(actor)
    return render_template(
        "home/home.html",
        greeting=_greeting(),
        today=reader().long_day(reader().today),
        advice=today.advice,
        counts=today.counts,
        groups=today.groups,
        substitutions=[],
        notices=[_entry(row) for row in notices(office(), reading(), actor, manner(), limit=_FEW)],
    )


@area.get("/notices", action="notice.list", endpoint="notices")
def notice_list() -> str:
    """What this person was told, newest first; looking at it is reading it."""
    actor = auth.signed_in()
    found = notices(office(), reading(), actor, manner(), before=request.args.get("before", type=int))
    if found:
        mark_read(office(), actor, max(row.id for row in found))
    return render_template("home/notices.html", notices=[_entry(row) for row in found])


@area.get("/me", action="me.see")
def me() -> str:
    """Oneself: name, post, language, and the way out."""
    return render_template("home/me.html", me=g.me, languages=LANGUAGES)


@area.post("/me/language", action="me.see")
def language() -> Response:
    """The language of one's own pages, from the next page on."""
    choose_language(office(), auth.signed_in(), request.form.get("language", ""))
    return redirect(url_for("home.me"), 303)


def _greeting() -> str:
    hour = reader().now.astimezone(reader().zone).hour
    name = g.me.name
    if hour < 12:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < 18 else _("Good evening, %(name)s", name=name)


def _entry(row: NoticeRow) -> dict[str, Any]:
    url = ""
    if row.task_ref:
        url = url_for("inbox.task", ref=row.task_ref)
    elif row.card_ref:
        url = url_for("cards.card", ref=row.card_ref)
    return {
        "st": "work" if not row.read else "idle",
        "sign": "bell",
        "text": row.subject,
        "body": "\n".join(
            line for line in row.body.splitlines() if "://" not in line
        ).strip(),  # the subject is the link
        "when": reader().moment(row.created_at),
        "url": url,
    }
