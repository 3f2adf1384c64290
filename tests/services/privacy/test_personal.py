"""Clara's data stand in one place: masked, revealed on the record, erased for good."""

from __future__ import annotations

import pytest

from engine.actor import Actor
from engine.errors import NotAllowed
from services.accounts.actors import INSTALLER
from services.bootstrap import Office
from services.parties.know_party import know_party_in, read_party
from services.parties.queries import find_parties, parties
from services.privacy.erase_person import erase_person
from services.privacy.personal import masked, phone_key


def known(office: Office, **facts: str) -> str:
    typed = {"name": "Клара", "mail": "clara@example.org", "phone": "+7 900 000-00-14", "address": "Москва"} | facts
    return office.database.run(lambda work: know_party_in(office, work, INSTALLER, read_party(typed)).ref)


def test_the_same_person_is_known_however_the_phone_is_written(office: Office) -> None:
    assert known(office) == known(office, name="КЛАРА", phone="8 (900) 0000014", mail="")
    assert known(office) != known(office, name="Дмитрий")
    assert [phone_key(one) for one in ("۰۹۰۰۰۰۰۰۰۱۴", "9000000014")] == ["989000000014", "79000000014"]


def test_contacts_are_masked_unless_asked_for_in_full(office: Office) -> None:
    ref = known(office)
    with office.database.reading() as session:
        shown, full = parties(session, refs=[ref])[ref], parties(session, refs=[ref], in_full=True)[ref]
    assert (shown.name, shown.mail, shown.phone, shown.address) == ("Клара", "c•••@example.org", "•••••••••14", "•••")
    assert (full.mail, full.phone, full.address) == ("clara@example.org", "+7 900 000-00-14", "Москва")
    assert masked("contact", None) == ""


def test_erasing_blanks_one_place_and_everything_refers_to_it(office: Office) -> None:
    ref = known(office)
    with pytest.raises(NotAllowed):
        erase_person(office, Actor(1, "Anna", "web"), ref, "asked")
    assert erase_person(office, INSTALLER, ref, "asked").values == 4
    assert known(office) != ref
    with office.database.reading() as session:
        view = parties(session, refs=[ref], in_full=True)[ref]
        assert view.erased and (view.name, view.mail) == ("", "")
        assert ref not in {party.ref for party in find_parties(office, session, "клара")}
        assert ref not in {party.ref for party in find_parties(office, session, "clara@example.org")}


def test_an_organisation_is_found_by_its_name(office: Office) -> None:
    ref = known(office, name="ООО «Заказчик-12»", kind="organisation")
    with office.database.reading() as session:
        (found,) = find_parties(office, session, "заказчик")
        assert (found.ref, found.kind) == (ref, "organisation")
