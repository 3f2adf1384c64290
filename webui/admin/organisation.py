"""The organisation's policies, and a mail to try the server with."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.store.text import sort_key
from services.mail.send_test_mail import send_test_mail
from services.policies.change_policies import change_policies
from services.policies.queries import policies
from services.policies.rules import RULES, PolicyRule
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import field_sentences
from webui.presentation import LANGUAGES, reader
from webui.reading import office, reading

_MANY = 6  # more choices are a list, not buttons


@area.get("/organisation", action="policies.see")
def organisation() -> str:
    """Every policy with what it means."""
    return _page(policies(reading()).values, {})


@area.post("/organisation", action="policies.change")
def change_organisation() -> Response | tuple[str, int]:
    """Keep the policies; all or none."""
    typed = {name: _typed(rule) for name, rule in RULES.items()}
    try:
        change_policies(office(), signed_in(), typed)
    except Invalid as error:
        return _page(typed, field_sentences(error)), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.organisation"), 303)


@area.post("/organisation/test-mail", action="mail.test")
def test_mail() -> Response | tuple[str, int]:
    """Write a test mail; it shows on the outgoing-mail page."""
    address = request.form.get("address", "")
    text = _("If you can read this, outgoing mail works.")
    try:
        state = send_test_mail(office(), signed_in(), address, _("A test from Chancery"), text)
    except Invalid as error:
        return _page(policies(reading()).values, field_sentences(error), address), 422
    held = _("The test mail is written but held: no mail server is set, or sending is held.")
    said(held if state == "held" else _("The test mail is on its way. Look at its state here."))
    return redirect(url_for("admin.mail"), 303)


def _page(values: Any, errors: dict[str, str], address: str = "") -> str:
    at("organisation")
    fields = [_field(rule, values.get(name), errors.get(name, "")) for name, rule in RULES.items()]
    return render_template(
        "admin/organisation.html",
        groups=[(title, [one for one in fields if one["name"].split(".")[0] == group]) for group, title in _groups()],
        address=address,
        address_error=errors.get("address", ""),
        server=bool(office().settings.mail_url),
        request_id=fresh_request_id(),
    )


def _groups() -> list[tuple[str, str]]:
    return [
        ("organisation", _("Organisation")),
        ("mail", _("Mail")),
        ("session", _("Sessions")),
        ("password", _("Passwords")),
        ("task", _("Tasks")),
        ("bin", _("Bin")),
        ("history", _("History")),
    ]


def _field(rule: PolicyRule, value: Any, error: str) -> dict[str, Any]:
    kind = "check" if isinstance(rule.default, bool) else "number" if isinstance(rule.default, int) else "text"
    choices = [(choice, _choice(choice)) for choice in rule.choices()]
    if len(choices) > _MANY:
        choices.sort(key=lambda choice: sort_key(choice[1]))
    return {
        "name": rule.name,
        "label": _label(rule.name),
        "help": _(rule.help),  # collected from the declarations by webui/translations/update.py
        "kind": "choices" if len(choices) > _MANY else "choice" if choices else kind,
        "choices": choices,
        "value": value,
        "error": error,
    }


def _label(name: str) -> str:
    return {
        "organisation.name": _("Name"),
        "organisation.address": _("Address"),
        "organisation.requisites": _("Letterhead lines"),
        "organisation.locale": _("Language"),
        "organisation.calendar": _("Calendar"),
        "organisation.zone": _("Time zone"),
        "organisation.country": _("Country of the holidays"),
        "organisation.opens_hour": _("Opens at, o'clock"),
        "organisation.closes_hour": _("Closes at, o'clock"),
        "mail.held": _("Hold outgoing mail"),
        "mail.sender_name": _("Sender's name"),
        "session.idle_minutes": _("Unused session, minutes"),
        "session.hours": _("Longest session, hours"),
        "password.least_length": _("Shortest password, characters"),
        "password.reset_minutes": _("Reset link, minutes"),
        "task.near_due_percent": _("Near its end, per cent of the term"),
        "bin.days": _("Kept in the bin, days"),
        "history.days": _("History kept, days"),
        "history.pack_days": _("History packed after, days"),
    }.get(name, name)


def _choice(choice: str) -> str:
    told = {"gregorian": _("Gregorian"), "jalali": _("Jalali"), **LANGUAGES}.get(choice)
    return told or Locale.parse(reader().locale).territories.get(choice, choice)


def _typed(rule: PolicyRule) -> Any:
    if isinstance(rule.default, bool):
        return rule.name in request.form
    return request.form.get(rule.name, "")
