"""A card is taken out of the bin: it stands where it stood, and its process goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import NotAllowed, NotFound
from engine.runtime.commands.suspend_instance import resume_instance
from engine.store.models import Instance
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_bin
from services.cards.find_card import binned_card_of
from services.cards.store_card import lock_card, save

if TYPE_CHECKING:
    from services.office import Office


def restore_card(office: Office, actor: Actor, ref: str) -> None:
    """
    Take it out and wake what was put to sleep with it.

    Raises NotFound for what is not in the bin or not open to this actor, NotAllowed("card-bin"), and Invalid("card-refused")
    when another card has one of its unique values by now.
    """

    def act(work: UnitOfWork) -> None:
        session = work.session
        found = binned_card_of(session, actor, ref)
        _wake(office, work, actor, found.asleep)
        card = lock_card(work, found.card_id, binned=True)
        session.refresh(found, with_for_update=True)
        if found.purged_at is not None:
            raise NotFound("card-not-found")
        type = office.shelf.card_type(session, card.type)
        if not may_bin(standing(session, actor, card, type)):
            raise NotAllowed("card-bin")
        session.delete(found)
        card.deleted_at = None
        card.revision += 1
        save(office, work, actor, card, type, "restored")

    office.database.run(act)


def _wake(office: Office, work: UnitOfWork, actor: Actor, ids: list[int]) -> None:
    """Those still asleep: an administrator may have woken or cancelled one meanwhile."""
    asked = select(Instance.id).where(Instance.id.in_(ids), Instance.state == "suspended")
    for id in work.session.scalars(asked.order_by(Instance.id)).all():
        resume_instance(office.engine, work, actor, id)
