"""Anna throws a letter away and takes it out again; Greta destroys another; the journal says where the numbers are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.jobs.running import drain
from engine.store.models import Audit, HistoryStep, Instance, Job, Task, Variable
from services.audit.seals import seal
from services.audit.seals import verify as verify_seals
from services.bootstrap import Office
from services.cards.bin_card import bin_card
from services.cards.binned_cards import BinPage, bin_page
from services.cards.change_card import change_card
from services.cards.compare_revisions import revisions
from services.cards.conditions import CardFilter
from services.cards.create_card import NewCard, create_card_in
from services.cards.linked_cards import find_cards, linked_cards
from services.cards.list_cards import list_cards
from services.cards.models import BinnedCard, Card, CardIndex, CardLink, CardRevision
from services.cards.purge_card import purge_card
from services.cards.queries import card_page
from services.cards.restore_card import restore_card
from services.fields import Manner
from services.files.attach_file import attach_file, receive_file
from services.files.models import Attachment, Blob
from services.privacy.models import PersonalValue
from services.registration.queries import gaps, journal_of, numbers
from services.upkeep.verify import verify
from tests.services.inbox.road import Road
from tests.services.letters import acting, letters, put_on_shelf, register, settle_cast

CLARA = {"name": "Клара", "mail": "clara@example.org"}


def settle(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)


def entered(office: Office, **values: object) -> str:
    given = {"kind": "claim", "text": "Просрочено", "subject": "01.01.01", "sender": CLARA, "passport": "4510"} | values
    new = NewCard("letter", given)
    return office.database.run(lambda work: create_card_in(office, work, acting(office, "anna"), new).ref)


def manner(office: Office) -> Manner:
    return Manner("ru", now=office.clock.now())


def id_of(office: Office, ref: str) -> int:
    with office.database.reading() as session:
        return session.scalars(select(Card.id).where(Card.ref == ref)).one()


def the_bin(office: Office, who: str) -> BinPage:
    with office.database.reading() as session:
        return bin_page(office, session, acting(office, who), manner(office))


def listed(office: Office, who: str) -> list[str]:
    with office.database.reading() as session:
        actor = acting(office, who)
        page = list_cards(office, session, actor, "letter", manner(office), CardFilter())
        found = find_cards(office, session, actor, "Претензия", manner(office))
        assert {row.ref for row in page.rows} == {one.ref for one in found}
        return [row.ref for row in page.rows]


def count(office: Office, model: type, *where: object) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


def verified(office: Office) -> list[tuple[str, str, dict[str, object]]]:
    """What `chancery verify` finds in cards, files, numbers, tasks and processes."""
    about = ("card", "blob", "attachment", "number", "journal", "task", "instance")
    found = [(one.object_ref, one.rule.code, one.params) for one in verify(office).violations]
    return [one for one in found if one[0].partition(":")[0] in about]


def test_a_card_goes_into_the_bin_and_comes_out_as_it_was(office: Office) -> None:
    settle(office)
    first, second = entered(office), entered(office)
    anna = acting(office, "anna", "once")
    for who, error in (("dmitri", NotFound), ("eva", NotFound)):
        with pytest.raises(error):
            bin_card(office, acting(office, who), first, reason="wrong")
    with pytest.raises(Invalid):
        bin_card(office, anna, first, reason=" ")
    with pytest.raises(Conflict):
        bin_card(office, anna, first, reason="a mistake", revision=7)

    bin_card(office, anna, first, reason="a mistake", revision=1)
    bin_card(office, anna, first, reason="a mistake", revision=1)  # sent twice, done once

    assert listed(office, "anna") == listed(office, "greta") == [second]
    assert count(office, CardIndex, CardIndex.__table__.c.card_id == id_of(office, first)) == 0
    with office.database.reading() as session:
        with pytest.raises(NotFound):
            card_page(office, session, acting(office, "anna"), first, manner(office))
        assert linked_cards(office, session, acting(office, "anna"), id_of(office, second), manner(office)) == ()
    with pytest.raises(NotFound):
        change_card(office, acting(office, "anna"), first, {"text": "x"}, 2)
    (row,) = the_bin(office, "anna").rows
    assert (row.reason, row.by, row.may_restore, row.may_purge) == ("a mistake", "Анна", True, False)
    assert row.purge_at == office.clock.now() + timedelta(days=30)
    assert [row.may_purge for row in the_bin(office, "greta").rows] == [True]
    assert the_bin(office, "dmitri").rows == the_bin(office, "boris").rows == ()

    with pytest.raises(NotFound):
        restore_card(office, acting(office, "dmitri"), first)
    restore_card(office, acting(office, "anna"), first)
    assert listed(office, "anna") == [second, first]
    with office.database.reading() as session:
        page = card_page(office, session, acting(office, "anna"), first, manner(office))
        saves = revisions(office, session, acting(office, "anna"), first, manner(office))
    assert (page.state.id, [one.what for one in saves]) == ("received", ["restored", "binned", "created"])
    assert the_bin(office, "anna").rows == ()
    with pytest.raises(NotFound):
        restore_card(office, acting(office, "anna"), first)


def test_who_may_depends_on_the_state(office: Office) -> None:
    settle(office)
    ref = entered(office)
    register(office, acting(office, "anna"), ref, 1)

    with pytest.raises(NotAllowed, match="card-bin"):
        bin_card(office, acting(office, "anna"), ref, reason="a mistake")
    bin_card(office, acting(office, "greta"), ref, reason="a mistake")
    with pytest.raises(NotFound):
        restore_card(office, acting(office, "anna"), ref)


def test_a_number_in_the_bin_stays_used_and_is_explained(office: Office, clock: ManualClock) -> None:
    settle(office)
    ref, next_one = entered(office), entered(office)
    number = register(office, acting(office, "anna"), ref, 1)
    bin_card(office, acting(office, "greta"), ref, reason="sent twice")

    assert register(office, acting(office, "anna"), next_one, 1) != number
    with office.database.reading() as session:
        actor = acting(office, "anna")
        rows = {row.number: row for row in numbers(session, actor, journal_of(office, session, actor, "letter")).rows}
        assert gaps(session, "LT", "2026") == []
    assert (rows[number].state, rows[number].card, rows[number].bin_reason) == ("given", None, "sent twice")
    assert rows[number].binned_at == clock.now() and rows[number].purged_at is None


def test_what_is_over_its_term_is_destroyed_and_leaves_a_tombstone(office: Office, clock: ManualClock) -> None:
    settle(office)
    anna = acting(office, "anna")
    ref, kept, saved = entered(office), entered(office), entered(office)
    same = receive_file(office, "scan.txt", [b"the same"])
    only = receive_file(office, "only.txt", [b"only here"])
    attach_file(office, anna, ref, "original", same)
    attach_file(office, anna, ref, "original", only)
    attach_file(office, anna, kept, "original", same)
    number = register(office, anna, ref, 1)
    seal(office)
    for one in (ref, saved):
        bin_card(office, acting(office, "greta"), one, reason="wrong")
    restore_card(office, acting(office, "greta"), saved)
    clock.move(timedelta(days=29))
    assert drain(office.engine) == 0
    clock.move(timedelta(days=2))
    drain(office.engine)

    card_id = id_of(office, ref)
    with office.database.reading() as session:
        card = session.get_one(Card, card_id)
        assert (card.data, card.title, card.party_id, card.number) == ({}, "", None, number)
        assert session.get_one(BinnedCard, card_id).purged_at == clock.now()
        assert session.scalar(select(Card.deleted_at).where(Card.ref == saved)) is None
        actor = acting(office, "anna")
        rows = {row.number: row for row in numbers(session, actor, journal_of(office, session, actor, "letter")).rows}
        assert rows[number].purged_at == clock.now()
    assert count(office, Attachment, Attachment.card_id == card_id) == 0
    with office.database.reading() as session:
        assert session.execute(
            select(CardRevision.what, CardRevision.data).where(CardRevision.card_id == card_id)
        ).all() == [("purged", {})]
    assert verified(office) == []
    assert count(office, CardLink, (CardLink.from_id == card_id) | (CardLink.to_id == card_id)) == 0
    assert count(office, PersonalValue, PersonalValue.owner_ref == f"card:{card_id}") == 0
    assert the_bin(office, "greta").rows == ()
    with pytest.raises(NotFound):
        restore_card(office, acting(office, "greta"), ref)

    clock.move(timedelta(hours=3))
    drain(office.engine)
    assert not office.files.has(only.sha256) and office.files.has(same.sha256)
    assert count(office, Blob) == 1
    clock.move(timedelta(minutes=5))
    assert seal(office)
    report = verify_seals(office)
    assert report.broken == () and report.unsealed == 0
    assert count(office, Audit, Audit.action == "card.purged") == 1


def test_a_card_is_destroyed_by_hand_before_its_term(office: Office, clock: ManualClock) -> None:
    settle(office)
    ref = entered(office)
    bin_card(office, acting(office, "anna"), ref, reason="wrong")

    with pytest.raises(NotAllowed, match="card-purge"):
        purge_card(office, acting(office, "anna"), ref, reason="at once")
    with pytest.raises(NotFound):
        purge_card(office, acting(office, "dmitri"), ref, reason="at once")
    purge_card(office, acting(office, "greta"), ref, reason="at once")
    with pytest.raises(NotFound):
        purge_card(office, acting(office, "greta"), ref, reason="at once")
    clock.move(timedelta(days=31))
    drain(office.engine)  # the job of the term finds nothing to do
    assert count(office, Audit, Audit.action == "card.purged") == 1
    assert count(office, Job, Job.state == "failed") == 0


def test_its_process_sleeps_with_it_and_goes_on_after(road: Road) -> None:
    road.file()
    task = road.inbox("clerk").rows[0]
    assert task.card_ref is not None
    clerk = road.actor("clerk")
    ref, card_id = task.card_ref, id_of(road.office, task.card_ref)

    bin_card(road.office, clerk, ref, reason="a joke")
    page = road.inbox("clerk")
    assert (page.rows, page.counts.all) == ((), 0)
    road.clock.move(timedelta(days=3))
    road.drain()
    assert count(road.office, Task, Task.state == "open") == 0
    assert verified(road.office) == []

    restore_card(road.office, clerk, ref)
    assert [row.ref for row in road.inbox("clerk").rows] == [task.ref]
    bin_card(road.office, clerk, ref, reason="a joke indeed")
    road.clock.move(timedelta(days=31))
    road.drain()
    with road.office.database.reading() as session:
        instance = session.scalars(select(Instance).where(Instance.subject_ref == f"card:{card_id}")).one()
        told = session.scalars(select(HistoryStep.details).where(HistoryStep.instance_id == instance.id)).all()
    assert (instance.state, instance.end_reason) == ("cancelled", "card-purged")
    assert set(told) == {None} and count(road.office, Variable) == 0
    assert verified(road.office) == []
