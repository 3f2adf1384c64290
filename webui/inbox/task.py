"""One task as its pane shows it: form, buttons, files, where the document is, what happened so far."""

from __future__ import annotations

import secrets
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from engine.errors import NotFound
from services.approval.queries import approval_sheet
from services.cards.queries import CardPage, card_page
from services.inbox.open_task import Past, TaskPage, open_task
from webui.approval import rounds_of
from webui.auth import signed_in
from webui.cards.area import file_line, looks_like_others
from webui.cards.page import draft_url, steps_of
from webui.forms import component
from webui.presentation import about, manner, reader
from webui.reading import office, reading

_PAST = {"open": "work", "completed": "ok", "cancelled": "skip"}


def shown(ref: str, typed: dict[str, Any] | None = None, errors: dict[str, str] | None = None) -> dict[str, Any]:
    """The pane of a task, with what was typed over what stands there and complaints beside the fields."""
    page = open_task(office(), reading(), signed_in(), ref, manner())
    card = _card(page)
    wrong = errors or {}
    banners = [{"text": text, "st": "no"} for key, text in wrong.items() if not _asks(page, key)]
    if page.state != "open":
        banners.append(
            {"text": _("This task is over: somebody completed it or it is not needed any more."), "st": "over"}
        )
    if card is not None and card.reply_file is not None:
        written = card.reply_file
        version = reader().number(written.version)
        said = _("The reply is the Word file «%(name)s», version %(number)s.", name=written.name, number=version)
        banners.append({"text": said, "st": "note"})
    alike = looks_like_others(card.ref) if card is not None and page.kind == "registration" and page.may_complete else 0
    return {
        "ref": page.ref,
        "alike": alike,
        "alike_url": url_for("cards.alike", ref=card.ref) if card is not None and alike else "",
        "element": page.element,
        "revision": page.revision,
        "request_id": secrets.token_urlsafe(16),
        "title": page.name,
        "hint": page.hint,
        "number": page.card.number if page.card else None,
        "card_title": page.card.title if page.card else "",
        "card_url": url_for("cards.card", ref=page.card.ref) if card is not None and page.card else "",
        "who": about(page.card.title, page.card.number) if page.card and page.card.number else "",
        "due": reader().term(page.due_at, done=page.state != "open"),
        "held": _held(page),
        "can_claim": page.may_claim,
        "can_release": page.may_release,
        "banners": banners,
        "form": _form(page, typed, wrong, card) if page.form.get("components") else None,
        "asks_remark": page.asks_remark and page.may_complete,
        "remark": (typed or page.values).get("remark", ""),
        "remark_note": remark_note(page),
        "asks_password": page.may_complete and any(button.needs_password for button in page.buttons),
        "errors": wrong,
        "outcomes": _outcomes(page),
        "draft_note": _draft_note(page),
        "files": [file_line(card.ref, file) for group in card.files for file in group.files] if card else [],
        "draft_url": draft_url(card) if card and page.may_complete else "",
        "steps": steps_of(card) if card else [],
        "papers": _papers(page, card),
        "facts": _facts(card),
        "rounds": rounds_of(approval_sheet(reading(), card.id)) if card else [],
        "history": [_entry(past) for past in page.history],
        "diagram_url": url_for("cards.card", ref=card.ref, tab="process") if card else "",
    }


def _card(page: TaskPage) -> CardPage | None:
    """The card behind the task; a task may be open to somebody whom the card type shows nothing of it."""
    if page.card is None:
        return None
    try:
        return card_page(office(), reading(), signed_in(), page.card.ref, manner())
    except NotFound:
        return None


