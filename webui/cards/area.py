"""The area of cards, and what its pages share."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from flask import flash, url_for

from services.cards.alike import alike_cards
from services.cards.queries import FieldView, GroupView
from services.files.queries import FileRow
from webui.auth import signed_in
from webui.forms import cells, component
from webui.presentation import manner, reader
from webui.reading import office
from webui.routing import Area

area = Area("cards", __name__, admits="staff")
CATEGORY_MARKS = {
    "draft": "idle",
    "active": "work",
    "paused": "note",
    "done": "ok",
    "rejected": "no",
    "archived": "skip",
}
_REFERENCES = ("person", "unit", "party", "directory")


def fresh_request_id() -> str:
    """A new id for a form, so that sending it twice does it once."""
    return secrets.token_urlsafe(16)


def said(text: str) -> None:
    """Tell the result of the visitor's own action on the next page."""
    flash(text, "done")


def mark(category: str) -> str:
    """The look of a life-cycle category."""
    return CATEGORY_MARKS.get(category, "work")


def looks_like_others(ref: str) -> int:
    """How many documents look like this one and were not judged yet, as it is saved now."""
    with office().database.reading() as session:
        return len(alike_cards(office(), session, signed_in(), ref, manner()).cards)


def kind_of(name: str) -> str:
    """The little tag before a file's name."""
    return PurePosixPath(name).suffix.removeprefix(".").upper()[:4] or "—"


def file_line(card_ref: str, file: FileRow) -> dict[str, Any]:
    """A file as lists show it."""
    return {
        "ref": file.ref,
        "name": file.name,
        "kind": kind_of(file.name),
        "size": reader().size(file.size),
        "note": reader().size(file.size),
        "version": file.version,
        "at": reader().moment(file.at),
        "by": file.by,
        "url": url_for("cards.file", ref=card_ref, file=file.ref),
    }


def form_of(
    fields: Iterable[FieldView], typed: dict[str, Any], errors: dict[str, str], lookup_url: str
) -> dict[str, Any]:
    """A form over card fields: what stands in the card, what was typed over it, what is wrong with it."""
    shown = [field for field in fields if field.editable]
    data: dict[str, Any] = {}
    labels: dict[str, list[dict[str, Any]]] = {}
    for field in shown:
        key = f"card.{field.key}"
        data[key] = _plain(field)
        if field.type in _REFERENCES and field.typed is not None:
            labels[key] = [
                {"value": one["ref"], "label": one["name"], "hint": one.get("hint")} for one in _several(field.typed)
            ]
        if key in typed:
            data[key] = typed[key]
    components = [component({**field.component, "validate": _rules(field)}) for field in shown]
    return {
        "components": components,
        "data": data,
        "errors": errors,
        "cells": cells(errors, components),
        "labels": labels,
        "options": {},
        "attachments": {},
        "lookup_url": lookup_url,
    }


def forms_of(groups: Iterable[GroupView], typed: dict[str, Any], errors: dict[str, str]) -> list[dict[str, Any]]:
    """The groups of a card as forms; a group without a field to change is left out."""
    url = url_for("api.lookup")
    made = [
        {"title": group.label, "tab": group.tab, "form": form_of(group.fields, typed, errors, url)} for group in groups
    ]
    return [group for group in made if group["form"]["components"]]


def leaves(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Groups by the tab they stand on, in order; `bad` when something in one of them was refused."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for group in groups:
        found.setdefault(group["tab"], []).append(group)
    return [
        {"title": tab, "groups": several, "bad": any(_refused(one) for one in several)}
        for tab, several in found.items()
    ]


def _refused(group: Mapping[str, Any]) -> bool:
    form = group.get("form") or {"components": (), "errors": {}}
    keys = [str(one.get("key")) for one in form["components"]]
    return any(path == key or path.startswith(f"{key}.") for path in form["errors"] for key in keys)


def by_component(errors: dict[str, str]) -> dict[str, str]:
    """Complaints by field key as complaints by component key."""
    return {f"card.{key}": text for key, text in errors.items()}


def _plain(field: FieldView) -> Any:
    if field.type not in _REFERENCES or field.typed is None:
        return field.typed
    refs = [one["ref"] for one in _several(field.typed)]
    return refs if isinstance(field.typed, list) else refs[0]


def _several(typed: Any) -> list[dict[str, Any]]:
    return typed if isinstance(typed, list) else [typed]


def _rules(field: FieldView) -> dict[str, Any]:
    return {**(field.component.get("validate") or {}), **({"required": True} if field.required else {})}
