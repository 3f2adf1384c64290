"""Named groups as pages see them: their cards, as far as they are open to the reader, and how far an answer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import visible_cards
from services.accounts.models import Account
from services.cards.linked_cards import CardName, names_of
from services.cards.models import Card, CardGroup, GroupAnswer, GroupedCard
from services.cards.references import around as around_card
from services.fields import Around, Manner
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

LISTED = 200
_ANSWERS = 10


@dataclass(frozen=True)
class GroupRow:
    """A group in the list; `cards`: those the reader sees."""

    ref: str
    name: str
    type: str
    made_at: datetime
    cards: int


@dataclass(frozen=True)
class Refused:
    """A card that did not take the answer, and why; `fields` are the names of those complained of."""

    card: CardName
    code: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class AnswerRow:
    """An answer the reader gave to the whole group and how far it is."""

    label: str
    at: datetime
    total: int
    done: int
    over: bool
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class GroupPage:
    """A group; of its cards the first two hundred the reader sees (`ids` too), `more` when there are others."""

    ref: str
    name: str
    type: str
    made_at: datetime
    ids: tuple[int, ...]
    cards: tuple[CardName, ...]
    more: bool
    answers: tuple[AnswerRow, ...]


def group_of(session: Session, actor: Actor, ref: str) -> CardGroup:
    """Raises NotFound("group-not-found") for a missing group and for whoever neither made it nor sees a card of it."""
    found = session.scalar(select(CardGroup).where(CardGroup.ref == ref, _open(actor)))
    if found is None:
        raise NotFound("group-not-found")
    return found


def groups_of(session: Session, actor: Actor, *, card_id: int | None = None, type: str | None = None) -> list[GroupRow]:
    """The latest groups open to the actor: of all, with this card in them, of this type."""
    inside = (
        select(func.count())
        .select_from(GroupedCard)
        .join(Card, Card.id == GroupedCard.card_id)
        .where(GroupedCard.group_id == CardGroup.id, Card.deleted_at.is_(None), visible_cards(actor))
        .scalar_subquery()
    )
    asked = select(CardGroup, inside).where(_open(actor)).order_by(CardGroup.id.desc()).limit(LISTED)
    if card_id is not None:
        held = select(GroupedCard.group_id).where(GroupedCard.card_id == card_id)
        asked = asked.where(CardGroup.id.in_(held))
    if type is not None:
        asked = asked.where(CardGroup.type == type)
    return [GroupRow(row.ref, row.name, row.type, row.made_at, count) for row, count in session.execute(asked)]


def group_page(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> GroupPage:
    """Raises NotFound("group-not-found")."""
    group = group_of(session, actor, ref)
    inside = select(Card).join(GroupedCard, GroupedCard.card_id == Card.id).where(GroupedCard.group_id == group.id)
    seen = inside.where(Card.deleted_at.is_(None), visible_cards(actor)).order_by(Card.id).limit(LISTED + 1)
    cards = list(session.scalars(seen))
    names = names_of(office, session, cards[:LISTED], manner)
    return GroupPage(
        group.ref,
        group.name,
        group.type,
        group.made_at,
        tuple(names),
        tuple(names.values()),
        len(cards) > LISTED,
        _answers(office, session, actor, group, manner),
    )


def _answers(office: Parts, session: Session, actor: Actor, group: CardGroup, manner: Manner) -> tuple[AnswerRow, ...]:
    me = select(Account.login).where(Account.id == actor.account_id).scalar_subquery()
    asked = select(GroupAnswer).where(GroupAnswer.group_id == group.id, GroupAnswer.by_login == me)
    rows = list(session.scalars(asked.order_by(GroupAnswer.id.desc()).limit(_ANSWERS)))
    ids = {one["card_id"] for row in rows for one in row.refused[:LISTED]}
    cards = session.scalars(select(Card).where(Card.id.in_(ids), Card.deleted_at.is_(None), visible_cards(actor)))
    names = names_of(office, session, cards, manner)
    type = office.shelf.card_type(session, group.type)
    around = around_card(office, session, type.solution, manner)
    return tuple(
        AnswerRow(
            _said(row, group.type, around),
            row.at,
            row.total,
            row.done,
            row.over,
            tuple(
                Refused(names[one["card_id"]], one["code"], _fields(one["fields"], type, around))
                for one in row.refused[:LISTED]
                if one["card_id"] in names
            ),
        )
        for row in rows
    )


def _said(row: GroupAnswer, type: str, around: Around) -> str:
    """What was said to all: the transition, or the step of their routes and its outcome."""
    step = row.body.get("step")
    if step is None:
        return around.label(f"card.{type}.transition.{row.transition}")
    name, outcome = f"task.{step['element']}.name", f"task.{step['element']}.outcome.{step['outcome']}"
    return f"{around.label(name)} · {around.label(outcome).removesuffix('…')}"


def _fields(keys: Iterable[str], type: CardTypeFile, around: Around) -> tuple[str, ...]:
    """What the fields are called that were complained of."""
    own = [type.by_key.get(key.removeprefix("card.").partition(".")[0]) for key in keys]
    return tuple(dict.fromkeys(around.label(spec.label) for spec in own if spec is not None))


def _open(actor: Actor) -> ColumnElement[bool]:
    seen = (
        select(GroupedCard.card_id)
        .join(Card, Card.id == GroupedCard.card_id)
        .where(GroupedCard.group_id == CardGroup.id, Card.deleted_at.is_(None), visible_cards(actor))
    )
    return or_(CardGroup.made_by == actor.account_id, seen.exists())
