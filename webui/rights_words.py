"""Rules of access in words: who, what, and how somebody is among those a rule names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from services.accounts.actors import Counted
from services.organisation.units import name_in
from services.solutions.card_type import BRANCH, HEAD
from webui.presentation import reader

Label = Callable[[str], str]


def who_words(who: str, label: Label, type_code: str) -> str:
    """Whom a rule names; roles and fields in the solution's own words."""
    if who.startswith("role:"):
        return _("Role «%(role)s»", role=label(f"role.{who.removeprefix('role:')}"))
    if who.startswith(BRANCH):
        role = label(f"role.{who.removeprefix(BRANCH)}")
        return _("Role «%(role)s» in the document's unit or above it", role=role)
    if who.startswith("relation:field:"):
        field = label(f"card.{type_code}.field.{who.removeprefix('relation:field:')}")
        return _("Named in the field «%(field)s»", field=field)
    return _relations().get(who, who)


def _relations() -> dict[str, str]:
    return {
        "relation:author": _("Author of the document"),
        "relation:executor": _("Executor"),
        "relation:participant": _("Has or had a task of it"),
        "relation:approver": _("Approver"),
        "relation:signer": _("Signer"),
        "relation:registrar": _("Registered it"),
        "relation:unit": _("Works in the document's unit or below it"),
        f"{HEAD}unit": _("Head of the document's unit, or of one above it"),
        f"{HEAD}author": _("Head of the author's unit, or of one above it"),
        f"{HEAD}executor": _("Head of the executor's unit, or of one above it"),
        "party": _("The applicant"),
        "machine": _("The process"),
        "*": _("Everybody"),
    }


def right_words() -> dict[str, str]:
    """What the rights, and the rights of a solution's roles, are called."""
    return {
        "see": _("See"),
        "create": _("Make new ones"),
        "edit": _("Change"),
        "files": _("Files"),
        "register": _("Register"),
        "move": _("Buttons"),
        "link": _("Link"),
        "bin": _("Throw into the bin"),
        "purge": _("Destroy"),
        "parties": _("Keep parties"),
        "templates": _("Keep templates for everybody"),
        "assign": _("Assign"),
        "sign": _("Sign"),
    }


def way_words(way: Counted) -> str:
    """How somebody is among those a rule names: the group, the unit, the post, for whom they stand in."""
    locale = reader().locale
    name = name_in(way.names, locale, way.code)
    if way.kind == "post":
        said = _("in the group «%(group)s» of the unit «%(unit)s»", group=name, unit=_unit(way.unit, locale))
    else:
        said = {
            "user": _("in person"),
            "group": _("in the group «%(group)s»", group=name),
            "role": _("in the group «%(group)s»", group=name),
            "unit": _("works in the unit «%(unit)s» or below it", unit=name),
            "head": _("heads the unit «%(unit)s»", unit=name),
        }.get(way.kind, _("like everybody"))
    return _("%(how)s, standing in for %(absent)s", how=said, absent=way.absent) if way.absent else said


def _unit(names: Mapping[str, str] | None, locale: str) -> str:
    return name_in(names or {}, locale, "?")
