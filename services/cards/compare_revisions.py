"""The saves of a card, and what differs between two of them, field by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import standing, visible_cards
from services.access.rules import SEE, Standing, visible_fields
from services.cards.models import Card, CardRevision
from services.cards.older_cards import upgraded
from services.cards.queries import StateView, state_view
from services.cards.references import around as around_card
from services.cards.values import erased_keys, plain
from services.fields import TYPES, Around, FieldSpec, Manner
from services.fields.table import Table
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

_SAVES = 100


@dataclass(frozen=True)
class RevisionRow:
    """One save."""

    revision: int
    at: datetime
    by: str
    by_account: bool
    acting_for: int | None
    what: str
    state: StateView
    number: str | None


@dataclass(frozen=True)
class Difference:
    """
    A field that differs between two revisions, as shown: safe HTML when `rich`; a table also row by row (`columns` are its
    heads). `gone`: whether what stood there before and after was erased since.
    """

    key: str
    label: str
    before: str
    after: str
    rich: bool = False
    columns: tuple[str, ...] = ()
    rows_before: tuple[tuple[str, ...], ...] = ()
    rows_after: tuple[tuple[str, ...], ...] = ()
    gone: tuple[bool, bool] = (False, False)


def revisions(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> list[RevisionRow]:
    """The latest hundred saves of a card, the last one first."""
    card, type, _ = _seen(office, session, actor, ref)
    around = around_card(office, session, type.solution, manner)
    rows = session.scalars(
        select(CardRevision)
        .where(CardRevision.card_id == card.id)
        .order_by(CardRevision.revision.desc())
        .limit(_SAVES)
        .options(defer(CardRevision.data))
    )
    return [
        RevisionRow(
            revision=row.revision,
            at=row.at,
            by=row.by_name,
            by_account=row.by_id is not None,
            acting_for=row.acting_for,
            what=row.what,
            state=state_view(type, row.state, around),
            number=row.number,
        )
        for row in rows
    ]


def compare_revisions(
    office: Parts, session: Session, actor: Actor, ref: str, earlier: int, later: int, manner: Manner
) -> list[Difference]:
    """What differs between two revisions, field by field, as the reader sees values."""
    card, type, place = _seen(office, session, actor, ref)
    rows = [session.get(CardRevision, (card.id, number)) for number in (earlier, later)]
    if rows[0] is None or rows[1] is None:
        raise NotFound("revision-not-found")
    around = around_card(office, session, type.solution, manner, card_id=card.id)
    kept = [upgraded(office, session, row.data, type, 0) for row in rows if row is not None]
    before, after = (plain(session, data) for data in kept)
    gone = [erased_keys(data, values) for data, values in zip(kept, (before, after), strict=True)]
    seen = visible_fields(type, place)
    differ = {key for key in type.by_key if before.get(key) != after.get(key)}
    differ |= {key for key in gone[0] | gone[1] if kept[0].get(key) != kept[1].get(key)}
    changed = [spec for spec in type.fields if spec.key in seen & differ]
    for values in (before, after):
        around.references.foresee(changed, values)  # type: ignore[attr-defined]
    return [
        replace(
            _difference(spec, before.get(spec.key), after.get(spec.key), around),
            gone=(spec.key in gone[0], spec.key in gone[1]),
        )
        for spec in changed
    ]


def _difference(spec: FieldSpec, before: Any, after: Any, around: Around) -> Difference:
    field, label = TYPES[spec.type], around.label(spec.label)
    was, now = field.show(before, spec, around), field.show(after, spec, around)
    if not isinstance(field, Table):
        return Difference(spec.key, label, was, now, rich=spec.type == "rich")
    columns = tuple(around.label(column.label) for column in spec.columns)
    rows_before, rows_after = (tuple(field.cells(value, spec, around)) for value in (before, after))
    return Difference(spec.key, label, was, now, False, columns, rows_before, rows_after)


def _seen(office: Parts, session: Session, actor: Actor, ref: str) -> tuple[Card, CardTypeFile, Standing]:
    card = session.scalar(select(Card).where(Card.ref == ref, Card.deleted_at.is_(None), visible_cards(actor)))
    if card is None:
        raise NotFound("card-not-found")
    type = office.shelf.card_type(session, card.type)
    place = standing(session, actor, card, type)
    if not place.mask & SEE:
        raise NotFound("card-not-found")
    return card, type, place
