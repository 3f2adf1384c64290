"""«Why can she see this»: a person's rights to one document, and what gives them."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from engine.errors import Invalid
from services.access.explain_access import AccessTold, explain_access, may_ask_about_others
from webui.auth import signed_in
from webui.cards.area import area
from webui.errors import field_sentences
from webui.presentation import reader
from webui.reading import office, reading
from webui.rights_words import right_words, way_words, who_words


@area.get("/cards/<ref>/rights", action="card.why", endpoint="why")
def why(ref: str) -> str | tuple[str, int]:
    """Rights of the reader, or of whom an administrator or auditor asks about."""
    g.section = "cards"
    asked = request.args.get("person", "").strip() or None
    try:
        return _page(ref, explain(ref, asked), asked, {})
    except Invalid as error:
        return _page(ref, explain(ref, None), asked, field_sentences(error)), 422


def explain(ref: str, login: str | None) -> AccessTold:
    return explain_access(office(), reading(), signed_in(), ref, login, reader().locale)


def _page(ref: str, told: AccessTold, asked: str | None, errors: dict[str, str]) -> str:
    label = office().shelf.texts(reading(), told.type.solution).label(reader().locale)
    rights = right_words()
    rules = [
        {
            "who": who_words(one.rule.who, label, told.type.code),
            "gives": reader().several(rights.get(may, may) for may in one.rule.may),
            "limits": _limits(told, one.rule, label),
            "states": _states(told, one.rule.states, label),
            "ways": [way_words(way) for way in one.ways],
            "st": "ok" if one.gives else "idle",
            "verdict": _("Gives it") if one.gives else _("Not in this state") if one.ways else _("Not among them"),
        }
        for one in sorted(told.rules, key=lambda one: (not one.gives, not one.ways))
    ]
    chosen = [{"value": told.login, "label": told.name, "hint": ""}] if asked and not errors else []
    return render_template(
        "cards/why.html",
        ref=ref,
        told=told,
        rules=rules,
        rights=[rights[one] for one in told.rights],
        others=may_ask_about_others(signed_in()),
        chosen=chosen,
        errors=errors,
        back=url_for("cards.card", ref=ref),
    )


def _states(told: AccessTold, states: tuple[str, ...], label: Any) -> str:
    if "*" in states:
        return str(_("in every state"))
    return reader().several(label(f"card.{told.type.code}.state.{one}") for one in states)


def _limits(told: AccessTold, rule: Any, label: Any) -> list[str]:
    def named(keys: tuple[str, ...]) -> str:
        return reader().several(label(told.type.by_key[key].label) for key in keys if key in told.type.by_key)

    limits = []
    if rule.fields:
        limits.append(_("changes only: %(fields)s", fields=named(rule.fields)))
    if rule.sees:
        limits.append(_("sees only: %(fields)s", fields=named(rule.sees)))
    if rule.sees_not:
        limits.append(_("does not see: %(fields)s", fields=named(rule.sees_not)))
    return limits
