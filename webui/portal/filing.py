"""Filing a request in two steps: what happened, then a look over it and the files."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from engine.errors import Invalid, NotFound
from services.directories.queries import search_items
from services.files.store import chunks_of
from services.organisation.units import units
from services.portal.file_request import PortalForm, SentFile, file_request, portal_form
from webui.errors import field_sentences, whole_sentence
from webui.forms import PARTY_PARTS, submitted, uploads
from webui.portal.area import about, area, remember
from webui.presentation import manner, reader
from webui.reading import office, reading

_MOST_CHOICES = 500


@area.get("", action="portal.file", endpoint="file")
def form_page(portal: str) -> str:
    """The first step."""
    return _step(portal, portal_form(office(), reading(), portal, manner()), 1, {}, {})


@area.post("", action="portal.file")
def file_now(portal: str) -> Response | str | tuple[str, int]:
    """Go a step on or back, or send: nothing is kept before it is sent."""
    form = portal_form(office(), reading(), portal, manner())
    typed = submitted(form.form["components"])
    go = request.form.get("go", "send")
    if go == "back":
        return _step(portal, form, 1, typed, {})
    if go == "on":
        wrong = _empty(form, typed)
        return (_step(portal, form, 1, typed, wrong), 422) if wrong else _step(portal, form, 2, typed, {})
    try:
        filed = file_request(
            office(),
            portal,
            {key: value for key, value in typed.items() if value not in (None, "")},
            [
                SentFile(key, file.filename or "", chunks_of(file.stream))
                for key, several in uploads().items()
                for file in several
            ],  # type: ignore[arg-type]
            manner=manner(),
            request_id=request.form.get("request_id", "")[:64] or None,
            ip=request.remote_addr,
        )
    except Invalid as error:
        return _step(portal, form, 1, typed, field_sentences(error), whole_sentence(error)), 422
    session["filed"] = {"portal": portal, "number": filed.receipt, "code": filed.code}
    return remember(make_response(redirect(url_for("portal.filed", portal=portal), 303)), filed.token)


@area.get("/filed", action="portal.file")
def filed(portal: str) -> str:
    """What the customer keeps: number and code; shown in this browser only, until it is closed."""
    kept = session.get("filed")
    if not kept or kept["portal"] != portal:
        raise NotFound("page-not-found")
    return render_template("portal/filed.html", portal=about(portal, "file"), filed=kept)


def _sent_files() -> list[SentFile]:
    return [
        SentFile(key, file.filename or "", chunks_of(file.stream))  # type: ignore[arg-type]
        for key, several in uploads().items()
        for file in several
    ]


def _step(
    portal: str, form: PortalForm, step: int, typed: dict[str, Any], errors: dict[str, str], complaint: str = ""
) -> str:
    words = about(portal, "file")
    asked = [one for one in form.form["components"] if one.get("type") != "attachments"]
    files = [one for one in form.form["components"] if one.get("type") == "attachments"]
    shown = _html_form(asked, typed, errors)
    return render_template(
        "portal/file.html",
        portal=words,
        step=step,
        steps=_steps(step),
        form=shown,
        files_form=_html_form(files, {}, errors),
        carried=_carried(typed) if step > 1 else [],
        summary=_summary(shown, typed),
        complaint=complaint if errors else "",
        request_id=request.form.get("request_id") or secrets.token_urlsafe(16),
    )


def _steps(current: int) -> list[dict[str, Any]]:
    names = [_("What happened"), _("Check and send")]
    return [
        {"name": name, "current": at == current, "st": "work" if at == current else "ok" if at < current else ""}
        for at, name in enumerate(names, start=1)
    ]


def _html_form(components: list[dict[str, Any]], typed: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    return {
        "components": components,
        "data": typed,
        "errors": errors,
        "labels": {},
        "attachments": {},
        "options": {one["key"]: choices for one in components if (choices := _choices(one))},
        "lookup_url": "",
    }


def _choices(component: dict[str, Any]) -> list[tuple[str, str]]:
    """What a customer may choose from, as a plain list: directories and units are not searched by strangers."""
    locale, today = reader().locale, reader().today
    if component.get("type") == "directory":
        rows = search_items(reading(), component["directory"], "", locale, today, leaf=True, limit=_MOST_CHOICES)
        return [(row.code, " › ".join([*row.path, row.name])) for row in rows]
    if component.get("type") == "unit":
        return [(unit.code, unit.name(locale)) for unit in units(reading(), kind=component.get("kind"))]
    return []


def _empty(form: PortalForm, typed: dict[str, Any]) -> dict[str, str]:
    """The fields that must be filled in and are not."""
    needed = [one for one in form.form["components"] if (one.get("validate") or {}).get("required")]
    return {
        one["key"]: _("Fill in this field.")
        for one in needed
        if one.get("type") != "attachments" and typed.get(one["key"]) in (None, "", [])
    }


def _carried(typed: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed, as hidden fields of the next step."""
    carried: list[tuple[str, str]] = []
    for key, value in typed.items():
        if isinstance(value, dict):
            carried += [(f"{key}.{part}", value[part]) for part in PARTY_PARTS if value.get(part)]
        elif isinstance(value, list):
            carried += [(key, one) for one in value]
        elif value is True:
            carried.append((key, "1"))
        elif value not in (None, False):
            carried.append((key, str(value)))
    return carried


def _summary(form: dict[str, Any], typed: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed, in words."""
    lines: list[tuple[str, str]] = []
    for one in form["components"]:
        value = typed.get(one.get("key", ""))
        if value in (None, "", [], False):
            continue
        words = dict(form["options"].get(one["key"], ()))
        words |= {str(option["value"]): str(option["label"]) for option in one.get("values") or ()}
        said = ", ".join(value.values()) if isinstance(value, dict) else words.get(str(value), str(value))
        lines.append((one.get("label", ""), said))
    return lines
