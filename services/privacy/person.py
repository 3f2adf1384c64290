"""What the office keeps of one person: for the page that shows it before it is handed out or erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, and_, cast, false, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.models import Audit, Outbox
from services.access.rules import Standing, mask_of, visible_fields
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.fields import TYPES, Manner
from services.files.models import Attachment, AttachmentVersion
from services.parties.queries import PartyPage, party_page
from services.privacy.models import PersonalValue
from services.privacy.rules import UNDER_WAY, must_keep_personal_data
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

NAMED = 20
MOST_CARDS, MOST_READS = 2000, 1000
READS = ("personal.read", "personal.revealed", "personal.exported")


@dataclass(frozen=True)
class Held:
    """How much there is, and what keeps it from being erased: the cards still worked on (their numbers or titles)."""

    party: PartyPage
    values: int
    cards: int
    files: int
    mails: int
    under_way: int
    names: tuple[str, ...]


def held_of(office: Parts, session: Session, actor: Actor, ref: str) -> Held:
    """Raises NotAllowed("personal-data"), NotFound for a missing party and for an organisation: it is no person."""
    must_keep_personal_data(actor)
    page = party_page(office, session, actor, ref)
    if page.view.kind != "person":
        raise NotFound("party-not-found")
    mine = Card.party_id == page.view.id
    still = and_(mine, under_way(office, session))
    ids = select(Card.id).where(mine)
    subjects = select(literal("card:", String) + cast(Card.id, String)).where(mine)
    named = session.execute(select(Card.number, Card.title).where(still).order_by(Card.id.desc()).limit(NAMED))
    return Held(
        party=page,
        values=_count(session, PersonalValue.erased_at.is_(None), owned(page.view.id)),
        cards=_count(session, mine),
        files=_count(session, Attachment.card_id.in_(ids), Attachment.deleted_at.is_(None)),
        mails=_count(session, Outbox.subject_ref.in_(subjects), Outbox.kind == "mail"),
        under_way=_count(session, still),
        names=tuple(number or title for number, title in named),
    )


def owned(party_id: int) -> ColumnElement[bool]:
    """A clause on `PersonalValue`: what belongs to a party itself and to its cards."""
    cards = select(literal("card:", String) + cast(Card.id, String)).where(Card.party_id == party_id)
    return or_(PersonalValue.owner_ref == f"party:{party_id}", PersonalValue.owner_ref.in_(cards))


def under_way(office: Parts, session: Session) -> ColumnElement[bool]:
    """A clause on `Card`: somebody still works on it. What lies in the bin is not under way."""
    kinds = [
        and_(Card.type == type.code, Card.state.in_([one.id for one in type.states if one.category in UNDER_WAY]))
        for type in office.shelf.card_types(session)
    ]
    return and_(Card.deleted_at.is_(None), or_(*kinds) if kinds else false())


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0


@dataclass(frozen=True)
class Fact:
    """A field of a card: as it is kept and as people read it."""

    key: str
    label: str
    value: Any
    shown: str


@dataclass(frozen=True)
class CardOf:
    """One of the person's cards: what they gave and may see, and every personal field."""

    number: str | None
    type: str
    title: str
    state: str
    created_at: datetime
    registered_at: datetime | None
    fields: tuple[Fact, ...]
    files: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Read:
    """Somebody of the staff had the data before them."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Person:
    """Everything that is handed out. `cut`: there are more cards than are handed out at once."""

    party: PartyPage
    cards: tuple[CardOf, ...]
    reads: tuple[Read, ...]
    cut: bool


def person(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> Person:
    """The data in full, in the words of *manner*. Raises as `held_of`."""
    must_keep_personal_data(actor)
    page = party_page(office, session, actor, ref, in_full=True)
    if page.view.kind != "person":
        raise NotFound("party-not-found")
    asked = select(Card).where(Card.party_id == page.view.id).order_by(Card.id)
    cards = session.scalars(asked.limit(MOST_CARDS + 1)).all()
    files = _files(session, [card.id for card in cards])
    told = tuple(
        _card(office, session, card, manner, files.get(card.id, ())) for card in cards[:MOST_CARDS] if card.data
    )
    refs = [f"party:{page.view.id}", *(f"card:{card.id}" for card in cards)]
    return Person(page, told, tuple(_reads(session, refs)), len(cards) > MOST_CARDS)


def _card(office: Parts, session: Session, card: Card, manner: Manner, files: tuple[Mapping[str, Any], ...]) -> CardOf:
    type = office.shelf.card_type(session, card.type)
    around = around_card(office, session, type.solution, manner, in_full=True, card_id=card.id)
    values = values_of(office, session, card, type)
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    keys = _given(type, card.state)
    return CardOf(
        number=card.number,
        type=around.label(type.title),
        title=card.title,
        state=around.label(f"card.{type.code}.client.{card.state}"),
        created_at=card.created_at,
        registered_at=card.registered_at,
        fields=tuple(
            Fact(
                spec.key,
                around.label(spec.label),
                values[spec.key],
                TYPES[spec.type].show(values[spec.key], spec, around),
            )
            for spec in type.fields
            if spec.key in keys and values.get(spec.key) is not None
        ),
        files=tuple(one for one in files if one["class"] in _open_classes(type)),
    )


def _given(type: CardTypeFile, state: str) -> frozenset[str]:
    """What the person itself may see of a card, and every personal field."""
    whos = frozenset({"party"})
    seen = visible_fields(type, Standing(whos, state, mask_of(type, state, whos)))
    return seen | {spec.key for spec in type.fields if spec.personal}


def _open_classes(type: CardTypeFile) -> frozenset[str]:
    return frozenset(one.id for one in type.file_classes if {"*", "party"} & {*one.see, *one.add})


def _files(session: Session, card_ids: list[int]) -> dict[int, tuple[Mapping[str, Any], ...]]:
    latest = (AttachmentVersion.attachment_id == Attachment.id) & (AttachmentVersion.version == Attachment.versions)
    asked = (
        select(Attachment.card_id, Attachment.file_class, AttachmentVersion.name, AttachmentVersion.size)
        .join(AttachmentVersion, latest)
        .where(Attachment.card_id.in_(card_ids), Attachment.deleted_at.is_(None))
        .order_by(Attachment.id)
    )
    found: dict[int, tuple[Mapping[str, Any], ...]] = {}
    for card_id, file_class, name, size in session.execute(asked):
        found[card_id] = (*found.get(card_id, ()), {"class": file_class, "name": name, "bytes": size})
    return found


def _reads(session: Session, refs: list[str]) -> Iterator[Read]:
    asked = select(Audit.at, Audit.actor_name, Audit.action).where(Audit.object_ref.in_(refs), Audit.action.in_(READS))
    for at, who, action in session.execute(asked.order_by(Audit.id.desc()).limit(MOST_READS)):
        yield Read(at, who, action)
