"""Templates of documents: one's own, of a unit, of the organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid
from services.cards.card_templates import (
    TemplateRow,
    rights_of,
    template_page,
    templates_for,
)
from services.cards.keep_template import Template, add_template, change_template, drop_template
from services.cards.queries import creatable_type, creatable_types, template_form
from services.cards.starting_values import copied_values
from webui.auth import signed_in
from webui.cards.area import area, by_component, forms_of, fresh_request_id, leaves, said
from webui.errors import field_sentences, sentence
from webui.forms import revision, submitted
from webui.presentation import manner, reader
from webui.reading import office, reading

_NEW = {"name": "", "scope": "own", "unit": ""}


@area.get("/templates", action="template.list")
def templates() -> str:
    """What the visitor may start documents from; their own are theirs to mend."""
    g.section = "new"
    types = creatable_types(office(), reading(), signed_in())
    titles = {type.code: _title(type.code) for type in types}
    rows = templates_for(office(), reading(), signed_in(), types, reader().locale)
    return render_template(
        "cards/templates.html",
        rows=[_line(row, titles[row.type]) for row in rows],
        kinds=[{"text": title, "url": url_for("cards.new_template", type=code)} for code, title in titles.items()],
    )


@area.get("/templates/new/<type>", action="template.add")
def new_template(type: str) -> str:
    """An empty template, or one with what stands in a card."""
    return _form(type, "", _of_card(type, request.args.get("of", "")), dict(_NEW), {}, {})


@area.post("/templates/new/<type>", action="template.add")
def keep_new_template(type: str) -> Response | tuple[str, int]:
    """Keep it."""
    typed, asked = _typed(type, {})
    try:
        add_template(office(), signed_in(), _template(type, typed, asked), manner())
    except Invalid as error:
        return _refused(type, "", {}, asked, typed, error), 422
    said(_("The template is kept."))
    return redirect(url_for("cards.templates"), 303)


@area.get("/templates/<ref>", action="template.change", endpoint="template")
def mend_template(ref: str) -> str:
    """A template to be mended."""
    page = template_page(office(), reading(), signed_in(), ref)
    asked = {"name": page.row.name, "scope": page.row.scope, "unit": page.row.unit}
    return _form(page.row.type, ref, page.data, asked, {}, {}, page.revision)


@area.post("/templates/<ref>", action="template.change")
def change_kept_template(ref: str) -> Response | tuple[str, int]:
    """Write it anew."""
    page = template_page(office(), reading(), signed_in(), ref)
    typed, asked = _typed(page.row.type, page.data)
    seen = revision() or page.revision
    try:
        change_template(office(), signed_in(), ref, _template(page.row.type, typed, asked), seen, manner())
    except Invalid as error:
        return _refused(page.row.type, ref, page.data, asked, typed, error, seen), 422
    except Conflict as error:
        complaint = sentence(error.code, error.params)
        return _form(page.row.type, ref, page.data, asked, typed, {}, page.revision, complaint), 409
    said(_("Saved. It is in force now."))
    return redirect(url_for("cards.templates"), 303)


@area.post("/templates/<ref>/drop", action="template.change")
def drop_kept_template(ref: str) -> Response:
    """Throw it away; documents made from it stay."""
    drop_template(office(), signed_in(), ref)
    said(_("The template is gone; documents made from it stay."))
    return redirect(url_for("cards.templates"), 303)


def _of_card(type: str, ref: str) -> Mapping[str, Any]:
    found = creatable_type(office(), reading(), signed_in(), type)
    return copied_values(office(), reading(), signed_in(), found, ref[:64]) if ref else {}


def _title(type: str) -> str:
    made = creatable_type(office(), reading(), signed_in(), type)
    return office().shelf.texts(reading(), made.solution).get(made.title, reader().locale)


def _line(row: TemplateRow, title: str) -> dict[str, Any]:
    words = scope_words()
    return {
        "name": row.name,
        "kind": title,
        "for": words[row.scope] + (f": {row.unit}" if row.unit else ""),
        "by": row.by or _("comes with the solution"),
        "at": reader().moment(row.changed_at),
        "use_url": url_for("cards.new_card", type=row.type, template=row.ref),
        "mend_url": url_for("cards.template", ref=row.ref) if row.may_change else "",
        "drop_url": url_for("cards.drop_kept_template", ref=row.ref) if row.may_change else "",
    }


def scope_words() -> dict[str, str]:
    """For whom a template is."""
    return {"own": _("for me"), "unit": _("for a unit"), "organisation": _("for everybody")}


def _typed(type: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    groups = template_form(office(), reading(), signed_in(), type, manner(), data)
    typed = submitted(field.component for group in groups for field in group.fields)
    return typed, {name: request.form.get(name, "")[:200] for name in _NEW}


def _template(type: str, typed: Mapping[str, Any], asked: Mapping[str, str]) -> Template:
    values = {key.removeprefix("card."): value for key, value in typed.items()}
    scope: Any = asked["scope"]
    return Template(type, asked["name"], scope, asked["unit"], values)


def _refused(
    type: str,
    ref: str,
    data: Mapping[str, Any],
    asked: dict[str, str],
    typed: dict[str, Any],
    error: Invalid,
    seen: int | None = None,
) -> str:
    return _form(type, ref, data, asked, typed, field_sentences(error), seen, sentence(error.code, error.params))


def _form(
    type: str,
    ref: str,
    data: Mapping[str, Any],
    asked: dict[str, str],
    typed: dict[str, Any],
    errors: dict[str, str],
    seen: int | None = None,
    complaint: str = "",
) -> str:
    g.section = "new"
    groups = template_form(office(), reading(), signed_in(), type, manner(), data)
    rights = rights_of(office(), reading(), signed_in(), reader().locale)
    words = scope_words()
    scopes = ["own", *(["unit"] if rights.units else []), *(["organisation"] if rights.organisation else [])]
    return render_template(
        "cards/template.html",
        type={"code": type, "title": _title(type)},
        ref=ref,
        asked=asked,
        scopes=[(scope, words[scope]) for scope in scopes],
        units=rights.units,
        leaves=leaves(forms_of(groups, typed, by_component(errors))),
        errors=errors,
        complaint=complaint,
        revision=seen,
        request_id=fresh_request_id(),
    )
