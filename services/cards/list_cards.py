"""
A page of the cards of a type an actor may see: filtered, sorted; and their number, counted up to a limit.

No page costs more than its filters deserve (decision 0059). Either the smallest of the sets that filters and rights name is
small: then its cards are found first and sorted. Or all are large: then the sort's own index is walked in slices until the
page is full, so that what is looked at is bounded whatever the database believes about its tables.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import prod
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, any_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid
from services.access.queries import opened_cards, seen_in_every_card, sees_all_of, visible_rows
from services.cards.conditions import CardFilter, Condition, aside, conditions
from services.cards.index_card import Slot, settled_slots
from services.cards.models import Card, CardIndex, CardRefresh
from services.cards.older_cards import upgraded
from services.cards.queries import StateView, state_view
from services.cards.references import around as around_card
from services.fields import TYPES, Around, FieldSpec, Manner
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

FEW = 1_200
"""Cards that may always be found first and sorted afterwards."""
MANY = 20_000
"""How far the sets of filters and rights are counted to choose a way."""
ALL = 200_000
"""The same of a whole type."""
SLICE = 1_200
"""Entries of a sort's index one slice passes over and then looks at: together not fifty times a page."""
SLICES = 16
"""Slices a page may cost when hardly any card fits; from there the reader is led on."""
COUNTED = 1_000

_I = CardIndex.__table__.c
OWN_SORTS = {"id": _I.card_id, "due": _I.due, "number": _I.number, "title": _I.title, "registered": _I.registered}


@dataclass(frozen=True)
class CardRow:
    """A card in a list; `cells` are its columns as shown, by field key."""

    ref: str
    number: str | None
    title: str
    state: StateView
    due_at: datetime | None
    created_at: datetime
    registered_at: datetime | None
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Preparing:
    """Older cards of the type are still being indexed: so many of so many are done."""

    done: int
    total: int


@dataclass(frozen=True)
class CardList:
    """A page of a list; `cursor` leads on. Not `full`: the search paused before the page was."""

    rows: tuple[CardRow, ...]
    columns: Mapping[str, str]
    cursor: str | None
    full: bool = True
    preparing: Preparing | None = None


@dataclass(frozen=True)
class Count:
    """How many cards there are; `more`: at least so many, the rest was not counted."""

    cards: int
    more: bool


@dataclass(frozen=True)
class _Asked:
    """A list's question, ready to become SQL."""

    type: CardTypeFile
    conditions: tuple[Condition, ...]
    actor: Actor
    sees_all: bool
    sort: ColumnElement[Any]
    nothing: ColumnElement[bool] | None  # «has no value to sort by»; None: it always has one
    descending: bool
    by_id: bool

    @property
    def whole(self) -> ColumnElement[bool]:
        return _I.type == self.type.code

    @property
    def aside(self) -> list[ColumnElement[bool]]:
        """Everything to be looked at in a row, none of it to be found by an index."""
        rights = [] if self.sees_all else [visible_rows(self.actor)]
        return [*(one.aside for one in self.conditions), *rights]

    def sorted_aside(self) -> _Asked:
        """The same in an order no index is to be taken for."""
        return replace(self, sort=aside(self.sort))


@dataclass(frozen=True)
class _Place:
    """Where to go on: after this card, among those with a value to sort by or among those without."""

    value: str | None = None
    id: int | None = None
    valueless: bool = False


