"""The rows of `card_access` are what the card type's rules come to now; rewritten when state or relations change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.access.queries import missing_posts, relation_principals
from services.access.rules import mask_of
from services.accounts.models import Principal
from services.accounts.principals import make_posts
from services.cards.models import Card

if TYPE_CHECKING:
    from services.office import Parts


def rewrite_access_in(office: Parts, work: UnitOfWork, card_id: int) -> None:
    """
    Bring the card's rows in line with its type, state and relations (author, executor, unit, participants of its tasks).

    Rows whose mask does not change are not touched.
    """
    work.session.flush()
    card = work.session.get_one(Card, card_id)
    make_posts(work.session, missing_posts(work.session, card, office.shelf.card_type(work.session, card.type)))
    wanted = access_of(office, work, card)
    kept = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == card_id)
    now = dict(work.session.execute(kept).all())
    changed = [principal for principal, mask in now.items() if wanted.get(principal) != mask]
    if changed:
        gone = delete(CardAccess).where(CardAccess.card_id == card_id, CardAccess.principal_id.in_(changed))
        work.session.execute(gone)
    rows = [
        {"principal_id": principal, "type": card.type, "card_id": card_id, "mask": mask}
        for principal, mask in sorted(wanted.items())
        if now.get(principal) != mask
    ]
    if rows:
        work.session.execute(insert(CardAccess), rows)


def access_of(office: Parts, work: UnitOfWork, card: Card) -> dict[int, int]:
    """The masks by principal the rules come to; principals who get nothing are left out."""
    session = work.session
    type = office.shelf.card_type(session, card.type)
    asked = select(Principal.code, Principal.id).where(
        Principal.kind.in_(("group", "role")), Principal.code.in_(type.roles())
    )
    names: dict[int, set[str]] = defaultdict(set)
    for code, principal in session.execute(asked):
        names[principal].add(f"role:{code}")
    for who, principals in relation_principals(session, card, type).items():
        for principal in principals:
            names[principal].add(who)
    masks = {principal: mask_of(type, card.state, whos) for principal, whos in names.items()}
    return {principal: mask for principal, mask in masks.items() if mask}
