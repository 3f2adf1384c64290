"""Two parties turn out to be one: cards, contacts, identifiers, personal values follow; what refers is not rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.parties.models import Party, PartyContact, PartyIdentifier
from services.parties.queries import party_rights
from services.privacy.models import PersonalValue

if TYPE_CHECKING:
    from services.office import Parts

_FILLED = ("phone", "mail", "address", "surname", "given_name", "father_name", "short_name", "locale")


def merge_parties(office: Parts, actor: Actor, keep: str, other: str) -> None:
    """
    *other* becomes *keep*: whoever refers to it finds *keep* from now on. Doing it twice is harmless.

    Raises NotFound, NotAllowed("parties-change"), Invalid for a party and itself, Conflict for kinds that differ.
    """

    def act(work: UnitOfWork) -> None:
        session = work.session
        rights = party_rights(office, session, actor)
        if not rights.see:
            raise NotFound("party-not-found")
        if not rights.change:
            raise NotAllowed("parties-change")
        stays, goes = _locked(work, keep, other)
        if goes.merged_into_id == stays.id:
            return
        if goes.id == stays.id:
            raise Invalid("party-refused", {"other": ("party-with-itself", {})})
        if goes.merged_into_id is not None or stays.merged_into_id is not None:
            raise Conflict("party-merged-already")
        if goes.kind != stays.kind:
            raise Conflict("party-kinds-differ")
        cards = _follow(work, stays, goes)
        now = office.clock.now()
        record(session, actor, "party.merged", f"party:{stays.id}", now, other=goes.id, cards=cards)
        record(session, actor, "party.merged-into", f"party:{goes.id}", now, into=stays.id)

    office.database.run(act)


def _locked(work: UnitOfWork, keep: str, other: str) -> tuple[Party, Party]:
    """Both rows, locked in the order of their ids so that two mergers never wait for each other."""
    rows = work.session.scalars(
        select(Party)
        .where(Party.ref.in_((keep, other)))
        .order_by(Party.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = {row.ref: row for row in rows}
    if keep not in found or other not in found:
        raise NotFound("party-not-found")
    return found[keep], found[other]


def _follow(work: UnitOfWork, stays: Party, goes: Party) -> int:
    session = work.session
    for kind, column in (("phone", "phone_digest"), ("mail", "mail_digest"), ("address", None)):
        own, others = getattr(stays, kind), getattr(goes, kind)
        digest = getattr(goes, column) if column else None
        if others is None or own is None or (digest is not None and digest == getattr(stays, column or "")):
            continue
        session.add(PartyContact(party_id=stays.id, kind=kind, purpose="other", value=others, digest=digest))
    if stays.phone is None:
        stays.phone_digest = goes.phone_digest
    if stays.mail is None:
        stays.mail_digest = goes.mail_digest
    for name in _FILLED:
        if getattr(stays, name) is None:
            setattr(stays, name, getattr(goes, name))
    if stays.form == "neutral":
        stays.form = goes.form
    stays.note = "\n".join(note for note in (stays.note, goes.note) if note)
    _details(work, stays, goes)
    session.execute(
        update(PersonalValue).where(PersonalValue.owner_ref == f"party:{goes.id}").values(owner_ref=f"party:{stays.id}")
    )
    session.execute(update(Party).where(Party.merged_into_id == goes.id).values(merged_into_id=stays.id))
    goes.merged_into_id = stays.id
    goes.phone_digest = goes.mail_digest = None
    stays.revision += 1
    goes.revision += 1
    cards = session.scalars(select(Card.id).where(Card.party_id == goes.id).order_by(Card.id).with_for_update()).all()
    session.execute(update(Card).where(Card.id.in_(cards)).values(party_id=stays.id))
    return len(cards)


def _details(work: UnitOfWork, stays: Party, goes: Party) -> None:
    session, both = work.session, (stays.id, goes.id)
    contacts = session.scalars(select(PartyContact).where(PartyContact.party_id.in_(both)))
    identifiers = session.scalars(select(PartyIdentifier).where(PartyIdentifier.party_id.in_(both)))
    rows: list[PartyContact | PartyIdentifier] = [*contacts, *identifiers]
    there = {(row.kind, row.digest) for row in rows if row.party_id == stays.id and row.digest}
    there |= {(kind, one) for kind, one in (("phone", stays.phone_digest), ("mail", stays.mail_digest)) if one}
    for row in rows:
        if row.party_id == goes.id and (row.kind, row.digest) not in there:
            row.party_id = stays.id
        elif row.party_id == goes.id:
            session.delete(row)
