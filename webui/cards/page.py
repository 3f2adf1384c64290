"""The page of a card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.errors import NotFound
from services.approval.queries import approval_sheet
from services.cards.queries import (
    CardPage,
    Step,
    card_page,
)
from services.privacy.note_read import note_card_read
from services.processes.whereabouts import card_drawing, who_holds
from services.signing.queries import signatures
from webui.approval import rounds_of, signature_lines
from webui.auth import signed_in
from webui.cards.area import area, file_line, fresh_request_id, leaves, looks_like_others, mark
from webui.presentation import manner, reader
from webui.reading import office, reading

Shows = Callable[[CardPage], dict[str, Any]]
PARTS: dict[str, Shows] = {}  # what the tabs of a card show, by tab


@area.get("/cards/<ref>", action="card.see", endpoint="card")
def card(ref: str) -> str:
    """A card: where it is, who holds it, and one of its parts."""
    g.section = "cards"
    tab = request.args.get("tab", "card")
    if tab not in PARTS:
        raise NotFound("page-not-found")
    page = card_page(office(), reading(), signed_in(), ref, manner())
    note_card_read(office(), signed_in(), page.id, page.personal)
    return card_view(page, tab, PARTS[tab](page))


def card_view(page: CardPage, tab: str, shown: dict[str, Any]) -> str:
    """The card's page with one of its parts."""
    return render_template(
        "cards/card.html", card=head_of(page), tab=tab, tabs=_tabs(page, tab), held=_held(page), **shown
    )


def part(tab: str) -> Callable[[Shows], Shows]:
    """The decorated function gives what a tab shows."""

    def put(shows: Shows) -> Shows:
        PARTS[tab] = shows
        return shows

    return put


