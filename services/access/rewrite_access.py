"""The rows of `card_access` are what the card type's rules come to now; rewritten when state or relations change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete

from engine.store.rows import put_or_change
from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.access.queries import Related, Relations, related
from services.access.rules import mask_of
from services.accounts.principals import make_posts
from services.cards.models import Card
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


def rewrite_access_in(office: Parts, work: UnitOfWork, card_id: int, relations: Relations | None = None) -> None:
    """
    Bring the card's rows in line with its type, state and relations (author, executor, unit, participants of its tasks).

    Rows whose mask does not change are not touched. *relations*: the card's, when this transaction has asked for them.
    """
    work.session.flush()
    card = work.session.get_one(Card, card_id)
    type = office.shelf.card_type(work.session, card.type)
    found = relations.read() if relations is not None else related(work.session, card, type)
    if found.missing_posts:
        make_posts(work.session, set(found.missing_posts))
        found = related(work.session, card, type)
    wanted, now = masks_of(type, card.state, found), found.masks
    gone = [principal for principal in now if principal not in wanted]
    if gone:
        left = delete(CardAccess).where(CardAccess.card_id == card_id, CardAccess.principal_id.in_(gone))
        work.session.execute(left)
    rows = [
        {"principal_id": principal, "type": card.type, "card_id": card_id, "mask": mask}
        for principal, mask in sorted(wanted.items())
        if now.get(principal) != mask
    ]
    put_or_change(work.session, CardAccess, rows)


def access_of(office: Parts, work: UnitOfWork, card: Card) -> dict[int, int]:
    """The masks by principal the rules come to; principals who get nothing are left out."""
    type = office.shelf.card_type(work.session, card.type)
    return masks_of(type, card.state, related(work.session, card, type))


def masks_of(type: CardTypeFile, state: str, found: Related) -> dict[int, int]:
    """The same of what is known about the card."""
    names: dict[int, set[str]] = defaultdict(set)
    for code, principals in found.roles.items():
        for principal in principals:
            names[principal].add(f"role:{code}")
    for who, principals in found.principals.items():
        for principal in principals:
            names[principal].add(who)
    masks = {principal: mask_of(type, state, whos) for principal, whos in names.items()}
    return {principal: mask for principal, mask in masks.items() if mask}
