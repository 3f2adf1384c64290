"""
A draft of the reply for a word processor: the deployed template with what is known filled in and marks for what is not
yet known. It is kept as a version of the card's reply file, so that everybody sees what the later versions came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import MACHINE, Actor
from engine.errors import NotAllowed
from engine.store.models import Definition, Instance, Task
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_draft_letter
from services.cards.find_card import card_id_of
from services.cards.models import Card, Draft
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner
from services.fields import TYPES, FieldError
from services.files.attach_file import Received, attach_file_in, receive_file
from services.files.reply_file import reply_file
from services.files.rules import kept_name
from services.printing.context import print_context
from services.printing.fill import fill_draft
from services.printing.print_document import template_of
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

LATER = frozenset({"letter.number", "letter.date", "approvals", "signature", "card.state"})


@dataclass(frozen=True)
class DraftLetter:
    """The version to work on."""

    ref: str
    version: int


def draft_letter(office: Parts, actor: Actor, card_ref: str, name: str) -> DraftLetter:
    """
    The letter to write on: what a person wrote last when that is the reply, else a new draft called *name*.

    Raises NotFound("card-not-found"), NotAllowed("letter-draft") for whoever may not write the reply now,
    SolutionError("template-missing", "template-failed").
    """
    with office.database.reading() as session:
        card = session.get_one(Card, card_id_of(session, actor, card_ref))
        type = office.shelf.card_type(session, card.type)
        if not may_draft_letter(type, standing(session, actor, card, type)):
            raise NotAllowed("letter-draft")
        if (written := reply_file(session, card, type)) is not None:
            return DraftLetter(written.ref, written.version)
        template = template_of(session, _deployment(office, session, card, type), type.reply_template or "")
        context = print_context(office, session, card) | _typed(office, session, actor, card, type)
    content = fill_draft(office, template, context, LATER)
    received = receive_file(office, kept_name(f"{name}.docx"), [content])
    return office.database.run(lambda work: _keep(office, work, card.id, type, received))


def _keep(office: Parts, work: UnitOfWork, card_id: int, type: CardTypeFile, received: Received) -> DraftLetter:
    kept = attach_file_in(office, work, MACHINE, card_id, type.reply_file_class or "", received)
    return DraftLetter(kept.ref, kept.versions)


def _deployment(office: Parts, session: Session, card: Card, type: CardTypeFile) -> int:
    """The files the card's process runs by; the newest ones for a card without a process."""
    asked = (
        select(Definition.deployment_id)
        .join(Instance, Instance.definition_id == Definition.id)
        .where(Instance.subject_ref == f"card:{card.id}")
        .order_by(Instance.id.desc())
    )
    return session.scalar(asked.limit(1)) or office.shelf.solution(session, type.solution).deployment_id


def _typed(office: Parts, session: Session, actor: Actor, card: Card, type: CardTypeFile) -> dict[str, Any]:
    """The reply as the actor has typed it in a task and not sent yet."""
    tasks = select(Task.ref).where(Task.subject_ref == f"card:{card.id}", Task.state == "open")
    keys = [f"task:{ref}" for ref in session.scalars(tasks)]
    drafts = select(Draft).where(Draft.account_id == actor.account_id, Draft.key.in_(keys))
    typed = next(
        (
            one.data[f"card.{type.reply_field}"]
            for one in session.scalars(drafts)
            if one.data.get(f"card.{type.reply_field}")
        ),
        None,
    )
    if typed is None:
        return {}
    manner = organisation_manner(office, session)
    spec = type.by_key[type.reply_field or ""]
    try:
        text = TYPES[spec.type].parse(typed, spec, around_card(office, session, type.solution, manner, card_id=card.id))
    except FieldError:
        return {}
    return {"reply": {"$rich": str(text or ""), "rtl": manner.locale == "fa"}}
