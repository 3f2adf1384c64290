"""
A card of the bin is destroyed, by the machine when its term is over or by hand before. What stays is a tombstone: the
emptied row with type and number, why and when it went, and the audit. Each card is a job and a transaction of its own, so
that one that cannot be destroyed becomes an incident and delays no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from engine.actor import MACHINE, Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.jobs import JobKind, JobView
from engine.runtime.commands.cancel_instance import cancel_instance
from engine.runtime.commands.forget_instance import forget_instance
from engine.store.audit import record
from engine.store.models import Instance, Outbox
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rewrite_access import rewrite_access_in
from services.access.rules import may_purge
from services.approval.models import ApprovalRound, Visa
from services.cards.drafts import card_draft
from services.cards.find_card import binned_card_of
from services.cards.models import BinnedCard, Card, CardIndex, CardLink, CardRevision, CardUnique, Draft, GroupedCard
from services.cards.store_card import lock_card
from services.discussion.models import Note
from services.files.drop_contents import drop_contents_later
from services.files.models import Attachment, AttachmentVersion
from services.notifications.models import Notice
from services.portal.models import FollowCode
from services.privacy.models import PersonalValue
from services.signing.models import Signature

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Office, Parts

PURGE = "purge-card"
LONGEST_REASON = 500


def checked_reason(reason: str) -> str:
    """Why a card is thrown away or destroyed; raises Invalid beside `reason`."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("bin-refused", {"reason": ("reason-needed", {"most": LONGEST_REASON})})
    return reason.strip()


def purge_card(office: Office, actor: Actor, ref: str, *, reason: str) -> None:
    """
    Destroy a card of the bin before its term.

    Raises NotFound, NotAllowed("card-purge"), Invalid beside `reason`.
    """

    def act(work: UnitOfWork) -> None:
        row = binned_card_of(work.session, actor, ref)
        card = work.session.get_one(Card, row.card_id)
        if not may_purge(standing(work.session, actor, card, office.shelf.card_type(work.session, card.type))):
            raise NotAllowed("card-purge")
        purge_card_in(office, office.engine, work, actor, row.card_id, checked_reason(reason))

    office.database.run(act)


def purge_kind(office: Parts) -> JobKind:
    """The job kind `purge-card`, for the engine's registry; a card taken out of the bin meanwhile is left alone."""

    def act(engine: Engine, work: UnitOfWork, job: JobView, _: Any) -> None:
        row = work.session.get(BinnedCard, job.payload["card_id"])
        if row is None or row.purged_at is not None or row.at != datetime.fromisoformat(job.payload["at"]):
            return
        purge_card_in(office, engine, work, MACHINE, row.card_id, row.reason)

    return JobKind(PURGE, act=act)


def purge_card_in(office: Parts, engine: Engine, work: UnitOfWork, actor: Actor, card_id: int, reason: str) -> None:
    """The same in an open unit of work, for whoever may: its processes first, then the card. Not undoable."""
    session, now = work.session, office.clock.now()
    instances = _ended(engine, work, actor, card_id)
    card = lock_card(work, card_id, binned=True)
    row = session.get_one(BinnedCard, card_id, with_for_update=True, populate_existing=True)
    if row.purged_at is not None:
        raise NotFound("card-not-found")
    contents = _files(work, card_id)
    _rows(work, card)
    for id in instances:
        forget_instance(work, id)
    card.data, card.title, card.title_norm, card.title_sort = {}, "", "", ""
    card.party_id = card.executor_id = card.due_at = card.due_words = card.course = None
    card.revision += 1
    row.purged_at = now
    session.add(_tombstone(card, actor, now))
    rewrite_access_in(office, work, card.id)
    drop_contents_later(office, work, contents)
    about: dict[str, Any] = {"number": card.number, "reason": reason, "files": len(contents)}
    record(session, actor, "card.purged", f"card:{card.id}", now, unit_id=card.unit_id, **about)


def _tombstone(card: Card, actor: Actor, now: datetime) -> CardRevision:
    """The one save that is kept: that there is nothing any more."""
    return CardRevision(
        card_id=card.id,
        revision=card.revision,
        at=now,
        by_id=actor.account_id,
        by_name=actor.name,
        acting_for=actor.acting_for,
        what="purged",
        state=card.state,
        number=card.number,
        data={},
    )


def _ended(engine: Engine, work: UnitOfWork, actor: Actor, card_id: int) -> list[int]:
    """The card's instances, all over now."""
    asked = select(Instance.id, Instance.state).where(Instance.subject_ref == f"card:{card_id}").order_by(Instance.id)
    found = work.session.execute(asked).all()
    for id, state in found:
        if state in ("running", "suspended"):
            cancel_instance(engine, work, actor, id, "card-purged")
    return [id for id, _ in found]


def _files(work: UnitOfWork, card_id: int) -> list[str]:
    """The attachments go with their versions; gives the contents they named."""
    session = work.session
    mine = select(Attachment.id).where(Attachment.card_id == card_id)
    versions = AttachmentVersion.attachment_id.in_(mine)
    contents = session.scalars(select(AttachmentVersion.blob_sha256).where(versions).distinct()).all()
    session.execute(delete(AttachmentVersion).where(versions))
    session.execute(delete(Attachment).where(Attachment.card_id == card_id))
    return list(contents)


def _rows(work: UnitOfWork, card: Card) -> None:
    """Everything that spoke of the card and is no register: numbers, steps, tasks and the audit stay."""
    session, subject = work.session, f"card:{card.id}"
    rounds = select(ApprovalRound.id).where(ApprovalRound.card_id == card.id)
    gone: Iterable[Any] = (
        delete(Visa).where(Visa.round_id.in_(rounds)),
        *(
            delete(model).where(model.card_id == card.id)
            for model in (ApprovalRound, Signature, Note, FollowCode, CardUnique, CardRevision, GroupedCard)
        ),
        delete(CardIndex).where(CardIndex.__table__.c.card_id == card.id),
        delete(CardLink).where(or_(CardLink.from_id == card.id, CardLink.to_id == card.id)),
        delete(PersonalValue).where(PersonalValue.owner_ref == subject),
        delete(Notice).where(Notice.subject_ref == subject),
        delete(Outbox).where(Outbox.subject_ref == subject, Outbox.state != "waiting"),
        delete(Draft).where(Draft.key == card_draft(card.ref)),
    )
    for statement in gone:
        session.execute(statement.execution_options(synchronize_session=False))
