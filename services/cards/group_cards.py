"""Named groups of cards: somebody makes one, puts cards into it and takes them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_group
from services.cards.card_groups import group_of
from services.cards.find_card import card_id_of
from services.cards.models import Card, CardGroup, GroupedCard
from services.cards.store_card import lock_card

if TYPE_CHECKING:
    from services.office import Parts

MOST = 2000  # cards of one group
LONGEST = 255
REFUSED = "group-refused"


def make_group(office: Parts, actor: Actor, card_ref: str, name: str) -> str:
    """
    Make a group with its first card and give its reference. A repeated `actor.request_id` gives the first answer.

    Raises NotFound for a foreign card, NotAllowed("card-group"), Invalid("group-refused") beside `name`.
    """

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, "group.make")) is not None:
            return str(earlier.result)
        card = _mine(office, work, actor, card_ref)
        words = " ".join(name.split())
        if not words:
            raise Invalid(REFUSED, {"name": ("required", {})})
        if len(words) > LONGEST:
            raise Invalid(REFUSED, {"name": ("too-long", {"most": LONGEST, "length": len(words)})})
        now = office.clock.now()
        group = CardGroup(type=card.type, name=words, made_at=now, made_by=actor.account_id)
        work.session.add(group)
        work.session.flush()
        _put(office, work, actor, group, card)
        remember(work, actor, "group.make", group.ref, now)
        return group.ref

    return office.database.run(act)


def add_to_group(office: Parts, actor: Actor, ref: str, card_ref: str) -> None:
    """
    Put a card into the group; one that is in it stays. Raises NotFound("group-not-found"), NotAllowed("card-group"),
    Invalid("group-refused") beside `card`: `no-such-card`, `group-other-kind`, `group-full`.
    """

    def act(work: UnitOfWork) -> None:
        group = group_of(work.session, actor, ref)
        try:
            card = _mine(office, work, actor, card_ref)
        except NotFound:
            raise Invalid(REFUSED, {"card": ("no-such-card", {})}) from None
        if card.type != group.type:
            raise Invalid(REFUSED, {"card": ("group-other-kind", {})})
        inside = select(func.count()).select_from(GroupedCard).where(GroupedCard.group_id == group.id)
        if (work.session.scalar(inside) or 0) >= MOST:
            raise Invalid(REFUSED, {"card": ("group-full", {"most": MOST})})
        _put(office, work, actor, group, card)

    office.database.run(act)


def take_out_of_group(office: Parts, actor: Actor, ref: str, card_ref: str) -> None:
    """Take a card out; it stays what it is. Raises NotFound, NotAllowed("card-group")."""

    def act(work: UnitOfWork) -> None:
        group = group_of(work.session, actor, ref)
        card = _mine(office, work, actor, card_ref)
        gone = delete(GroupedCard).where(GroupedCard.group_id == group.id, GroupedCard.card_id == card.id)
        if work.session.execute(gone).rowcount:  # type: ignore[attr-defined]
            _note(office, work, actor, "card.ungrouped", group, card)

    office.database.run(act)


def _mine(office: Parts, work: UnitOfWork, actor: Actor, ref: str) -> Card:
    """The card, for whoever may say what it belongs together with; locked."""
    card = lock_card(work, card_id_of(work.session, actor, ref))
    if not may_group(standing(work.session, actor, card, office.shelf.card_type(work.session, card.type))):
        raise NotAllowed("card-group")
    return card


def _put(office: Parts, work: UnitOfWork, actor: Actor, group: CardGroup, card: Card) -> None:
    if work.session.get(GroupedCard, (group.id, card.id)) is None:
        now = office.clock.now()
        work.session.add(GroupedCard(group_id=group.id, card_id=card.id, added_at=now, added_by=actor.account_id))
        _note(office, work, actor, "card.grouped", group, card)


def _note(office: Parts, work: UnitOfWork, actor: Actor, action: str, group: CardGroup, card: Card) -> None:
    about = {"group": group.ref, "group_name": group.name}
    record(work.session, actor, action, f"card:{card.id}", office.clock.now(), unit_id=card.unit_id, **about)
