"""What every save of a card does: columns that follow from fields, index rows, revision, access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.runtime.commands.subject_changed import subject_changed
from engine.store.audit import record
from engine.store.models import AcceptedRequest
from engine.store.requests import Answer, answer_of, once
from engine.store.text import normalise
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import Relations, visible_cards
from services.access.rewrite_access import rewrite_access_in
from services.cards.course import follow_course
from services.cards.feel_fields import author_of, own_facts, reckoned
from services.cards.index_card import index_card, settled_slots
from services.cards.look_up import Known
from services.cards.models import Card, CardRevision
from services.cards.older_cards import data_of
from services.cards.references import around as around_card
from services.cards.unique_values import claim_values_in
from services.cards.values import hide_personal
from services.fields import TYPES, Around, Manner
from services.policies.queries import policies
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


def lock_card(work: UnitOfWork, card_id: int, *, binned: bool = False) -> Card:
    """The card's row, locked until the transaction ends; *binned*: it is to be in the bin. Raises NotFound."""
    there = Card.deleted_at.is_not(None) if binned else Card.deleted_at.is_(None)
    asked = select(Card).where(Card.id == card_id, there).with_for_update()
    card = work.session.scalar(asked.execution_options(populate_existing=True))
    if card is None:
        raise NotFound("card-not-found")
    return card


def lock_card_once(work: UnitOfWork, actor: Actor, ref: str, action: str) -> Card | Answer:
    """
    The card of a reference, locked; or the earlier answer, when this request is a repeated one. One statement.
    Raises NotFound for a missing card and for a foreign one.
    """
    repeated = AcceptedRequest.request_id == actor.request_id
    asked = select(Card, AcceptedRequest).outerjoin(AcceptedRequest, repeated)
    mine = asked.where(Card.ref == ref, Card.deleted_at.is_(None), visible_cards(actor)).with_for_update(of=Card)
    found = work.session.execute(mine.execution_options(populate_existing=True)).one_or_none()
    earlier = answer_of(found[1], actor, action) if found is not None else once(work.session, actor, action)
    if earlier is not None:
        return earlier
    if found is None:
        raise NotFound("card-not-found")
    card: Card = found[0]
    return card


def check_revision(session: Session, card: Card, revision: int | None) -> None:
    """Raise Conflict naming who saved meanwhile, when the page shows an older revision."""
    if revision is None or revision == card.revision:
        return
    last = session.get(CardRevision, (card.id, card.revision))
    raise Conflict(
        "card-changed",
        who=last.by_name if last else "",
        at=last.at if last else card.changed_at,
        revision=card.revision,
    )


def organisation_manner(office: Parts, session: Session) -> Manner:
    """How the organisation itself reads and writes: for titles, letters and the machine."""
    in_force = policies(session)
    return Manner(in_force.locale, in_force.calendar, in_force.zone, office.clock.now())


@dataclass
class Read:
    """What a use case has read of the card it changes, so that saving reads it not again."""

    known: Known = field(default_factory=Known)
    relations: Relations | None = None


def save(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card: Card,
    type: CardTypeFile,
    what: str,
    *,
    read: Read | None = None,
    **details: str,
) -> None:
    """Write everything that follows from `card.data` and `card.state`: call once, after the change."""
    session, now, read = work.session, office.clock.now(), read or Read()
    with session.no_autoflush:  # the card is written once, when everything that follows is known
        manner = organisation_manner(office, session)
        around = around_card(office, session, type.solution, manner, card_id=card.id, known=read.known)
        card.data = dict(data_of(office, session, card, type))
        values = around.references.resolved(type.fields, card.data)  # type: ignore[attr-defined]
        if type.formulas:
            author = read.relations.read().author if read.relations is not None else author_of(session, card)
            own = own_facts(card, manner, author)
            values = _reckon(office, session, card, type, values, manner, own, read.known)
            around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
        _follow(card, type, values, around)
        claim_values_in(office, work, actor, card, type, values, around)
        title = caption(card, type, values, around)
        if card.title != title:
            card.title = card.title_norm = card.title_sort = title
        if card.number is not None and card.number_norm != normalise(card.number):
            card.number_norm = card.number
        card.changed_at = now
        card.type_version = type.version
        follow_course(session, card, type, now)
        index_card(session, card, type, values, around, settled_slots(office, session, type))
    session.add(
        CardRevision(
            card_id=card.id,
            revision=card.revision,
            at=now,
            by_id=actor.account_id,
            by_name=actor.name,
            acting_for=actor.acting_for,
            what=what,
            state=card.state,
            number=card.number,
            data=dict(card.data),
        )
    )
    rewrite_access_in(office, work, card.id, read.relations)
    subject_changed(office.clock, work, f"card:{card.id}")
    about: dict[str, Any] = {"revision": card.revision, **details}
    record(session, actor, f"card.{what}", f"card:{card.id}", now, unit_id=card.unit_id, **about)


def _reckon(
    office: Parts,
    session: Session,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    manner: Manner,
    own: Mapping[str, Any],
    known: Known,
) -> dict[str, Any]:
    """The values with the computed ones as they are now, which are kept like the others."""
    around = around_card(office, session, type.solution, manner, in_full=True, card_id=card.id, known=known)
    whole = reckoned(type, values, own, around)
    given = {formula.key: whole.get(formula.key) for formula in type.formulas}
    changed = {key: value for key, value in given.items() if value != values.get(key)}
    if changed:
        hidden = hide_personal(session, type, card.id, changed, office.clock.now())
        card.data = {key: value for key, value in ({**card.data} | hidden).items() if value is not None}
    return whole


def caption(card: Card, type: CardTypeFile, values: Mapping[str, Any], around: Around) -> str:
    """How the card is called in lists: the type's caption with fields filled in; empty parts fall away with their dots."""

    def part(found: re.Match[str]) -> str:
        key = found.group(1)
        if key == "number":
            return card.number or ""
        spec = type.by_key.get(key)
        return TYPES[spec.type].show(values.get(key), spec, around) if spec and values.get(key) is not None else ""

    filled = re.sub(r"\{(\w+)\}", part, type.caption)
    parts = [one.strip() for one in filled.split("·")]
    return " · ".join(one for one in parts if one)[:500] or around.label(type.title)


def _follow(card: Card, type: CardTypeFile, values: Mapping[str, Any], around: Around) -> None:
    id_of = around.references.id_of  # type: ignore[attr-defined]
    if type.party_field:
        ref = values.get(type.party_field)
        card.party_id = id_of("party", ref) if ref else None
    if type.executor_field:
        login = values.get(type.executor_field)
        card.executor_id = id_of("person", login) if login else None
    if type.unit_field and values.get(type.unit_field):
        card.unit_id = id_of("unit", values[type.unit_field])
    if type.due_field:
        day = values.get(type.due_field)
        card.due_at = _end_of(date.fromisoformat(day), around.manner) if day else None
        card.due_words = day


def _end_of(day: date, manner: Manner) -> datetime:
    """The last second of a day where the organisation is: a due date is met until then."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=manner.zone)
