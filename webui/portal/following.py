"""Following a request with its number and code, and adding files to it."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from engine.errors import Invalid, NotAllowed, NotFound
from services.files.queries import FileRow
from services.files.store import chunks_of
from services.portal.add_files import add_files
from services.portal.file_request import SentFile
from services.portal.follow import follow
from services.portal.queries import FollowPage, follow_page, open_customer_file
from services.portal.rules import Step
from webui.cards.area import kind_of, mark
from webui.cards.files import sent
from webui.errors import sentence, whole_sentence
from webui.portal.area import about, area, forget, remember, visit
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.get("/follow", action="portal.follow", endpoint="follow")
def follow_form(portal: str) -> str:
    """Ask for number and code."""
    return _ask(portal)


@area.post("/follow", action="portal.follow")
def follow_now(portal: str) -> Response | tuple[str, int]:
    """Open the request; wrong ones are told the same whether or not the number exists."""
    about(portal, "follow")
    try:
        token = follow(office(), portal, request.form.get("number", ""), request.form.get("code", ""))
    except (NotFound, NotAllowed) as error:
        return _ask(portal, whole_sentence(error)), 422
    return remember(make_response(redirect(url_for("portal.followed", portal=portal), 303)), token)


@area.get("/followed", action="portal.follow")
def followed(portal: str) -> str | Response:
    """The request as its customer sees it."""
    words = about(portal, "follow")
    try:
        page = follow_page(office(), reading(), visit(), manner())
    except NotFound:
        return redirect(url_for("portal.follow", portal=portal))
    return render_template("portal/followed.html", portal=words, view=_view(portal, page), request_id=_fresh())


@area.get("/files/<file>", action="portal.file-see", endpoint="customer_file")
def download(portal: str, file: str) -> Response:
    """A file of the followed request."""
    about(portal, "follow")
    row, content = open_customer_file(office(), reading(), visit(), file)
    return sent(row, content)


@area.post("/files", action="portal.file-add")
def send_files(portal: str) -> Response:
    """Add files to the followed request."""
    about(portal, "follow")
    given = [
        SentFile("file", file.filename or "", chunks_of(file.stream))  # type: ignore[arg-type]
        for file in request.files.getlist("file")
        if file.filename
    ]
    try:
        add_files(office(), visit(), given, request_id=request.form.get("request_id"), ip=request.remote_addr)
    except Invalid as error:
        words = [sentence(code, params) for code, params in error.fields.values()] or [whole_sentence(error)]
        page = follow_page(office(), reading(), visit(), manner())
        view = _view(portal, page)
        shown = render_template(
            "portal/followed.html", portal=about(portal, "follow"), view=view, complaint=words[0], request_id=_fresh()
        )
        return make_response(shown, 422)
    return make_response(redirect(url_for("portal.followed", portal=portal), 303))


@area.post("/leave", action="portal.leave")
def leave(portal: str) -> Response:
    """Close the request in this browser."""
    about(portal, "follow")
    return forget(make_response(redirect(url_for("portal.follow", portal=portal), 303)))


def _ask(portal: str, complaint: str = "") -> str:
    number = request.form.get("number", "") or request.args.get("number", "")
    return render_template("portal/follow.html", portal=about(portal, "follow"), complaint=complaint, number=number)


def _view(portal: str, page: FollowPage) -> dict[str, Any]:
    due = reader().date(page.due_on)
    return {
        "title": page.type_label,
        "number": page.number or page.receipt,
        "received": reader().moment(page.filed_at),
        "state": page.status,
        "st": mark(page.category),
        "open": not page.answered,
        "promise": _("We answer by %(day)s.", day=due.text) if due and not page.answered else "",
        "steps": [_station(step) for step in page.steps],
        "reply": Markup(page.reply),  # noqa: S704 - the rich field type cleaned it
        "reply_files": [_line(portal, file) for file in page.reply_files],
        "facts": [(said.label, said.value) for said in page.said],
        "files": [_line(portal, file) for file in page.own_files],
        "may_add": page.may_add_files,
    }


def _station(step: Step) -> dict[str, Any]:
    st = "ok" if step.done else "work" if step.current else ""
    return {"st": st, "name": step.label, "current": step.current}


def _line(portal: str, file: FileRow) -> dict[str, Any]:
    url = url_for("portal.customer_file", portal=portal, file=file.ref)
    return {"name": file.name, "kind": kind_of(file.name), "note": reader().size(file.size), "url": url}


def _fresh() -> str:
    return secrets.token_urlsafe(16)
