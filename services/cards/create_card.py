"""Somebody makes a card: a clerk enters it, a customer files it, a process creates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.unit_of_work import UnitOfWork
from services.access.rules import may_create
from services.accounts.models import Account
from services.cards.course import begun
from services.cards.defaults import default_values
from services.cards.find_card import card_id_of
from services.cards.link_cards import link_cards_in, link_earlier_cards
from services.cards.models import Card, Draft
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner, save
from services.cards.values import hide_personal, missing, read_values
from services.fields import Manner
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class NewCard:
    """A card to make: `values` as typed, by field key; `manner` is the typing person's (the organisation's when None)."""

    type: str
    values: Mapping[str, Any] = field(default_factory=dict)
    manner: Manner | None = None
    draft: str | None = None  # key of the draft this came from, thrown away with success
    basis: str = ""  # reference of the card it is made on the basis of


def create_card_in(office: Parts, work: UnitOfWork, actor: Actor, new: NewCard) -> Card:
    """
    Make the card in an open unit of work, without starting a process.

    Raises NotAllowed("card-create"), Invalid("card-refused") with problems by field key (`applicant.mail` inside a party),
    NotFound for a basis that is missing, foreign or of a kind the type does not rest on.
    """
    session, now = work.session, office.clock.now()
    type = office.shelf.card_type(session, new.type)
    _allow(office, work, actor, type)
    manner = new.manner or organisation_manner(office, session)
    around = around_card(office, session, type.solution, manner)
    kept, problems = read_values(office, work, actor, type, new.values, around)
    kept = default_values(session, actor, type, around) | kept
    problems = missing(type, kept, type.first_state, whos=makers_whos(actor)) | problems
    if problems:
        raise Invalid("card-refused", problems)
    card = Card(
        type=type.code,
        type_version=type.version,
        state=type.first_state,
        data={},
        unit_id=_unit_of(work, actor),
        author_id=actor.account_id,
        created_at=now,
        changed_at=now,
        title_norm="",
        title_sort="",
        course=begun(type, now),
    )
    session.add(card)
    session.flush()
    values = {key: value for key, value in kept.items() if value is not None}
    card.data = hide_personal(session, type, card.id, values, now)
    save(office, work, actor, card, type, "created")
    link_earlier_cards(work, card, now)
    if new.basis:
        _rest_on(office, work, actor, card, type, new.basis)
    if new.draft and actor.account_id is not None:
        draft = session.get(Draft, (actor.account_id, new.draft))
        if draft is not None:
            session.delete(draft)
    return card


def _rest_on(office: Parts, work: UnitOfWork, actor: Actor, card: Card, type: CardTypeFile, ref: str) -> None:
    """Whoever sees a card may make another one on its basis; both ends show the link."""
    basis = card_id_of(work.session, actor, ref)
    rule = type.basis_of(str(work.session.scalar(select(Card.type).where(Card.id == basis))))
    if rule is None:
        raise NotFound("card-not-found")
    link_cards_in(office, work, actor, card.id, basis, rule.link)


def makers_whos(actor: Actor) -> frozenset[str]:
    """What the maker of a card will be to it."""
    if actor.via == "job":
        return frozenset({"machine"})
    if actor.via == "portal":
        return frozenset({"party"})
    return frozenset({"relation:author", *(f"role:{role}" for role in actor.roles)})


def _allow(office: Parts, work: UnitOfWork, actor: Actor, type: CardTypeFile) -> None:
    if actor.via == "job":
        return
    deployed = office.shelf.solution(work.session, type.solution)
    if actor.via == "portal":
        if deployed.manifest.portal is None or deployed.manifest.portal.card != type.code:
            raise NotAllowed("card-create", type=type.code)
    elif not may_create(type, actor.roles, dict(deployed.manifest.roles)):
        raise NotAllowed("card-create", type=type.code)


def _unit_of(work: UnitOfWork, actor: Actor) -> int | None:
    if actor.account_id is None:
        return None
    return work.session.scalar(select(Account.unit_id).where(Account.id == actor.account_id))
