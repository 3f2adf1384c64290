"""A demo organisation: units before accounts, heads last, and a second time changes nothing."""

from __future__ import annotations

import pytest

from engine.actor import Actor
from engine.errors import NotAllowed
from services.accounts.actors import actor_of
from services.accounts.sign_in import sign_in
from services.bootstrap import Office
from services.organisation.units import units
from services.policies.queries import policies
from services.solutions.load_demo import load_demo
from tests.solutions.shelves import SLUGS, Shelf

UNITS = "code,parent,kind,name_ru,name_en,head\nfirm,,company,Фирма,Firm,\n101,firm,store,Магазин 101,Store 101,boris\n"
PEOPLE = (
    "login,name,post,unit,groups,locale\n"
    "anna,Анна,Registrar,firm,clerk approver,en\n"
    "boris,Борис,Head of store,101,,\n"
    "dmitri,Дмитрий,Administrator,firm,admin,ru\n"
)


def test_units_accounts_groups_and_heads_come_in(office: Office, installer: Actor) -> None:
    loaded = load_demo(office, installer, UNITS.encode(), PEOPLE.encode(), "a demo password")
    assert (loaded.units, loaded.logins) == (2, ("anna", "boris", "dmitri"))
    with office.database.reading() as session:
        tree = units(session)
        assert [(unit.code, unit.parent, unit.name("en"), unit.head) for unit in tree] == [
            ("firm", None, "Firm", None),
            ("101", "firm", "Store 101", "boris"),
        ]
        assert actor_of(office, session, "anna").roles == {"clerk", "approver"}
        assert actor_of(office, session, "dmitri").roles == {"admin"}
    assert sign_in(office, "anna", "a demo password").token


def test_a_second_time_changes_nothing(office: Office, installer: Actor) -> None:
    load_demo(office, installer, UNITS.encode(), PEOPLE.encode(), "a demo password")
    again = load_demo(office, installer, UNITS.encode(), PEOPLE.encode(), "another password")
    assert (again.units, again.logins) == (0, ())
    assert sign_in(office, "anna", "a demo password").token


def test_policies_are_set_unless_somebody_set_them_before(office: Office, installer: Actor) -> None:
    files = (UNITS.encode(), PEOPLE.encode(), "a demo password")
    load_demo(office, installer, *files, policies="name,value\norganisation.name,Фирма\n".encode())
    load_demo(
        office, installer, *files, policies="name,value\norganisation.name,Другая\norganisation.locale,en\n".encode()
    )
    with office.database.reading() as session:
        rules = policies(session)
    assert (rules.organisation, rules.locale) == ("Фирма", "en")


def test_only_an_administrator_may(office: Office) -> None:
    with pytest.raises(NotAllowed):
        load_demo(office, Actor(account_id=None, name="Dmitri", via="web"), UNITS.encode(), PEOPLE.encode(), "secret")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_shipped_organisation_comes_in(office: Office, installer: Actor, slug: str) -> None:
    shelf = Shelf(slug)
    demo = shelf.manifest["demo"]
    given = {
        name: (shelf.folder / demo[name]).read_bytes() for name in ("units", "accounts", "policies") if name in demo
    }
    loaded = load_demo(office, installer, password="a demo password", **given)
    assert len(loaded.logins) == len(shelf.rows(shelf.manifest["demo"]["accounts"]))
