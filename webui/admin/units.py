"""The tree of units: looked at, written, closed; and files of units and people."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotFound
from services.accounts.queries import find_people
from services.cards.drafts import draft, save_draft
from services.organisation.change_unit import UnitFacts, add_unit, change_unit, close_unit
from services.organisation.import_people import import_people, preview_people
from services.organisation.import_units import FilePreview, import_units, preview_units
from services.organisation.units import UnitRow, units
from webui.admin.area import area, at, fresh_request_id, said
from webui.admin.solutions import finding_line
from webui.auth import signed_in
from webui.directories.area import name_fields, typed_names
from webui.errors import field_sentences, sentence
from webui.forms import revision, whole_file
from webui.presentation import reader
from webui.reading import office, reading

_MOST_BYTES = 4 * 1024 * 1024
_SHOWN = 300
_MARKS = {"added": "ok", "changed": "note", "closed": "skip"}


@area.get("/units", action="units.see", endpoint="units")
def tree() -> str:
    """The whole tree."""
    at("units")
    locale = reader().locale
    rows = [{"code": one.code, "name": one.name(locale), "indent": "\u2003" * one.depth, "head": one.head_name,
             "kind": _kind_words().get(one.kind, one.kind), "closed": one.closed} for one in units(reading())]  # fmt: skip
    return render_template("admin/units.html", rows=rows)


def _kind_words() -> dict[str, str]:
    """The usual kinds; a solution may have others of its own."""
    return {
        "company": _("Company"),
        "branch": _("Branch"),
        "department": _("Department"),
        "office": _("Office"),
        "store": _("Store"),
    }


@area.get("/units/new", action="unit.add")
def new_unit() -> str:
    """The empty form."""
    return _form(None, UnitFacts({}, parent=request.args.get("parent")), {})


@area.post("/units", action="unit.add", endpoint="add_unit")
def add() -> Response | tuple[str, int]:
    """Make the unit."""
    code, facts = request.form.get("code", "").strip(), _typed()
    try:
        add_unit(office(), signed_in(), code, facts)
    except Invalid as error:
        return _form(None, facts, field_sentences(error), code), 422
    except Conflict as error:
        return _form(None, facts, {"code": sentence(error.code, error.params)}, code), 409
    said(_("The unit is made."))
    return redirect(url_for("admin.units"), 303)


@area.get("/units/<code>", action="unit.see")
def unit(code: str) -> str:
    """One unit."""
    row = _row(code)
    return _form(row, UnitFacts(row.names, row.kind, row.parent, row.head), {})


@area.post("/units/<code>", action="unit.change", endpoint="change_unit")
def change(code: str) -> Response | tuple[str, int]:
    """Write the unit anew."""
    row, facts, seen = _row(code), _typed(), revision()
    try:
        change_unit(office(), signed_in(), code, facts, row.revision if seen is None else seen)
    except Invalid as error:
        return _form(row, facts, field_sentences(error)), 422
    except Conflict as error:
        return _form(row, facts, {}, complaint=sentence(error.code, error.params)), 409
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.unit", code=code), 303)


@area.post("/units/<code>/<any(close,reopen):what>", action="unit.close", endpoint="close_unit")
def close(code: str, what: str) -> Response | tuple[str, int]:
    """Close the unit, or open it again."""
    row = _row(code)
    try:
        close_unit(office(), signed_in(), code, closed=what == "close")
    except Conflict as error:
        facts = UnitFacts(row.names, row.kind, row.parent, row.head)
        return _form(row, facts, {}, complaint=sentence(error.code, error.params)), 409
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.unit", code=code), 303)


@area.get("/organisation/files/<any(units,people):kind>", action="organisation.import")
def import_page(kind: str) -> str:
    """Where a file of units or people is chosen."""
    return _file_page(kind)


@area.post("/organisation/files/<any(units,people):kind>", action="organisation.import")
def look_at_file(kind: str) -> str | tuple[str, int]:
    """What the file would do; kept beside until it is taken."""
    try:
        content = whole_file("file", _MOST_BYTES)
    except Invalid as error:
        return _file_page(kind, complaint=sentence(error.code, error.params)), 422
    seen = _preview(kind, content)
    if seen.refused:
        return _file_page(kind, seen), 422
    save_draft(office(), signed_in(), f"import:{kind}", {"file": content.decode("utf-8-sig")}, most=2 * _MOST_BYTES)
    return _file_page(kind, seen)


@area.post("/organisation/files/<any(units,people):kind>/take", action="organisation.import")
def take_file(kind: str) -> Response | tuple[str, int]:
    """Take the file that was looked at."""
    kept = draft(reading(), signed_in(), f"import:{kind}")
    if kept is None:
        return _file_page(kind, complaint=sentence("file-required")), 422
    content = str(kept.values["file"]).encode("utf-8")
    done = (import_units if kind == "units" else import_people)(office(), signed_in(), content)
    said(_("Taken: %(count)s.", count=reader().number(len(done))))
    return redirect(url_for("admin.units" if kind == "units" else "admin.people"), 303)


def _preview(kind: str, content: bytes) -> FilePreview:
    look = preview_units if kind == "units" else preview_people
    return look(office(), reading(), signed_in(), content)


def _file_page(kind: str, seen: FilePreview | None = None, complaint: str = "") -> str:
    at("units" if kind == "units" else "people")
    words = {"added": _("Added"), "changed": _("Changed"), "closed": _("Closed")}
    changes = seen.changes[:_SHOWN] if seen else ()
    return render_template(
        "admin/organisation_file.html",
        kind=kind,
        seen=seen,
        lines=[
            {
                "st": _MARKS[one.what],
                "word": words[one.what],
                "code": one.code,
                "name": one.name,
                "columns": ", ".join(one.columns),
            }
            for one in changes
        ],
        more=max(0, len(seen.changes) - _SHOWN) if seen else 0,
        findings=[finding_line(found) for found in seen.findings[:_SHOWN]] if seen else [],
        complaint=complaint,
        request_id=fresh_request_id(),
    )


def _row(code: str) -> UnitRow:
    found = next((one for one in units(reading()) if one.code == code), None)
    if found is None:
        raise NotFound("unit-not-found")
    return found


def _typed() -> UnitFacts:
    return UnitFacts(
        names=typed_names(),
        kind=request.form.get("kind", ""),
        parent=request.form.get("parent") or None,
        head=request.form.get("head") or None,
    )


def _form(row: UnitRow | None, facts: UnitFacts, errors: dict[str, str], code: str = "", complaint: str = "") -> str:
    at("units")
    locale = reader().locale
    listed = units(reading())
    people = find_people(reading(), facts.head) if facts.head else []
    heads: list[dict[str, Any]] = [
        {"value": one.login, "label": one.name, "hint": one.post} for one in people if one.login == facts.head
    ]
    return render_template(
        "admin/unit.html",
        row=row,
        code=code,
        name=row.name(locale) if row else "",
        facts=facts,
        names=name_fields(dict(facts.names), errors),
        parents=[
            (one.code, "\u2003" * one.depth + one.name(locale)) for one in listed if not row or one.code != row.code
        ],
        heads=heads,
        errors=errors,
        complaint=complaint,
        request_id=fresh_request_id(),
    )
