"""The inbox and the buttons of a task."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Conflict, Invalid, NotFound
from services.files.attach_file import attach_file
from services.inbox.claim_task import claim_task, release_task
from services.inbox.complete_task import complete_task
from services.inbox.open_task import open_task
from services.inbox.queries import FILTERS, inbox
from services.inbox.save_task_draft import save_task_draft
from webui.auth import signed_in
from webui.cards.files import received
from webui.errors import field_sentences, problem_of, sentence, whole_sentence
from webui.forms import revision, submitted, uploads
from webui.inbox import rows
from webui.inbox.area import area
from webui.inbox.task import shown
from webui.presentation import manner
from webui.reading import look_again, office, reading

_BESIDE = ("outcome", "remark", "password")


@area.get("/inbox", action="task.list", endpoint="inbox")
def inbox_page() -> str | Response:
    """The list of a filter, with its first task open beside it."""
    found = _list()
    first = found["items"][0]["id"].removeprefix("task-") if found["items"] else ""
    return _panes(found, first, asked=False)


@area.get("/inbox/<ref>", action="task.see")
def task(ref: str) -> str | Response:
    """A task beside its list; for htmx the task alone."""
    if request.headers.get("HX-Request") == "true":
        return _pane(ref)
    return _panes(_list(ref), ref, asked=True)


@area.post("/inbox/<ref>/claim", action="task.claim")
def claim(ref: str) -> AnyResponse:
    """Take a task of the group."""
    claim_task(office(), signed_in(), ref, revision=revision())
    return _again(ref)


@area.post("/inbox/<ref>/release", action="task.release")
def release(ref: str) -> AnyResponse:
    """Give a task back to its group."""
    release_task(office(), signed_in(), ref, revision=revision())
    return _again(ref)


@area.post("/inbox/<ref>/draft", action="task.draft")
def draft(ref: str) -> Response:
    """Keep what is typed so far."""
    page = open_task(office(), reading(), signed_in(), ref, manner())
    values = {**submitted(page.form.get("components", [])), "remark": request.form.get("remark", "")}
    save_task_draft(office(), signed_in(), ref, values)
    return Response(status=204)


@area.post("/inbox/<ref>/complete", action="task.complete")
def complete(ref: str) -> AnyResponse:
    """Answer the task by one of its buttons; then the next one is shown."""
    actor = signed_in()
    page = open_task(office(), reading(), actor, ref, manner())
    typed = submitted(page.form.get("components", []))
    try:
        values = {**typed, **_attached(page)}
        values |= {name: request.form.get(name, "") for name in _BESIDE if request.form.get(name)}
        complete_task(office(), actor, ref, values, revision=revision(), manner=manner())
    except Invalid as error:
        return _refused(ref, typed, error)
    except Conflict as error:
        return _conflict(ref, typed, error)
    look_again()
    return _next(page.name)


def _attached(page: Any) -> dict[str, list[str]]:
    """Files given with the form become attachments of the card; the form's field names them beside those it kept."""
    classes = {
        one["key"]: one.get("fileClass", "original")
        for one in page.form.get("components", [])
        if one.get("type") == "attachments"
    }
    named: dict[str, list[str]] = {}
    for key, files in uploads().items():
        if key not in classes or page.card is None:
            raise Invalid("form-refused", {key: ("field-not-in-form", {})})
        kept = [one["ref"] if isinstance(one, dict) else one for one in page.values.get(key) or ()]
        try:
            new = [attach_file(office(), signed_in(), page.card.ref, classes[key], received(file)) for file in files]
        except Invalid as error:
            raise Invalid("form-refused", {key: error.fields.get("file", (error.code, error.params))}) from error
        named[key] = list(dict.fromkeys([*kept, *new]))  # a new version of a file it has already is the same file
    return named


def _list(current: str = "") -> dict[str, Any]:
    g.section = "inbox"
    g.slim = True
    folder = request.values.get("folder", "all")
    if folder not in FILTERS:
        raise NotFound("page-not-found")
    words = request.args.get("q", "")[:200]
    page = inbox(
        office(), reading(), signed_in(), manner(), which=folder, words=words, cursor=request.args.get("after")
    )
    folders = rows.folders(page.counts, folder)
    more = url_for("inbox.inbox", folder=folder, q=words, after=page.next_cursor) if page.next_cursor else ""
    return {
        "folders": folders,
        "folder": next(one for one in folders if one["current"]),
        "items": [rows.line(row, folder, current) for row in page.rows],
        "q": words,
        "more_url": more,
        "list_url": url_for("inbox.inbox", folder=folder),
    }


def _panes(found: dict[str, Any], ref: str, *, asked: bool, **typed: Any) -> Response:
    pane = shown(ref, **typed) if ref else None
    for item in found["items"]:
        item["current"] = item["id"] == f"task-{ref}"
    return _varying(render_template("inbox/inbox.html", task=pane, asked=asked, **found))


def _pane(ref: str, **typed: Any) -> Response:
    found = {"folder": {"id": request.values.get("folder", "all")}}
    found["list_url"] = url_for("inbox.inbox", folder=found["folder"]["id"])
    return _varying(render_template("inbox/task.html", task=shown(ref, **typed), **found))


def _varying(page: str) -> Response:
    answer = make_response(page)
    answer.headers["Vary"] = "HX-Request"
    return answer


def _again(ref: str) -> AnyResponse:
    look_again()
    if request.headers.get("HX-Request") == "true":
        return _pane(ref)
    return redirect(url_for("inbox.task", ref=ref), 303)


def _next(done: str) -> AnyResponse:
    """The next task of the filter, its line gone from the list, new figures, one sentence about what was done."""
    told = _("Done: %(task)s", task=done)
    if request.headers.get("HX-Request") != "true":
        flash(told, "done")
        return redirect(url_for("inbox.inbox", folder=request.form.get("folder", "all")), 303)
    found = _list()
    first = found["items"][0]["id"].removeprefix("task-") if found["items"] else ""
    pane = shown(first) if first else None
    for item in found["items"]:
        item["current"] = item["id"] == f"task-{first}"
    page = render_template("inbox/after.html", task=pane, told=told, **found)
    answer = _varying(page)
    answer.headers["HX-Push-Url"] = url_for("inbox.task", ref=first) if first else url_for("inbox.inbox")
    return answer


def _refused(ref: str, typed: dict[str, Any], error: Invalid) -> Response:
    wrong = field_sentences(error) or {"": sentence(error.code, error.params)}
    typed = {**typed, "remark": request.form.get("remark", "")}
    if request.headers.get("HX-Request") == "true":
        answer = _pane(ref, typed=typed, errors=wrong)
    else:
        answer = _panes(_list(ref), ref, asked=True, typed=typed, errors=wrong)
    answer.status_code = 422
    return answer


def _conflict(ref: str, typed: dict[str, Any], error: Conflict) -> Response:
    """Who was faster and when; for htmx a banner over the untouched form, else the page with what was typed."""
    if request.headers.get("HX-Request") == "true":
        return problem_of(error)
    look_again()
    try:
        pane = shown(ref, typed={**typed, "remark": request.form.get("remark", "")})
    except NotFound:
        return problem_of(error)
    pane["banners"].insert(0, {"text": whole_sentence(error), "st": "over"})
    answer = _varying(render_template("inbox/inbox.html", task=pane, asked=True, **_list(ref)))
    answer.status_code = 409
    answer.headers["X-Error-Code"] = error.code
    return answer