@area.get("/cards/<ref>/diagram", action="card.see")
def diagram(ref: str) -> Response:
    """The drawn route of the card."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    found = card_drawing(reading(), page.id)
    if found is None:
        raise NotFound("card-not-found")
    return Response(found.xml, content_type="application/xml")


def head_of(page: CardPage) -> dict[str, Any]:
    """The card at the top of its pages."""
    over = page.state.category in ("done", "rejected", "archived")
    return {
        "ref": page.ref,
        "number": page.number,
        "title": page.title,
        "type": page.type_title,
        "st": mark(page.state.category),
        "state": page.state.label,
        "state_id": page.state.id,
        "who": page.executor,
        "registered": reader().moment(page.registered_at),
        "created": reader().moment(page.created_at),
        "due": reader().term(page.due_at, done=over),
        "revision": page.revision,
        "may_edit": page.may_edit,
        "my_task": _my_task(page),
        "actions": page.actions,
        "more": _more(page),
        "steps": steps_of(page),
    }


def _more(page: CardPage) -> list[dict[str, str]]:
    """What is done with a card less often."""
    found = [
        {
            "text": _("On its basis: %(kind)s", kind=title),
            "icon": "plus",
            "url": url_for("cards.new_card", type=code, basis=page.ref),
        }
        for code, title in page.bases
    ]
    if page.may_copy:
        copied = url_for("cards.new_card", type=page.type, copy=page.ref)
        kept = url_for("cards.new_template", type=page.type, of=page.ref)
        found.append({"text": _("Copy"), "icon": "copy", "url": copied})
        found.append({"text": _("Keep as a template…"), "icon": "file", "url": kept})
    if page.may_group:
        found.append({"text": _("Put into a group…"), "icon": "table", "url": url_for("cards.ask_group", ref=page.ref)})
    if page.printable:
        paper = url_for("cards.print_card", ref=page.ref)
        found.append({"text": _("Download the card for printing"), "icon": "print", "url": paper})
    found.append({"text": _("Who may what, and why"), "icon": "users", "url": url_for("cards.why", ref=page.ref)})
    if page.may_bin:
        found.append({"text": _("Throw into the bin…"), "icon": "bin", "url": url_for("cards.ask_bin", ref=page.ref)})
    return found


def steps_of(page: CardPage) -> list[dict[str, Any]]:
    """The stepper of a card."""
    marks = {"done": "ok", "ahead": "", "current": "work"}
    return [
        {
            "st": mark(step.state.category) if _rests(step) else marks[step.where],
            "name": step.state.label,
            "current": step.where == "current",
        }
        for step in page.steps
    ]


def _rests(step: Step) -> bool:
    """Whether the card stands in a state in which nothing is to be done, which has a look of its own."""
    return step.where == "current" and step.state.category not in ("draft", "active")


def _tabs(page: CardPage, current: str) -> list[dict[str, Any]]:
    files = sum(len(group.files) for group in page.files)
    texts = {
        "card": (_("Card"), None),
        "files": (_("Files"), reader().number(files)),
        "links": (_("Links"), reader().number(page.links) if page.links else None),
        "approval": (_("Approval"), None),
        "process": (_("Process"), None),
        "discussion": (_("Discussion"), None),
        "history": (_("History"), None),
    }
    return [
        {"text": text, "count": count, "url": url_for("cards.card", ref=page.ref, tab=tab), "current": tab == current}
        for tab, (text, count) in texts.items()
    ]


def _held(page: CardPage) -> list[dict[str, Any]]:
    return [
        {
            "st": "over" if (due := reader().term(held.due_at)) and due.state == "late" else "work",
            "title": held.title,
            "who": held.who or _("anybody of the group"),
            "due": due,
        }
        for held in who_holds(office(), reading(), page.id, manner())
    ]


def _my_task(page: CardPage) -> dict[str, str] | None:
    actor = signed_in()
    for held in who_holds(office(), reading(), page.id, manner()):
        if held.is_open_to(actor):
            return {"url": url_for("inbox.task", ref=held.ref), "title": held.title}
    return None


@part("card")
def card_part(page: CardPage) -> dict[str, Any]:
    unjudged = page.number is None and page.may_link
    return {
        "alike": looks_like_others(page.ref) if unjudged else 0,
        "leaves": leaves(
            {
                "title": group.label,
                "tab": group.tab,
                "facts": [
                    (one.label, _shown(one)) for one in group.fields if (one.shown or one.erased) and one.table is None
                ],
                "tables": [(one.label, one.table) for one in group.fields if one.table is not None],
            }
            for group in page.groups
            if any(field.shown or field.erased for field in group.fields)
        ),
    }


def _shown(field: Any) -> Any:
    """A rich text is HTML which its field type cleaned when it was kept and again when it is shown."""
    if field.erased:
        return _("erased")
    return Markup(field.shown) if field.rich else field.shown  # noqa: S704


@part("files")
def files_part(page: CardPage) -> dict[str, Any]:
    from services.files.queries import versions_of

    actor, session = signed_in(), reading()

    def line(file: Any, may_add: bool) -> dict[str, Any]:
        versions = versions_of(office(), session, actor, file.ref) if file.version > 1 else [file]
        url = url_for("cards.file", ref=page.ref, file=file.ref)
        shown = [{**file_line(page.ref, one), "url": f"{url}?version={one.version}"} for one in versions]
        return {**file_line(page.ref, file), "versions": shown, "may_add": may_add}

    classes = [
        {
            "id": group.id,
            "title": group.label,
            "may_add": group.may_add,
            "files": [line(file, group.may_add) for file in group.files],
        }
        for group in page.files
    ]
    return {"file_classes": classes, "draft_url": draft_url(page), "request_id": fresh_request_id()}


def draft_url(page: CardPage) -> str:
    """Where the draft of the reply is taken; nothing for whoever does not write it."""
    return url_for("cards.take_draft", ref=page.ref) if page.may_draft_letter else ""


@part("approval")
def approval_part(page: CardPage) -> dict[str, Any]:
    reply = next((field for group in page.groups for field in group.fields if field.rich), None)
    text = reply.typed if reply is not None else None
    return {
        "rounds": rounds_of(approval_sheet(reading(), page.id)),
        "signatures": signature_lines(signatures(office(), reading(), page.id, text)),
    }


@part("process")
def process_part(page: CardPage) -> dict[str, Any]:
    found = card_drawing(reading(), page.id)
    elements = {
        element: {"state": "now" if state.now else "done" if state.done else ""}
        for element, state in (found.elements.items() if found else ())
    }
    url = url_for("cards.diagram", ref=page.ref) if found else ""
    return {"diagram_url": url, "diagram": {"elements": elements}}
