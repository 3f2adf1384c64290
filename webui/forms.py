"""
Forms between the page and the use case: the components of a form as our islands and macros take them, and what was typed
as the use case takes it (by component key).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from engine.errors import Invalid
from services.fields import FieldError
from services.fields.date import read_date
from webui.presentation import manner

PARTY_PARTS = ("name", "mail", "phone", "address")
_SUBMISSION_BYTES = 1024 * 1024


def component(given: Mapping[str, Any]) -> dict[str, Any]:
    """A component with the look-up narrowed to what its field takes (`query`)."""
    asked = {
        "directory": given.get("directory"),
        "group": given.get("group"),
        "leaf": "1" if given.get("leaf") else None,
    }
    if given.get("type") == "unit":
        asked["unit_kind"] = given.get("kind")
    query = urlencode({name: value for name, value in asked.items() if value})
    return {**given, "query": query} if query else dict(given)


def components(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The components of a form, ready for a page."""
    return [component(one) for one in given]


def submitted(given: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the request's form carries: the island's JSON when there is one, else the plain fields of *given*."""
    carried = request.form.get("submission")
    if carried is not None:
        return _island(carried)
    return typed(given, request.form)


def typed(given: Iterable[Mapping[str, Any]], form: MultiDict[str, str]) -> dict[str, Any]:
    """Plain HTML fields by component key; a party not chosen but described comes as a mapping of its parts."""
    values: dict[str, Any] = {}
    for one in given:
        key = one.get("key")
        if not key or one.get("type") == "attachments":
            continue
        if one["type"] == "party":
            if (party := _party(key, form)) is not None:
                values[key] = party
        elif one["type"] == "checkbox":
            values[key] = key in form
        elif one["type"] == "period":
            values |= _period(key, form)
        elif one["type"] == "rows":
            values |= _rows(key, form)
        elif one["type"] == "money" and form.get(f"{key}.currency") and form.get(key, "").strip():
            values[key] = f"{form[key].strip()} {form[f'{key}.currency']}"
        elif one.get("multiple"):
            values[key] = [value for value in form.getlist(key) if value]
        elif key in form:
            values[key] = form[key].strip() or None
    return values


def uploads() -> dict[str, list[FileStorage]]:
    """The files of the request by component key; an empty file input sends a nameless part, which is left out."""
    found: dict[str, list[FileStorage]] = {}
    for name, files in request.files.lists():
        chosen = [file for file in files if file.filename]
        if name.startswith("files.") and chosen:
            found[name.removeprefix("files.")] = chosen
    return found


def revision() -> int | None:
    """The revision the visitor saw; nothing for a form without one."""
    try:
        return int(request.form["revision"]) if request.form.get("revision") else None
    except ValueError:
        raise Invalid("form-too-old") from None


def _island(carried: str) -> dict[str, Any]:
    if len(carried) > _SUBMISSION_BYTES:
        raise Invalid("form-too-large")
    values = _json(carried)
    if not isinstance(values, dict):
        raise Invalid("form-unreadable")
    return values


def _json(carried: str) -> Any:
    try:
        return json.loads(carried)
    except (ValueError, RecursionError):
        raise Invalid("form-unreadable") from None


def _period(key: str, form: MultiDict[str, str]) -> dict[str, Any]:
    if not {f"{key}.from", f"{key}.to"} & set(form):
        return {}
    ends = {end: form.get(f"{key}.{end}", "").strip() or None for end in ("from", "to")}
    return {key: ends if any(ends.values()) else None}


def _rows(key: str, form: MultiDict[str, str]) -> dict[str, Any]:
    if key not in form:
        return {}
    if len(form[key]) > _SUBMISSION_BYTES:
        raise Invalid("form-too-large")
    return {key: _json(form[key] or "[]") or None}


def cells(errors: Mapping[str, str], given: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Complaints about the cells of tables, by the table's key and the cell's path in it: `2.price`."""
    keys = [str(one["key"]) for one in given if one.get("type") == "rows"]
    return {
        key: {path.removeprefix(f"{key}."): said for path, said in errors.items() if path.startswith(f"{key}.")}
        for key in keys
    }


def _party(key: str, form: MultiDict[str, str]) -> Any:
    if form.get(key):
        return form[key]
    parts = {part: form.get(f"{key}.{part}", "").strip() for part in PARTY_PARTS}
    return {part: text for part, text in parts.items() if text} or None


def typed_days(names: Iterable[str], refused: str) -> dict[str, date | None]:
    """Days typed into date fields. Raises Invalid(*refused*) beside each that is none."""
    found: dict[str, date | None] = {}
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    for name in names:
        text = request.values.get(name, "").strip()
        try:
            found[name] = read_date(text, manner()) if text else None
        except FieldError as error:
            wrong[name] = (error.code, error.params)
    if wrong:
        raise Invalid(refused, wrong)
    return found


def whole_file(name: str, most: int) -> bytes:
    """An uploaded file, whole. Raises Invalid when none was chosen or it is larger than *most* bytes."""
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        raise Invalid("file-required")
    content = upload.stream.read(most + 1)
    if len(content) > most:
        raise Invalid("file-too-large", limit=most)
    return content
