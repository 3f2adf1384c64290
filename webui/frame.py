"""What every page's frame shows: places, counts, who is signed in, languages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from services.accounts.actors import Me
from services.cards.queries import creatable_types
from services.notifications.queries import unread
from services.parties.queries import party_rights
from services.registration.queries import journals
from webui import auth
from webui.formats import initials
from webui.inbox.rows import rail_counts
from webui.presentation import LANGUAGES, choose_locale, reader
from webui.reading import office, reading


def register(app: Flask) -> None:
    """Give every template the names of the frame."""
    app.context_processor(_names)


def counts() -> dict[str, dict[str, Any]]:
    """The figures at the places of the rail, by place: `text`, and `hot` when something is late."""
    actor = auth.actor()
    if actor is None:
        return {}
    return rail_counts(actor)


def _names() -> dict[str, Any]:
    locale = choose_locale()
    me = g.get("me")
    return {
        "locale": locale,
        "direction": "rtl" if locale == "fa" else "ltr",
        "theme": _theme(me),
        "calendar": reader().calendar,
        "section": g.get("section", ""),
        "frame": _staff_frame(me) if me is not None and not g.get("plain") else _visitor_frame(),
        "request_id": g.get("request_id", ""),
    }


def _theme(me: Me | None) -> str | None:
    chosen = request.cookies.get("ch-theme") or (me.theme if me is not None else None)
    return chosen if chosen in ("light", "dark") else None


def _brand() -> str:
    organisation = g.get("policies")
    return organisation.organisation if organisation is not None else "Chancery"


def _visitor_frame() -> dict[str, Any]:
    return {
        "brand": _brand(),
        "home_url": g.get("portal_url") or url_for("home.home"),
        "languages": [{"code": code, "text": text, "url": _with_language(code)} for code, text in LANGUAGES.items()],
        "rail": g.get("portal_rail") or [],
        "register_url": g.get("portal_file_url"),
        "signin_url": None,
        "me": None,
    }


def _staff_frame(me: Me) -> dict[str, Any]:
    return {
        "brand": _brand(),
        "home_url": url_for("home.home"),
        "search_url": url_for("cards.list_cards"),
        "register_url": url_for("cards.choose_type") if _may_register() else None,
        "notifications_url": url_for("home.notices"),
        "help_url": url_for("help.page", name="keys"),
        "signin_url": url_for("signin.sign_in"),
        "pulse_url": url_for("api.pulse"),
        "unread": unread(reading(), auth.signed_in()) > 0,
        "slim": request.cookies.get("ch-rail") == "slim" or bool(g.get("slim")),
        "letter_keys": True,
        "me": {"name": me.name, "initials": initials(me.name), "url": url_for("home.me")},
        "rail": _rail(me),
        "places": {"h": url_for("home.home"), "i": url_for("inbox.inbox"), "d": url_for("cards.list_cards")}
        | {"r": url_for("cards.choose_type")},
        "languages": [],
    }


def _may_register() -> bool:
    if "may_register" not in g:
        g.may_register = bool(creatable_types(office(), reading(), auth.signed_in()))
    return bool(g.may_register)


def _may_see_parties() -> bool:
    return party_rights(office(), reading(), auth.signed_in()).see


def _rail(me: Me) -> list[dict[str, Any]]:
    figures = counts()
    daily = [
        _place("home", _("Home"), "home", url_for("home.home")),
        _place("inbox", _("Tasks"), "inbox", url_for("inbox.inbox"), figures),
        _place("cards", _("Documents"), "doc", url_for("cards.list_cards")),
    ]
    if _may_register():
        daily.append(_place("new", _("Registration"), "plus", url_for("cards.choose_type")))
    if journals(office(), reading(), auth.signed_in()):
        daily.append(_wide("journals", _("Journals"), "book", url_for("cards.journals_page")))
    groups = [{"caption": "", "places": daily}]
    if me.is_admin:
        groups.append({"caption": _("Setup"), "places": _admin_places(figures)})
    reference = [_wide("parties", _("Parties"), "client", url_for("parties.parties"))] if _may_see_parties() else []
    reference += [
        _wide("directories", _("Directories"), "book", url_for("directories.directories")),
        _wide("help", _("Help"), "help", url_for("help.contents")),
    ]
    groups.append({"caption": _("Reference"), "places": reference})
    return groups


def _admin_places(figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _wide("health", _("Health"), "eye", url_for("admin.health")),
        _wide("solutions", _("Solutions"), "file", url_for("admin.solutions")),
        _wide("instances", _("Processes"), "flow", url_for("admin.instances_page")),
        _wide("incidents", _("Incidents"), "bolt", url_for("admin.incidents_page"), figures),
        _wide("mail", _("Outgoing mail"), "mail", url_for("admin.mail"), figures),
        _wide("people", _("Users and groups"), "users", url_for("admin.people")),
        _wide("roles", _("Roles and rights"), "users", url_for("admin.roles")),
        _wide("units", _("Units"), "flow", url_for("admin.units")),
        _wide("substitutions", _("Substitutions"), "swap", url_for("admin.substitutions")),
        _wide("organisation", _("Organisation"), "gear", url_for("admin.organisation")),
    ]


def _place(
    place: str, text: str, icon: str, url: str, figures: dict[str, Any] | None = None, *, wide: bool = False
) -> dict[str, Any]:
    figure = (figures or {}).get(place) or {}
    return {
        "id": place,
        "text": text,
        "icon": icon,
        "url": url,
        "count": figure.get("text", ""),
        "hot": figure.get("hot"),
        "wide": wide,
    }


def _wide(place: str, text: str, icon: str, url: str, figures: dict[str, Any] | None = None) -> dict[str, Any]:
    return _place(place, text, icon, url, figures, wide=True)


def _with_language(code: str) -> str:
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'lang': code})}"
