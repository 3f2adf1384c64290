"""Links between cards: made and removed by hand or by a process; earlier cards of a party are linked by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_link
from services.cards.find_card import card_id_of
from services.cards.models import LINKS, Card, CardLink
from services.cards.store_card import lock_card

if TYPE_CHECKING:
    from services.office import Parts

KINDS = LINKS
DUPLICATE, NOT_DUPLICATE = "duplicate_of", "not_duplicate_of"
BOTH_WAYS = frozenset({"related", NOT_DUPLICATE})
NO_CIRCLES = frozenset({"answer_to", DUPLICATE})
MOST = 200  # links made by hand or process at one card
_FAR = 1000  # cards looked at for a circle


@dataclass(frozen=True)
class Link:
    """What is said of a card: it *is* `kind` of the `other`; `back`: the other is that of it."""

    other: str
    kind: str
    back: bool = False


def link_cards(office: Parts, actor: Actor, ref: str, link: Link) -> None:
    """
    Link a card with another one this actor sees; both ends show it. A repeated `actor.request_id` does nothing more.

    Raises NotFound for a foreign card, NotAllowed("card-link"), Invalid("link-refused", beside `other` or `kind`).
    """

    def act(work: UnitOfWork) -> None:
        if once(work.session, actor, "card.link") is not None:
            return
        here = _allowed(office, work, actor, ref)
        link_cards_in(office, work, actor, here, _other(work, actor, link.other), link.kind, back=link.back)
        remember(work, actor, "card.link", link.kind, office.clock.now())

    office.database.run(act)


def link_cards_in(
    office: Parts, work: UnitOfWork, actor: Actor, here: int, other: int, kind: str, *, back: bool = False
) -> None:
    """The same in an open unit of work, for whoever may: by cards' ids."""
    if kind not in KINDS:
        raise Invalid("link-refused", {"kind": ("link-kind", {})})
    if here == other:
        raise Invalid("link-refused", {"other": ("link-to-itself", {})})
    cards = {id: lock_card(work, id) for id in sorted((here, other))}
    from_id, to_id = (other, here) if back else (here, other)
    ends = [(from_id, to_id), (to_id, from_id)] if kind in BOTH_WAYS else [(from_id, to_id)]
    if any(work.session.get(CardLink, (*end, kind)) is not None for end in ends):
        raise Invalid("link-refused", {"other": ("link-exists", {})})
    if kind in NO_CIRCLES and _leads(work, to_id, from_id, kind):
        raise Invalid("link-refused", {"other": ("link-circle", {})})
    touching = or_(CardLink.from_id == here, CardLink.to_id == here)
    if (work.session.scalar(select(func.count()).select_from(CardLink).where(touching)) or 0) >= MOST:
        raise Invalid("link-refused", {"other": ("too-many-links", {"most": MOST})})
    link_in(work, from_id, to_id, kind, office.clock.now(), actor.account_id)
    _note(office, work, actor, "card.linked", cards[from_id], cards[to_id], kind)


def unlink_cards(office: Parts, actor: Actor, ref: str, link: Link) -> None:
    """Remove a link; one that is not there stays so. Raises what linking raises."""

    def act(work: UnitOfWork) -> None:
        here = _allowed(office, work, actor, ref)
        other = _other(work, actor, link.other)
        from_id, to_id = (other, here) if link.back else (here, other)
        cards = {id: lock_card(work, id) for id in sorted((here, other))}
        gone = delete(CardLink).where(CardLink.from_id == from_id, CardLink.to_id == to_id, CardLink.kind == link.kind)
        if work.session.execute(gone).rowcount:  # type: ignore[attr-defined]
            _note(office, work, actor, "card.unlinked", cards[from_id], cards[to_id], link.kind)

    office.database.run(act)


def link_in(work: UnitOfWork, from_id: int, to_id: int, kind: str, now: datetime, by: int | None = None) -> None:
    """Link two cards; a link that exists stays as it is."""
    if work.session.get(CardLink, (from_id, to_id, kind)) is None:
        work.session.add(CardLink(from_id=from_id, to_id=to_id, kind=kind, made_at=now, made_by=by))


def link_earlier_cards(work: UnitOfWork, card: Card, now: datetime) -> int:
    """Link up to ten latest earlier cards of the same type and party as `previous`; gives how many."""
    if card.party_id is None:
        return 0
    earlier = work.session.scalars(
        select(Card.id)
        .where(Card.party_id == card.party_id, Card.type == card.type, Card.id < card.id, Card.deleted_at.is_(None))
        .order_by(Card.id.desc())
        .limit(10)
    ).all()
    for id in earlier:
        link_in(work, card.id, id, "previous", now)
    return len(earlier)


def _allowed(office: Parts, work: UnitOfWork, actor: Actor, ref: str) -> int:
    card = work.session.get_one(Card, card_id_of(work.session, actor, ref))
    type = office.shelf.card_type(work.session, card.type)
    if not may_link(standing(work.session, actor, card, type)):
        raise NotAllowed("card-link")
    return card.id


def _other(work: UnitOfWork, actor: Actor, ref: str) -> int:
    """The other card, for whoever sees it; a foreign one is as unknown as a missing one."""
    try:
        return card_id_of(work.session, actor, ref)
    except NotFound:
        raise Invalid("link-refused", {"other": ("no-such-card", {})}) from None


def _leads(work: UnitOfWork, start: int, end: int, kind: str) -> bool:
    """Whether links of this kind lead from *start* to *end*; a chain too long to look through counts as leading there."""
    known, frontier = {start}, {start}
    while frontier:
        if end in frontier or len(known) > _FAR:
            return True
        asked = select(CardLink.to_id).where(CardLink.from_id.in_(frontier), CardLink.kind == kind)
        frontier = set(work.session.scalars(asked)) - known
        known |= frontier
    return False


def _note(
    office: Parts, work: UnitOfWork, actor: Actor, action: str, from_card: Card, to_card: Card, kind: str
) -> None:
    """An audit row at each end."""
    now = office.clock.now()
    for card, other, back in ((from_card, to_card, False), (to_card, from_card, True)):
        details = {"kind": kind, "other": other.ref, "back": back}
        record(work.session, actor, action, f"card:{card.id}", now, unit_id=card.unit_id, **details)
