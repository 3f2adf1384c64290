"""Clara is written down twice, found by anything, made one again, and forgotten. Anna keeps parties, Dmitri does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.models import Audit
from services.accounts.actors import INSTALLER, actor_of
from services.bootstrap import Office
from services.cards.models import Card
from services.parties.know_party import PartyFacts, know_party_in
from services.parties.merge_parties import merge_parties
from services.parties.models import Party
from services.parties.queries import duplicates_of, find_parties, parties, party_page
from services.parties.save_party import Contact, PartyCard, add_party, change_party
from services.privacy.erase_person import erase_person
from services.privacy.models import PersonalValue
from tests.services.inbox.road import Road

CLARA = PartyCard(
    surname="Соколова",
    given_name="Клара",
    father_name="Ивановна",
    phone="+7 900 000-00-14",
    mail="clara@example.org",
    address="Ул. Лесная, 31",
    contacts=(Contact("phone", "8 900 111-22-33", "work"), Contact("address", "Тегеран, пл. Азади", "postal")),
    identifiers={"snils": "112-233-445 95", "national_code_ir": "۰۴۹۹۳۷۰۸۹۹"},
)
FIRM = PartyCard(
    kind="organisation", name="ООО «Рога и копыта»", short_name="Рога", identifiers={"inn_organisation": "7830002293"}
)


def page(office: Office, ref: str, actor: Actor = INSTALLER, *, in_full: bool = True):
    with office.database.reading() as session:
        return party_page(office, session, actor, ref, in_full=in_full)


def found(office: Office, words: str) -> list[str]:
    with office.database.reading() as session:
        return [one.name for one in find_parties(office, session, words)]


def test_a_person_is_written_down_and_found_by_anything(office: Office) -> None:
    ref = add_party(office, INSTALLER, CLARA)
    seen = page(office, ref)
    assert (seen.view.name, seen.view.form) == ("Соколова Клара Ивановна", "female")
    assert seen.view.salutation("ru") == "Уважаемая Клара Ивановна!"
    assert {(one.kind, one.value) for one in seen.identifiers} == {
        ("snils", "112-233-445-95"),
        ("national_code_ir", "049-937089-9"),
    }
    hidden = page(office, ref, in_full=False)
    assert "900" not in hidden.view.phone and "Лесная" not in hidden.view.address
    assert all("3344" not in one.value for one in hidden.identifiers)
    for words in ("соколова кл", "89000000014", "CLARA@example.org", "7 900 111 22 33", "11223344595", "049-9370899"):
        assert found(office, words) == ["Соколова Клара Ивановна"], words
    assert found(office, "11223344596") == []


def test_nothing_personal_stands_outside_its_one_place(office: Office) -> None:
    add_party(office, INSTALLER, CLARA)
    with office.database.reading() as session:
        rows = session.execute(select(Party.__table__)).all()
        audit = session.execute(select(Audit.__table__)).all()
    told = repr(rows) + repr(audit)
    for word in ("Соколова", "Ивановна", "clara@", "9000000", "Лесная", "11223344595"):
        assert word not in told


def test_what_is_wrong_is_said_beside_each_field(office: Office) -> None:
    wrong = replace(
        CLARA,
        surname="",
        given_name="",
        father_name="",
        phone="12",
        contacts=(Contact("mail", "not mail"),),
        identifiers={"snils": "112-233-445 96", "kpp": "773601001"},
    )
    with pytest.raises(Invalid) as refused:
        add_party(office, INSTALLER, wrong)
    assert {key: code for key, (code, _) in refused.value.fields.items()} == {
        "surname": "required",
        "phone": "phone-bad",
        "contact.0": "mail-bad",
        "identifier.snils": "identifier-wrong",
        "identifier.kpp": "identifier-wrong",  # an organisation's, not a person's
    }
    with pytest.raises(Invalid):
        add_party(office, INSTALLER, replace(FIRM, name="x" * 10_000))


def test_the_second_saver_is_told_and_saving_the_same_changes_nothing(office: Office) -> None:
    ref = add_party(office, INSTALLER, CLARA)
    assert change_party(office, INSTALLER, ref, CLARA, 1) == 1
    married = replace(CLARA, surname="Орлова", contacts=())
    assert change_party(office, INSTALLER, ref, married, 1) == 2
    assert page(office, ref).contacts == ()
    with pytest.raises(Conflict, match="party-changed"):
        change_party(office, INSTALLER, ref, CLARA, 1)
    assert found(office, "орлова") == ["Орлова Клара Ивановна"]


def test_who_does_not_register_sees_no_parties(road: Road) -> None:
    road.file()
    with road.office.database.reading() as session:
        ref = session.scalar(select(Party.ref))
        anna, lawyer = actor_of(road.office, session, "clerk"), actor_of(road.office, session, "lawyer")
        store = actor_of(road.office, session, "store101")
    assert page(road.office, ref, anna).rights.change
    assert not page(road.office, ref, store).rights.change
    with pytest.raises(NotFound):
        page(road.office, ref, lawyer)
    with pytest.raises(NotFound):
        add_party(road.office, lawyer, CLARA)
    with pytest.raises(NotAllowed, match="parties-change"):
        change_party(road.office, store, ref, FIRM, 1)
    with pytest.raises(NotAllowed):
        merge_parties(road.office, store, ref, ref)


def test_two_parties_become_one_and_everything_follows(road: Road) -> None:
    office = road.office
    road.file()
    with office.database.reading() as session:
        filed = session.scalar(select(Party).order_by(Party.id))
        assert filed is not None
    known = add_party(office, INSTALLER, replace(FIRM, phone="8 (900) 000-00-14"))
    with office.database.reading() as session:
        twin = duplicates_of(session, filed.id)
        assert [(one.view.ref, one.why) for one in twin] == [(known, ("phone",))]
    for _ in range(2):  # twice is once
        merge_parties(office, INSTALLER, known, filed.ref)
    with office.database.reading() as session:
        card = session.scalar(select(Card))
        kept = session.scalar(select(Party).where(Party.ref == known))
        assert card is not None and kept is not None
        assert card.party_id == kept.id
        assert parties(session, refs=[filed.ref])[filed.ref].ref == known  # the card's own data still say the old one
        assert duplicates_of(session, kept.id) == []
        told = session.scalars(select(Audit.action).where(Audit.action.like("party.merged%"))).all()
    assert sorted(told) == ["party.merged", "party.merged-into"]
    assert page(office, filed.ref).view.ref == known
    assert page(office, known).view.mail == "clara@example.org"
    assert page(office, known).contacts == ()  # the same phone is not kept twice
    with pytest.raises(Invalid):
        merge_parties(office, INSTALLER, known, known)
    with pytest.raises(Conflict, match="party-kinds-differ"):
        merge_parties(office, INSTALLER, known, add_party(office, INSTALLER, CLARA))


def test_an_applicant_known_by_a_further_phone_is_not_written_down_again(office: Office) -> None:
    ref = add_party(office, INSTALLER, CLARA)
    facts = PartyFacts("соколова клара ивановна", phone="79001112233")
    assert office.database.run(lambda work: know_party_in(office, work, INSTALLER, facts).ref) == ref


def test_a_merged_and_forgotten_person_leaves_no_value_behind(office: Office) -> None:
    ref = add_party(office, INSTALLER, CLARA)
    other = add_party(office, INSTALLER, replace(CLARA, mail="klara@example.org", identifiers={}))
    merge_parties(office, INSTALLER, ref, other)
    erase_person(office, INSTALLER, other, "asked for it")  # by the reference some card still has
    with office.database.reading() as session:
        assert session.scalars(select(PersonalValue.value).where(PersonalValue.value.is_not(None))).all() == []
    assert page(office, ref).view.erased
    for words in ("соколова", "clara@example.org", "klara@example.org", "11223344595", "89001112233"):
        assert found(office, words) == []
