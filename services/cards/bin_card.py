"""A card goes into the bin: it is gone from every list, its number stays used, its process sleeps (decision 0080)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.jobs import enqueue
from engine.runtime.commands.suspend_instance import suspend_instance
from engine.store.models import Instance
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_bin
from services.cards.find_card import card_id_of
from services.cards.models import BinnedCard
from services.cards.purge_card import PURGE, checked_reason
from services.cards.store_card import check_revision, lock_card, save
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Office

_ACTION = "card.bin"


def bin_card(office: Office, actor: Actor, ref: str, *, reason: str, revision: int | None = None) -> None:
    """
    Throw the card away; it is destroyed after the days of the policy `bin.days`. A repeated request does nothing more.

    Raises NotFound, NotAllowed("card-bin"), Invalid beside `reason`, Conflict("card-changed").
    """

    def act(work: UnitOfWork) -> None:
        if once(work.session, actor, _ACTION) is not None:
            return
        session, now = work.session, office.clock.now()
        card_id = card_id_of(session, actor, ref)
        asleep = _put_to_sleep(office, work, actor, card_id)
        card = lock_card(work, card_id)
        check_revision(session, card, revision)
        type = office.shelf.card_type(session, card.type)
        if not may_bin(standing(session, actor, card, type)):
            raise NotAllowed("card-bin")
        why = checked_reason(reason)
        row = BinnedCard(
            card_id=card.id,
            at=now,
            by_id=actor.account_id,
            by_name=actor.name,
            reason=why,
            asleep=asleep,
            purge_at=now + timedelta(days=policies(session)["bin.days"]),
        )
        session.add(row)
        card.deleted_at = now
        card.revision += 1
        save(office, work, actor, card, type, "binned", reason=why)
        about = {"card_id": card.id, "at": now.isoformat()}
        enqueue(work, office.clock, PURGE, about, run_at=row.purge_at)
        remember(work, actor, _ACTION, ref, now)

    office.database.run(act)


def _put_to_sleep(office: Office, work: UnitOfWork, actor: Actor, card_id: int) -> list[int]:
    """The running instances of the card are suspended, before its row is locked: instance → card is the order everywhere."""
    asked = select(Instance.id).where(Instance.subject_ref == f"card:{card_id}", Instance.state == "running")
    ids = list(work.session.scalars(asked.order_by(Instance.id)))
    for id in ids:
        suspend_instance(office.engine, work, actor, id, hide_tasks=True)
    return ids
