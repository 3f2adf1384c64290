"""A request as its customer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from services.access.queries import standing
from services.access.rules import may_with_files
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.fields import TYPES, Manner
from services.files.queries import FileRow, files_of, open_file
from services.files.reply_file import reply_file
from services.portal.models import FollowCode
from services.portal.rules import Step, steps
from services.portal.sessions import visitor
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

_OVER = {"done", "rejected", "archived"}


@dataclass(frozen=True)
class Said:
    """A field the customer filled in."""

    label: str
    value: str


@dataclass(frozen=True)
class FollowPage:
    """Everything the page shows. `reply` (sanitised HTML) and `reply_files` are there once the request is answered."""

    card_ref: str
    receipt: str
    number: str | None
    type_label: str
    status: str
    category: str
    steps: tuple[Step, ...]
    filed_at: datetime
    due_on: date | None
    answered: bool
    reply: str
    reply_files: tuple[FileRow, ...]
    own_files: tuple[FileRow, ...]
    said: tuple[Said, ...]
    may_add_files: bool
    file_class: str


def follow_page(office: Parts, session: Session, token: str, manner: Manner) -> FollowPage:
    """The page behind a visit's token. Raises NotFound("follow-refused")."""
    customer = visitor(office, session, token)
    card = session.get_one(Card, customer.party_card_id)
    type = office.shelf.card_type(session, card.type)
    around = around_card(office, session, type.solution, manner, card_id=card.id)
    place = standing(session, customer, card, type)
    state = type.state(card.state)
    answered = state is not None and state.category in _OVER
    values = values_of(office, session, card, type)
    own_class = _own_class(type)
    allowed = type.file_class(own_class) if own_class else None
    files = [
        row
        for row in files_of(session, card.id)
        if (kind := type.file_class(row.file_class)) is not None and may_with_files(kind, place, "see")
    ]
    receipt = session.scalar(select(FollowCode.receipt).where(FollowCode.card_id == card.id)) or ""
    written = type.reply_field and answered and reply_file(session, card, type) is None
    reply = values.get(type.reply_field) if type.reply_field and written else None
    return FollowPage(
        card_ref=card.ref,
        receipt=receipt,
        number=card.number,
        type_label=around.label(type.title),
        status=around.label(f"card.{type.code}.client.{card.state}"),
        category=state.category if state else "active",
        steps=steps(type, card.state, around.label),
        filed_at=card.created_at,
        due_on=card.due_at.astimezone(manner.zone).date() if card.due_at else None,
        answered=answered,
        reply=str(reply or ""),
        reply_files=tuple(row for row in files if answered and _is_answer(type, row.file_class)),
        own_files=tuple(row for row in files if _is_own(type, row.file_class)),
        said=tuple(
            Said(around.label(spec.label), TYPES[spec.type].show(values[spec.key], spec, around))
            for spec in type.fields
            if spec.required and values.get(spec.key) is not None and spec.key != type.reply_field
        ),
        may_add_files=not answered and allowed is not None and may_with_files(allowed, place, "add"),
        file_class=own_class or "",
    )


def open_customer_file(office: Parts, session: Session, token: str, ref: str) -> tuple[FileRow, BinaryIO]:
    """A file of the visited request, with its content. Raises NotFound("file-not-found") for all others."""
    customer = visitor(office, session, token)
    row, content = open_file(office, session, customer, ref)
    card = session.get_one(Card, customer.party_card_id)
    type = office.shelf.card_type(session, card.type)
    state = type.state(card.state)
    answered = state is not None and state.category in _OVER
    if not _is_own(type, row.file_class) and not (answered and _is_answer(type, row.file_class)):
        content.close()
        raise NotFound("file-not-found")
    return row, content


def _own_class(type: CardTypeFile) -> str | None:
    return next((one.id for one in type.file_classes if "party" in one.add), None)


def _is_own(type: CardTypeFile, file_class: str) -> bool:
    found = type.file_class(file_class)
    return found is not None and "party" in found.add


def _is_answer(type: CardTypeFile, file_class: str) -> bool:
    """A class the machine prints into is what goes out to the customer; working papers are not."""
    found = type.file_class(file_class)
    return found is not None and "machine" in found.add
