"""Admins change policies; they hold at once."""

from __future__ import annotations

import pytest

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed
from services.accounts.actors import INSTALLER
from services.bootstrap import Office
from services.policies.change_policies import change_policies
from services.policies.queries import policies
from services.policies.rules import RULES, checked


def test_what_nobody_edited_is_the_default(office: Office) -> None:
    with office.database.reading() as session:
        in_force = policies(session)
    assert {name: in_force[name] for name in RULES} == {name: rule.default for name, rule in RULES.items()}


def test_a_change_holds_at_once(office: Office) -> None:
    change_policies(office, INSTALLER, {"organisation.calendar": "jalali", "session.idle_minutes": "45"})
    with office.database.reading() as session:
        assert (policies(session).calendar, policies(session)["session.idle_minutes"]) == ("jalali", 45)


def test_all_that_is_wrong_is_said_and_nothing_is_kept(office: Office) -> None:
    wrong = {"organisation.zone": "Mars/Base", "session.hours": "0", "mail.holt": "x", "organisation.name": "Сеть"}
    with pytest.raises(Invalid) as error:
        change_policies(office, INSTALLER, wrong)
    assert {name: code for name, (code, _) in error.value.fields.items()} == {
        "organisation.zone": "zone-unknown",
        "session.hours": "out-of-range",
        "mail.holt": "policy-unknown",
    }
    with pytest.raises(NotAllowed):
        change_policies(office, Actor(1, "Anna", "web"), {"mail.held": True})
    with office.database.reading() as session:
        assert policies(session).organisation == "Chancery"


def test_every_default_passes_its_own_check() -> None:
    assert {name: checked(name, rule.default) for name, rule in RULES.items()} == {
        n: r.default for n, r in RULES.items()
    }
