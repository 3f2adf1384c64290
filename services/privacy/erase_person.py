"""
A person is forgotten (decision 0081): every personal value of theirs and of their cards is blanked in its one place, and
what was derived from them follows. Cards, numbers, steps and the audit stay and refer to somebody erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.jobs import JobKind, JobView, enqueue
from engine.runtime.commands.forget_instance import forget_instance
from engine.store.audit import record
from engine.store.models import Instance, Outbox
from engine.store.unit_of_work import UnitOfWork
from services.cards.drafts import card_draft
from services.cards.index_card import index_card
from services.cards.models import Card, Draft
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.cards.store_card import caption, organisation_manner
from services.cards.unique_values import claim_values_in
from services.parties.models import Party, PartyContact, PartyIdentifier
from services.parties.save_party import locked_party
from services.portal.models import FollowCode
from services.privacy.models import PersonalValue
from services.privacy.person import owned, under_way
from services.privacy.rules import checked_reason, must_keep_personal_data

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

GO_ON = "erase-person"
BATCH = 100


@dataclass(frozen=True)
class Erased:
    """How many values are gone, and how many cards speak of somebody erased now (a large number follows by a job)."""

    values: int
    cards: int


def erase_person(office: Parts, actor: Actor, ref: str, reason: str, *, batch: int = BATCH) -> Erased:
    """
    Blank the values for good. Doing it twice is harmless.

    Raises NotAllowed("personal-data"), NotFound (an organisation is no person), Invalid beside `reason`,
    Conflict("person-under-way", count=) while one of the person's cards is worked on.
    """
    must_keep_personal_data(actor)

    def act(work: UnitOfWork) -> Erased:
        session, now = work.session, office.clock.now()
        party = locked_party(work, ref)
        if party.kind != "person":
            raise NotFound("party-not-found")
        why = checked_reason(reason)
        mine = Card.party_id == party.id
        held = session.scalar(select(func.count()).where(mine, under_way(office, session))) or 0
        if held:
            raise Conflict("person-under-way", count=held)
        values = _blank(office, work, party)
        if not values:
            return Erased(0, 0)
        cards = session.scalar(select(func.count()).where(mine)) or 0
        record(session, actor, "personal.erased", f"party:{party.id}", now, count=values, cards=cards, reason=why)
        _go_on(office, work, actor, party.id, 0, batch)
        return Erased(values, cards)

    return office.database.run(act)


def erase_person_kind(office: Parts) -> JobKind:
    """The job kind that goes on with somebody who has many cards."""

    def act(_: Engine, work: UnitOfWork, job: JobView, __: Any) -> None:
        told = job.payload
        actor = Actor(account_id=told["by_id"], name=told["by_name"], via="job", roles=frozenset({"admin"}))
        _go_on(office, work, actor, told["party_id"], told["after"], told["batch"])

    return JobKind(GO_ON, act=act)


def _blank(office: Parts, work: UnitOfWork, party: Party) -> int:
    session, now = work.session, office.clock.now()
    gone = update(PersonalValue).where(owned(party.id), PersonalValue.erased_at.is_(None))
    nothing: dict[str, Any] = {"value": None, "value_norm": None, "value_sort": None, "erased_at": now}
    values = session.execute(gone.values(**nothing).execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    party.phone_digest = party.mail_digest = None
    party.note, party.form = "", "neutral"
    party.revision += 1
    for model in (PartyContact, PartyIdentifier):
        session.execute(update(model).where(model.party_id == party.id).values(digest=None))
    return int(values)


def _go_on(office: Parts, work: UnitOfWork, actor: Actor, party_id: int, after: int, batch: int) -> None:
    """The next cards, ids ascending: what was written from the values is written anew without them."""
    session = work.session
    asked = select(Card).where(Card.party_id == party_id, Card.id > after).order_by(Card.id).limit(batch)
    cards = session.scalars(asked.with_for_update().execution_options(populate_existing=True)).all()
    for card in cards:
        _rewrite(office, work, actor, card)
    if len(cards) == batch:
        told = {"party_id": party_id, "after": cards[-1].id, "batch": batch}
        enqueue(work, office.clock, GO_ON, told | {"by_id": actor.account_id, "by_name": actor.name})


def _rewrite(office: Parts, work: UnitOfWork, actor: Actor, card: Card) -> None:
    session, subject = work.session, f"card:{card.id}"
    type = office.shelf.card_type(session, card.type)
    around = around_card(office, session, type.solution, organisation_manner(office, session), card_id=card.id)
    values = values_of(office, session, card, type)
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    card.title = card.title_norm = card.title_sort = caption(card, type, values, around)
    claim_values_in(office, work, actor, card, type, values, around)
    index_card(session, card, type, values, around)
    _letters(work, subject)
    session.execute(delete(FollowCode).where(FollowCode.card_id == card.id))
    session.execute(delete(Draft).where(Draft.key == card_draft(card.ref)))
    over = Instance.state.not_in(("running", "suspended"))
    for id in session.scalars(select(Instance.id).where(Instance.subject_ref == subject, over)).all():
        forget_instance(work, id)
    record(session, actor, "card.erased", subject, office.clock.now(), unit_id=card.unit_id)


def _letters(work: UnitOfWork, subject: str) -> None:
    """Words of letters sent, or never to be sent now; that there was one stays."""
    for row in work.session.scalars(select(Outbox).where(Outbox.subject_ref == subject, Outbox.kind == "mail")):
        row.payload = row.payload | {"subject": "", "text": "", "secrets": {}}
        if row.state != "sent":
            row.state, row.reason = "failed", "person-erased"
