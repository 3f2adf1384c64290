"""The area of parties, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from engine.errors import NotFound
from services.parties.queries import PartyRights, PartyView, party_rights
from webui.auth import signed_in
from webui.formats import initials
from webui.reading import office, reading
from webui.routing import Area

area = Area("parties", __name__, admits="staff")


def rights() -> PartyRights:
    """What the reader may do here; whoever may not see parties finds nothing."""
    g.section = "parties"
    found = party_rights(office(), reading(), signed_in())
    if not found.see:
        raise NotFound("page-not-found")
    return found


def line(view: PartyView) -> dict[str, Any]:
    """A party as lists show it."""
    return {
        "ref": view.ref,
        "name": view.name or _("Erased"),
        "initials": initials(view.name),
        "kind": kind_words()[view.kind],
        "contact": view.mail or view.phone,
        "icon": "shop" if view.kind == "organisation" else "client",
    }


def kind_words() -> dict[str, str]:
    return {"person": _("Person"), "organisation": _("Organisation")}


def form_words() -> dict[str, str]:
    """Forms of address."""
    return {"male": _("to a man"), "female": _("to a woman"), "neutral": _("neither")}


def purpose_words() -> dict[str, str]:
    return {
        "home": _("home"),
        "work": _("work"),
        "legal": _("registered office"),
        "postal": _("for letters"),
        "other": _("other"),
    }


def contact_words() -> dict[str, str]:
    return {"phone": _("Phone"), "mail": _("Mail address"), "address": _("Address")}


def identifier_words() -> dict[str, str]:
    """How identifiers are called."""
    return {
        "inn": _("INN (12 digits)"),
        "snils": _("SNILS"),
        "passport_ru": _("Russian passport"),
        "ogrnip": _("OGRNIP"),
        "national_code_ir": _("Iranian national code"),
        "inn_organisation": _("INN (10 digits)"),
        "kpp": _("KPP"),
        "ogrn": _("OGRN"),
        "national_id_ir": _("Iranian national id of an organisation"),
        "economic_code_ir": _("Iranian economic code"),
        "sheba": _("Sheba (Iranian IBAN)"),
    }


def why_words() -> dict[str, str]:
    """What two parties share."""
    return {
        "name": _("the same name"),
        "phone": _("the same phone"),
        "mail": _("the same mail address"),
        "identifier": _("the same identifier"),
    }