def _form(
    page: TaskPage, typed: dict[str, Any] | None, errors: dict[str, str], card: CardPage | None
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    labels: dict[str, list[dict[str, Any]]] = {}
    for key, value in page.values.items():
        values[key], found = _split(value)
        if found:
            labels[key] = found
    components = [component(one) for one in page.form.get("components", [])]
    files = {one.ref: one for group in card.files for one in group.files} if card else {}
    attachments = {
        one["key"]: [_attachment(card, files[ref]) for ref in values.get(one["key"]) or () if ref in files]
        for one in components
        if one.get("type") == "attachments" and card is not None
    }
    return {
        "schema": {**page.form, "components": components},
        "data": {**values, **(typed or {})},
        "errors": {key: text for key, text in errors.items() if _asks(page, key)},
        "readonly": not page.may_complete,
        "labels": labels,
        "attachments": attachments,
    }


def _split(value: Any) -> tuple[Any, list[dict[str, Any]]]:
    """A reference as a form sends it back, and what it is called."""
    several = value if isinstance(value, list) else [value]
    named = [one for one in several if isinstance(one, dict) and "ref" in one]
    if not named:
        return value, []
    labels = [{"value": one["ref"], "label": one.get("name", one["ref"]), "hint": one.get("hint", "")} for one in named]
    return ([one["ref"] for one in named] if isinstance(value, list) else named[0]["ref"]), labels


def _attachment(card: CardPage | None, file: Any) -> dict[str, Any]:
    line = file_line(card.ref if card else "", file)
    return {"id": file.ref, "name": line["name"], "url": line["url"], "kind": line["kind"], "size": line["size"]}


def _asks(page: TaskPage, key: str) -> bool:
    """Whether a complaint about *key* has a field to stand beside."""
    beside = {"remark": page.asks_remark, "password": any(button.needs_password for button in page.buttons)}
    keys = {str(one["key"]) for one in page.form.get("components", []) if one.get("key")}
    return beside.get(key, False) or key in keys or any(key.startswith(f"{one}.") for one in keys)


def _held(page: TaskPage) -> str:
    if page.state != "open":
        return _("completed")
    if page.acting_for:
        return _("for %(name)s", name=page.acting_for)
    if page.mine:
        return _("yours")
    if page.holder:
        return _("held by %(name)s", name=page.holder)
    return _("waits for: %(names)s", names=reader().several(page.candidates))


def remark_note(page: TaskPage) -> str:
    """Which buttons need words."""
    needed = [button.label for button in page.buttons if button.needs_remark]
    return _("needed for: %(buttons)s", buttons=reader().several(needed)) if needed else ""


def _outcomes(page: TaskPage) -> list[dict[str, Any]]:
    if not page.may_complete:
        return []
    second = next((button.code for button in page.buttons if button.style == "plain"), "")
    return [
        {"code": button.code, "text": button.label, "style": button.style, "second": button.code == second}
        for button in page.buttons
    ]


def _draft_note(page: TaskPage) -> str:
    saved = reader().moment(page.draft_saved_at)
    return _("Draft saved %(moment)s", moment=saved.text) if saved else ""


def _facts(card: CardPage | None) -> list[tuple[str, str]]:
    if card is None:
        return []
    return [
        (field.label, field.shown)
        for group in card.groups
        for field in group.fields
        if field.shown and not field.rich and field.table is None
    ]


def _papers(page: TaskPage, card: CardPage | None) -> list[dict[str, Any]]:
    """What is written for the outside, as it stands: whoever agrees to it or signs it reads it here."""
    if card is None:
        return []
    asked = {one.get("key") for one in page.form.get("components", [])}
    fields = [field for group in card.groups for field in group.fields if field.rich and field.shown]
    written = [field for field in fields if f"card.{field.key}" not in asked]
    return [{"title": field.label, "text": Markup(field.shown)} for field in written]  # noqa: S704 - cleaned by its type


def _entry(past: Past) -> dict[str, Any]:
    who = past.done_by or past.holder or ""
    if past.acting_for and past.done_by:
        who = _("%(deputy)s for %(name)s", deputy=past.done_by, name=past.acting_for)
    parts = [part for part in (past.name, (past.outcome or "").removesuffix("…"), past.remark) if part]
    return {
        "st": _PAST.get(past.state, "idle"),
        "text": " · ".join(parts),
        "when": reader().moment(past.ended_at or past.created_at),
        "who": who,
    }