def list_cards(
    office: Parts,
    session: Session,
    actor: Actor,
    type_code: str,
    manner: Manner,
    filter: CardFilter | None = None,
    *,
    columns: Iterable[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> CardList:
    """
    A page of the cards of a type this actor may see. *columns* are keys of flagged fields (all of them when None).

    Raises Invalid("list-refused") for a filter that is no filter: a field that is unknown, not flagged, or not seen by this
    actor in every card; a broken cursor.
    """
    type = office.shelf.card_type(session, type_code)
    around = around_card(office, session, type.solution, manner)
    slots = settled_slots(office, session, type)
    asked = _asked(type, filter or CardFilter(), around, actor, slots)
    found, further = _found(office, session, asked, _place(cursor), limit)
    shown = _columns(type, actor, columns)
    return CardList(
        rows=_rows(type, found, shown, around, lambda row: upgraded(office, session, row.data, type, row.type_version)),
        columns={spec.key: around.label(spec.label) for spec in shown},
        cursor=_cursor(further) if further else None,
        full=further is None or len(found) == limit,
        preparing=_preparing(session, type, slots),
    )


def count_cards(
    office: Parts, session: Session, actor: Actor, type_code: str, manner: Manner, filter: CardFilter | None = None
) -> Count:
    """How many cards such a list has: up to a thousand, and of large sets among the newest twenty thousand."""
    type = office.shelf.card_type(session, type_code)
    around = around_card(office, session, type.solution, manner)
    asked = _asked(type, filter or CardFilter(), around, actor, settled_slots(office, session, type))
    driver = _driver(office, session, asked, COUNTED)
    more: ColumnElement[bool] = literal(False)
    if driver is not None:
        fitting = _begun_with(session, driver, asked)
    else:
        newest = select(_I.card_id).where(asked.whole).order_by(_I.card_id.desc())
        oldest = newest.offset(SLICE * SLICES).limit(1).scalar_subquery()
        fitting = (
            select().select_from(CardIndex).where(asked.whole, _I.card_id > func.coalesce(oldest, 0), *asked.aside)
        )
        more = oldest.is_not(None)
    counted = select(func.count()).select_from(fitting.add_columns(_I.card_id).limit(COUNTED + 1).subquery())
    cards, unseen = session.execute(select(counted.scalar_subquery(), more)).one()
    return Count(min(cards, COUNTED), cards > COUNTED or bool(unseen))


def _asked(type: CardTypeFile, wanted: CardFilter, around: Around, actor: Actor, slots: Mapping[str, Slot]) -> _Asked:
    seen = seen_in_every_card(type, actor)
    key, descending = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    nothing: ColumnElement[bool] | None = None
    if key in OWN_SORTS:
        sort: ColumnElement[Any] = OWN_SORTS[key]
        nothing = None if key == "id" else sort.is_(None)
    else:
        spec = type.by_key.get(key)
        if spec is None or not spec.sort or key not in seen or key not in slots:
            raise Invalid("list-refused", {key: ("field-not-indexed", {})})
        sort = _I[slots[key].key]
        nothing = sort == ""
    made = conditions(type, wanted, around, slots, seen)
    return _Asked(type, made, actor, sees_all_of(type, actor), sort, nothing, descending, key == "id")


# Which way to go


def _driver(office: Parts, session: Session, asked: _Asked, limit: int) -> Condition | Select[int] | None:
    """
    The smallest set, a condition's cards or those open to the actor, when beginning with it is cheaper than the walk: it is
    small, or so few cards fit that the walk would be long.
    """
    rows = select(literal(1)).select_from(CardIndex).where(asked.whole)
    drivers: dict[Hashable, Condition | Select[int]] = {one.known_as: one for one in asked.conditions if one.counted}
    sets = {one.known_as: (rows.where(one.by_index), MANY) for one in asked.conditions if one.counted}
    if not asked.sees_all:
        key = (asked.actor.principals, asked.actor.party_card_id)
        drivers[key] = opened = opened_cards(asked.actor, asked.type.code)
        sets[key] = (opened, MANY)
    if not drivers:
        return None
    sizes = office.set_sizes.sizes(session, office.clock.now(), asked.type.code, sets | {None: (rows, ALL)})
    whole = max(1, sizes.pop(None))
    smallest = min(sizes, key=lambda key: sizes[key])
    walk = limit / max(prod(min(1.0, size / whole) for size in sizes.values()), 1 / whole)
    return drivers[smallest] if sizes[smallest] <= max(FEW, walk / 2) else None


def _begun_with(session: Session, driver: Condition | Select[int], asked: _Asked) -> Select[Any]:
    """The cards of a small set that fit; it has no columns yet."""
    if isinstance(driver, Condition):
        index = driver.by_index
        others = [] if asked.sees_all else [visible_rows(asked.actor)]
        others += [one.aside for one in asked.conditions if one is not driver]
        return select().select_from(CardIndex).where(asked.whole, index, *others)
    conditions = [one.aside for one in asked.conditions]
    return select().select_from(CardIndex).where(_among(session, driver), *conditions)


def _among(session: Session, ids: Select[int]) -> ColumnElement[bool]:
    """One of a few cards, found by their key: PostgreSQL would rather read the whole table beside them."""
    if session.get_bind().dialect.name == "postgresql":
        return _I.card_id == any_(func.array(ids.scalar_subquery()))
    return _I.card_id.in_(ids)


def _found(
    office: Parts, session: Session, asked: _Asked, place: _Place, limit: int
) -> tuple[list[Row[Any]], _Place | None]:
    """The rows of a page, and where the next one begins."""
    driver = _driver(office, session, asked, limit)
    if driver is None:
        return _walked(session, asked, place, limit)
    asked = asked.sorted_aside()
    chosen = _begun_with(session, driver, asked)
    if place.id is not None and asked.nothing is not None:
        chosen = chosen.where(asked.nothing if place.valueless else or_(asked.nothing, _later(asked, place)))
    if place.id is not None and (asked.nothing is None or place.valueless):
        chosen = chosen.where(_later(asked, place))
    order = [] if asked.nothing is None else [asked.nothing]
    rows = _read(session, chosen, asked, [*order, *_order(asked)], limit + 1)
    return list(rows[:limit]), _after(rows[limit - 1]) if len(rows) > limit else None


# The walk


def _walked(session: Session, asked: _Asked, place: _Place, limit: int) -> tuple[list[Row[Any]], _Place | None]:
    """The sort's index in slices; after its end the cards that have no value to sort by."""
    found: list[Row[Any]] = []
    for _ in range(SLICES):
        rows, end = _slice(session, asked, place, limit + 1 - len(found))
        found += rows
        if len(found) > limit:
            return found[:limit], _after(found[limit - 1])
        if end is None and (place.valueless or asked.nothing is None):
            return found, None
        place = end or _Place(valueless=True)
    return found, place


def _slice(session: Session, asked: _Asked, place: _Place, wanted: int) -> tuple[list[Row[Any]], _Place | None]:
    """What fits in the next slice, and where the slice ends (None: the walk is over)."""
    walk = [asked.whole, _later(asked, place)] if place.id is not None else [asked.whole]
    if asked.nothing is not None:
        walk.append(asked.nothing if place.valueless else asked.sort.is_not(None))  # the latter opens partial indexes
    # one bound at each end: SQLite would take «has a value» for the bound and read on
    valued = [_valued(asked)] if asked.nothing is not None and not place.valueless else []
    bounded = bool(valued) and place.id is not None and not asked.descending
    order, end, bounds = _order(asked, place.valueless), None, [] if bounded else valued
    if asked.conditions or not asked.sees_all:
        edge = select(asked.sort.label("value"), _I.card_id).where(*walk, *bounds).order_by(*order)
        last = session.execute(edge.offset(SLICE - 1).limit(1)).one_or_none()
        if last is not None:
            end = _Place(last.value, last.card_id, place.valueless)
            bounds = [*([] if asked.descending else bounds), _later(asked, end, until=True)]
    chosen = select().select_from(CardIndex).where(*walk, *bounds, *asked.aside)
    return list(_read(session, chosen, asked, order, wanted)), end


def _valued(asked: _Asked) -> ColumnElement[bool]:
    own = any(asked.sort is one for one in OWN_SORTS.values())
    return asked.sort.is_not(None) if own else asked.sort > ""


def _order(asked: _Asked, valueless: bool = False) -> list[ColumnElement[Any]]:
    keys = [asked.sort] if asked.by_id else [_I.card_id] if valueless else [asked.sort, _I.card_id]
    return [key.desc() if asked.descending else key.asc() for key in keys]


def _later(asked: _Asked, place: _Place, *, until: bool = False) -> ColumnElement[bool]:
    """After *place* in the order; *until*: before it or there."""
    if place.valueless or asked.by_id:
        key, at = asked.sort if asked.by_id else _I.card_id, place.id
    else:
        key, at = tuple_(asked.sort, _I.card_id), tuple_(literal(place.value), literal(place.id))  # type: ignore[assignment]
    if until:
        return key >= at if asked.descending else key <= at
    return key < at if asked.descending else key > at


def _read(session: Session, chosen: Select[Any], asked: _Asked, order: list[ColumnElement[Any]], limit: int) -> Any:
    """The first of the chosen in this order, with what a list shows of them: only these cards are read."""
    nothing = literal(False) if asked.nothing is None else asked.nothing
    first = chosen.add_columns(_I.card_id, asked.sort.label("value"), nothing.label("valueless"))
    found = first.order_by(*order).limit(limit).subquery("found")
    shown = (
        Card.id,
        Card.ref,
        Card.number,
        Card.title,
        Card.state,
        Card.due_at,
        Card.created_at,
        Card.data,
        Card.type_version,
        Card.registered_at,
    )
    joined = select(*shown, found.c.value, found.c.valueless).join(found, found.c.card_id == Card.id)
    keys = [found.c.value, found.c.card_id]
    ordered = joined.order_by(found.c.valueless, *(key.desc() if asked.descending else key.asc() for key in keys))
    return session.execute(ordered).all()


def _after(row: Row[Any]) -> _Place:
    return _Place(None if row.valueless else row.value, row.id, bool(row.valueless))


def _cursor(place: _Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([place.value, place.id, place.valueless]).encode()).decode()


def _place(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    try:
        value, id, valueless = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return _Place(value, None if id is None else int(id), bool(valueless))
    except (ValueError, TypeError):
        raise Invalid("list-refused", {"cursor": ("cursor-bad", {})}) from None


# What is shown


def _columns(type: CardTypeFile, actor: Actor, wanted: Iterable[str] | None) -> list[FieldSpec]:
    seen = seen_in_every_card(type, actor)
    keys = [spec.key for spec in type.fields if spec.index] if wanted is None else list(wanted)
    specs = [type.by_key[key] for key in keys if key in type.by_key and key in seen]
    return [spec for spec in specs if not spec.personal]


def _rows(
    type: CardTypeFile,
    rows: Iterable[Row[Any]],
    shown: list[FieldSpec],
    around: Around,
    data_of: Callable[[Row[Any]], Mapping[str, Any]],
) -> tuple[CardRow, ...]:
    listed = [(row, data_of(row)) for row in rows]
    around.references.foresee_all(shown, [data for _, data in listed])  # type: ignore[attr-defined]
    states = {row.state: state_view(type, row.state, around) for row, _ in listed}
    columns = [(spec.key, _Shown(spec, around)) for spec in shown]
    return tuple(
        CardRow(
            ref=row.ref,
            number=row.number,
            title=row.title,
            state=states[row.state],
            due_at=row.due_at,
            created_at=row.created_at,
            registered_at=row.registered_at,
            cells={key: column.of(data.get(key)) for key, column in columns},
        )
        for row, data in listed
    )


class _Shown(dict[str, str]):
    """The values of a column as shown: each text is put into words once a page."""

    def __init__(self, spec: FieldSpec, around: Around) -> None:
        super().__init__()
        self._spec, self._around, self._show = spec, around, TYPES[spec.type].show

    def of(self, value: Any) -> str:
        return self[value] if isinstance(value, str) else self._show(value, self._spec, self._around)

    def __missing__(self, value: str) -> str:
        shown = self[value] = self._show(value, self._spec, self._around)
        return shown


def _preparing(session: Session, type: CardTypeFile, slots: Mapping[str, Slot]) -> Preparing | None:
    flagged = {spec.key for spec in type.fields if spec.index}
    if all(key in slots and slots[key].ready for key in flagged):
        return None
    row = session.get(CardRefresh, type.code)
    return Preparing(row.done, row.total) if row else Preparing(0, 0)
