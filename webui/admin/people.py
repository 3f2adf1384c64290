"""Users, groups and who is in them."""

from __future__ import annotations

import secrets

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotFound
from services.accounts.create_account import NewAccount, create_account
from services.accounts.memberships import move_to_unit, set_active, set_groups
from services.accounts.queries import PersonRow, find_people, groups
from services.organisation.appoint import appoint, appointments_of, end_appointment
from services.organisation.units import units
from webui.admin.area import area, at, fresh_request_id, name_in, said
from webui.auth import signed_in
from webui.errors import field_sentences, sentence
from webui.forms import typed_days
from webui.presentation import reader
from webui.reading import office, reading

_PAGE = 200


@area.get("/people", action="people.see")
def people() -> str:
    """Everybody, with groups."""
    return _people({}, {})


@area.post("/people", action="people.add")
def add_person() -> Response | tuple[str, int]:
    """Make an account with a first password which is shown once."""
    typed = {name: request.form.get(name, "").strip() for name in ("login", "name", "mail", "post", "unit")}
    password = secrets.token_urlsafe(9)
    new = NewAccount(
        login=typed["login"],
        name=typed["name"],
        mail=typed["mail"] or None,
        post=typed["post"],
        unit=typed["unit"] or None,
        groups=tuple(request.form.getlist("groups")),
        password=password,
    )
    try:
        create_account(office(), signed_in(), new)
    except Invalid as error:
        return _people(typed, field_sentences(error)), 422
    except Conflict as error:
        return _people(typed, {"login": sentence(error.code, error.params)}), 409
    said(
        _("Account %(login)s is made. First password, shown only now: %(password)s", login=new.login, password=password)
    )
    return redirect(url_for("admin.people"), 303)


@area.get("/people/<login>", action="people.see")
def person(login: str) -> str:
    """One account."""
    return _person(_row(login), {})


@area.post("/people/<login>", action="people.change")
def change_person(login: str) -> Response | tuple[str, int]:
    """Groups, unit, and whether the account may sign in."""
    row, actor = _row(login), signed_in()
    try:
        set_groups(office(), actor, login, set(request.form.getlist("groups")))
        move_to_unit(office(), actor, login, request.form.get("unit") or None)
        if ("active" in request.form) != row.active:
            set_active(office(), actor, login, "active" in request.form)
    except Invalid as error:
        return _person(row, field_sentences(error)), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.person", login=login), 303)


@area.post("/people/<login>/posts", action="people.appoint")
def appoint_person(login: str) -> Response | tuple[str, int]:
    """Give somebody a post from a day on."""
    row = _row(login)
    try:
        days = typed_days(("from_on", "to_on"), "account-refused")
        appoint(
            office(),
            signed_in(),
            login,
            request.form.get("post_unit", ""),
            request.form.get("post", ""),
            days["from_on"] or reader().today,
            days["to_on"],
            main="main" in request.form,
        )
    except Invalid as error:
        return _person(row, field_sentences(error)), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.person", login=login), 303)


@area.post("/people/<login>/posts/<int:number>/end", action="people.appoint")
def end_post(login: str, number: int) -> Response:
    """The post is held until today."""
    row = _row(login)
    if number not in {one.id for one in appointments_of(reading(), row.id, reader().locale)}:
        raise NotFound("appointment-not-found")
    end_appointment(office(), signed_in(), number, reader().today)
    said(_("The post ends today."))
    return redirect(url_for("admin.person", login=login), 303)


def _row(login: str) -> PersonRow:
    found = [row for row in find_people(reading(), login, limit=_PAGE, everybody=True) if row.login == login]
    if not found:
        raise NotFound("account-not-found")
    return found[0]


def _people(typed: dict[str, str], errors: dict[str, str]) -> str:
    at("people")
    words, known = request.args.get("q", ""), groups(reading())
    return render_template(
        "admin/people.html",
        rows=find_people(reading(), words, limit=_PAGE, everybody=True),
        groups=known,
        group_names={group.code: name_in(group.names, group.code) for group in known},
        units=_units(),
        name_in=name_in,
        words=words,
        typed=typed,
        errors=errors,
        request_id=fresh_request_id(),
    )


def _person(row: PersonRow, errors: dict[str, str]) -> str:
    at("people")
    return render_template(
        "admin/person.html",
        row=row,
        groups=groups(reading()),
        units=_units(),
        name_in=name_in,
        errors=errors,
        posts=appointments_of(reading(), row.id, reader().locale),
        typed=request.form,
        request_id=fresh_request_id(),
    )


def _units() -> list[tuple[str, str]]:
    return [(unit.code, "\u2003" * unit.depth + name_in(dict(unit.names), unit.code)) for unit in units(reading())]
