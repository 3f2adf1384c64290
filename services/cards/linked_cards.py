"""What a card is linked with, as a list and as a graph: foreign cards do not appear in either, not even as a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select, union_all
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.text import normalise
from services.access.queries import visible_cards
from services.accounts.models import Account
from services.cards.models import Card, CardLink
from services.cards.queries import StateView, state_view
from services.cards.references import around as around_card
from services.fields import Manner

if TYPE_CHECKING:
    from services.office import Parts

LISTED = 200
DRAWN = 40
_RECENT = 20_000  # cards whose titles a type-ahead looks through


@dataclass(frozen=True)
class CardName:
    """A card as lists and graphs name it."""

    ref: str
    number: str | None
    title: str
    type_title: str
    state: StateView


@dataclass(frozen=True)
class LinkRow:
    """A link of a card: this card is `kind` of the other, or (`back`) the other of this one."""

    kind: str
    back: bool
    other: CardName
    made_at: datetime
    made_by: str  # empty: by the process


@dataclass(frozen=True)
class GraphNode:
    """A card `steps` away from the one asked about."""

    id: int
    card: CardName
    steps: int


@dataclass(frozen=True)
class Graph:
    """Cards up to two steps away and the links among them, as (from, to, kind); `cut`: there are more."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[tuple[int, int, str], ...]
    cut: bool


def linked_cards(office: Parts, session: Session, actor: Actor, card_id: int, manner: Manner) -> tuple[LinkRow, ...]:
    """The links of a card (who may see it was asked before), the latest of each kind first."""
    found = session.execute(_touching(actor, {card_id}).limit(LISTED)).all()
    cards = _cards(session, {row.other for row in found})
    names = names_of(office, session, cards.values(), manner)
    makers = {row.made_by for row in found if row.made_by is not None}
    people = dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(makers))).all())
    return tuple(
        LinkRow(row.kind, row.to_id == card_id, names[row.other], row.made_at, people.get(row.made_by, ""))
        for row in sorted(found, key=lambda row: row.kind)
    )


def card_graph(office: Parts, session: Session, actor: Actor, card_id: int, manner: Manner) -> Graph:
    """The neighbourhood of a card; a card that is not open to the actor is neither drawn nor passed through."""
    steps, cut = {card_id: 0}, False
    for step in (1, 2):
        frontier = {id for id, at in steps.items() if at == step - 1}
        found = session.execute(_touching(actor, frontier).limit(10 * DRAWN)).all() if frontier else []
        for row in found:
            if row.other not in steps and len(steps) >= DRAWN:
                cut = True
            elif row.other not in steps:
                steps[row.other] = step
    edges = session.execute(
        select(CardLink.from_id, CardLink.to_id, CardLink.kind)
        .where(CardLink.from_id.in_(steps), CardLink.to_id.in_(steps))
        .order_by(CardLink.from_id, CardLink.to_id, CardLink.kind)
        .limit(10 * DRAWN)
    ).all()
    names = names_of(office, session, _cards(session, set(steps)).values(), manner)
    nodes = tuple(GraphNode(id, names[id], at) for id, at in steps.items() if id in names)
    return Graph(nodes, tuple((row.from_id, row.to_id, row.kind) for row in edges), cut)


def find_cards(
    office: Parts, session: Session, actor: Actor, words: str, manner: Manner, *, but: str = "", limit: int = 20
) -> list[CardName]:
    """
    Cards of any kind this actor sees, the latest first: by the beginning of the number, or by words of number or title among
    the recent ones.
    """
    wanted = normalise(words).split()
    if len("".join(wanted)) < 2:
        return []
    newest = select(func.max(Card.id)).scalar_subquery()
    asked = select(Card).where(Card.deleted_at.is_(None), visible_cards(actor), Card.ref != but)
    recent = asked.where(Card.id > newest - _RECENT)
    for word in wanted:
        inside = Card.number_norm.contains(word, autoescape=True)
        recent = recent.where(or_(inside, Card.title_norm.contains(word, autoescape=True)))
    numbered = asked.where(Card.number_norm == " ".join(wanted))
    cards: dict[int, Card] = {}
    for query in (numbered, recent):
        if len(cards) < limit:
            cards |= {card.id: card for card in session.scalars(query.order_by(Card.id.desc()).limit(limit))}
    names = names_of(office, session, cards.values(), manner)
    return [names[id] for id in list(cards)[:limit]]


def _touching(actor: Actor, ids: Iterable[int]) -> Select[Any]:
    """The links of these cards with the other end, when that is open to the actor; the latest first."""
    given = sorted(ids)
    columns = (CardLink.from_id, CardLink.to_id, CardLink.kind, CardLink.made_at, CardLink.made_by)
    seen = (Card.deleted_at.is_(None), visible_cards(actor))
    away = select(*columns, CardLink.to_id.label("other")).join(Card, Card.id == CardLink.to_id)
    back = select(*columns, CardLink.from_id.label("other")).join(Card, Card.id == CardLink.from_id)
    both = union_all(
        away.where(CardLink.from_id.in_(given), *seen), back.where(CardLink.to_id.in_(given), *seen)
    ).subquery("touching")
    order = (both.c.made_at.desc(), both.c.from_id, both.c.to_id, both.c.kind)
    return select(both).order_by(*order)


def _cards(session: Session, ids: set[int]) -> Mapping[int, Card]:
    return {card.id: card for card in session.scalars(select(Card).where(Card.id.in_(ids)))} if ids else {}


def names_of(office: Parts, session: Session, cards: Iterable[Card], manner: Manner) -> dict[int, CardName]:
    """Cards by id as lists name them."""
    named: dict[int, CardName] = {}
    arounds: dict[str, Any] = {}
    for card in cards:
        type = office.shelf.card_type(session, card.type)
        if type.solution not in arounds:
            arounds[type.solution] = around_card(office, session, type.solution, manner)
        around = arounds[type.solution]
        named[card.id] = CardName(
            card.ref, card.number, card.title, around.label(type.title), state_view(type, card.state, around)
        )
    return named
