"""What a list is filtered by, as conditions on the card index: to be found by an index, or only looked at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, Select, and_, literal, or_, select
from sqlalchemy.orm import aliased

from engine.errors import Invalid
from engine.store.text import normalise
from services.accounts.models import Account
from services.cards.index_card import MARK, Slot, among, key_of, moment_key, number_key, number_of
from services.cards.models import CardIndex
from services.directories.models import DirectoryItem
from services.fields import TYPES, Around, FieldError, FieldSpec
from services.organisation.models import Unit
from services.parties.models import Party
from services.solutions.card_type import CardTypeFile

_I = CardIndex.__table__.c
_LAST = "\U0010ffff"
_DAY = 86_399


@dataclass(frozen=True)
class Wanted:
    """
    What a field must be, as its reader types it: one of `values` (a directory item and a unit stand for everything below
    them too), from `least` to `most`, with all the `words` in it (or beginning with them), or without a value.
    """

    values: tuple[str, ...] = ()
    least: str | None = None
    most: str | None = None
    words: str = ""
    starts: bool = False
    empty: bool = False


@dataclass(frozen=True)
class CardFilter:
    """
    What a list shows. `fields` by the keys of flagged fields; `words` by number or title; `unit` (a code: the card's unit
    or one below), `author`, `executor` (logins), `party` (a reference); `late_on`: the term is over at that moment. `sort`
    is `id`, `due`, `number`, `title`, `registered` or a flagged field's key, with `-` from the end; cards without a value
    come last.
    """

    states: tuple[str, ...] = ()
    words: str = ""
    fields: Mapping[str, Wanted | str] = field(default_factory=dict)
    unit: str = ""
    author: str = ""
    executor: str = ""
    party: str = ""
    late_on: datetime | None = None
    sort: str = "-id"


def aside(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, written so that no database takes an index for it."""
    return column + 0 if isinstance(column.type, Integer) else column + ""


@dataclass(frozen=True)
class Condition:
    """A test of one column. `counted`: an index answers it, so it may be what a list begins with."""

    column: Column[Any]
    test: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    value: Hashable
    counted: bool = True

    @property
    def known_as(self) -> Hashable:
        return (self.column.key, self.value)

    @property
    def by_index(self) -> ColumnElement[bool]:
        return self.test(self.column)

    @property
    def aside(self) -> ColumnElement[bool]:
        """The same, where no index is to be looked for."""
        return self.test(aside(self.column))


def conditions(
    type: CardTypeFile, wanted: CardFilter, around: Around, slots: Mapping[str, Slot], seen: frozenset[str]
) -> tuple[Condition, ...]:
    """
    The conditions of a filter. Raises Invalid("list-refused") for a field that is not flagged for it, or not among those
    *seen* by whoever asks.
    """
    made = list(_own(wanted))
    for key, asked in wanted.fields.items():
        spec = type.by_key.get(key)
        if spec is None or not spec.filter or key not in seen or key not in slots:
            raise Invalid("list-refused", {key: ("field-not-indexed", {})})
        made += _of_field(spec, Wanted((asked,)) if isinstance(asked, str) else asked, slots[key], around)
    return tuple(made)


def _own(wanted: CardFilter) -> list[Condition]:
    made: list[Condition] = []
    if wanted.states:
        made.append(Condition(_I.state, lambda column: column.in_(wanted.states), wanted.states))
    if wanted.late_on is not None:
        moment = moment_key(wanted.late_on)
        made.append(Condition(_I.due, lambda column: column < moment, moment))
    if wanted.unit:
        made.append(Condition(_I.unit_id, lambda column: column.in_(units_below(wanted.unit, Unit.id)), wanted.unit))
    if wanted.author:
        made.append(Condition(_I.author_id, lambda column: column == _account(wanted.author), wanted.author))
    if wanted.executor:
        made.append(Condition(_I.executor_id, lambda column: column == _account(wanted.executor), wanted.executor))
    if wanted.party:
        party = select(Party.id).where(Party.ref == wanted.party).scalar_subquery()
        made.append(Condition(_I.party_id, lambda column: column == party, wanted.party))
    words = normalise(wanted.words).split()
    if words:
        made.append(Condition(_I.words, lambda column: _holds(column, words), wanted.words, counted=False))
    return made


def _of_field(spec: FieldSpec, wanted: Wanted, slot: Slot, around: Around) -> list[Condition]:
    made: list[Condition] = []
    key, asks = _I[slot.key], TYPES[spec.type].asks_for(spec)
    if wanted.empty:
        made.append(Condition(key, lambda column: column == "", None))
    if wanted.words and asks == "words" and slot.norm is not None:
        made.append(_words(_I[slot.norm], normalise(wanted.words), wanted.starts))
    if wanted.values:
        several = spec.many and slot.norm is not None
        column = _I[slot.norm] if several and slot.norm else key
        made.append(
            Condition(column, _one_of(spec, wanted.values, around, several), wanted.values, counted=not several)
        )
    if wanted.least:
        least = _key(spec, wanted.least, around)
        made.append(Condition(key, lambda column: column >= least, (least, None)))
    if wanted.most:
        most = _key(spec, wanted.most, around) + (_LAST if asks == "words" else "")
        if asks == "moment" and ":" not in wanted.most:
            most = number_key(number_of(most) + _DAY)
        made.append(Condition(key, lambda column: and_(column > "", column <= most), (None, most)))
    return made


def _words(column: Column[Any], text: str, starts: bool) -> Condition:
    if starts:
        return Condition(column, lambda at: and_(at >= text, at < text + _LAST), text)
    return Condition(column, lambda at: _holds(at, text.split()), text, counted=False)


def _one_of(
    spec: FieldSpec, values: tuple[str, ...], around: Around, several: bool
) -> Callable[[ColumnElement[Any]], ColumnElement[bool]]:
    """One of these values; a directory item and a unit stand for what is below them too."""
    asks = TYPES[spec.type].asks_for(spec)
    if asks in ("item", "unit"):
        below = [
            items_below(spec.directory or "", one) if asks == "item" else units_below(one, Unit.code) for one in values
        ]
        if several:
            return lambda at: or_(*(_holds_one_of(at, one) for one in below))
        return lambda at: or_(*(at.in_(one) for one in below))
    keys = [_key(spec, one, around) for one in values]
    if several:
        return lambda at: or_(*(at.contains(among(key), autoescape=True) for key in keys))
    return lambda at: at == keys[0] if len(keys) == 1 else at.in_(keys)


def _holds_one_of(at: ColumnElement[Any], codes: Select[Any]) -> ColumnElement[bool]:
    code = codes.selected_columns[0]
    return codes.where(at.like(literal(f"%{MARK}").concat(code).concat(f"{MARK}%"))).exists()


def _key(spec: FieldSpec, typed: str, around: Around) -> str:
    """What a typed value is compared with. Raises Invalid for what cannot be a value."""
    try:
        return key_of(spec, TYPES[spec.type].sought(typed, spec, around))
    except FieldError as error:
        raise Invalid("list-refused", error.beside(spec.key)) from None


def _holds(column: ColumnElement[Any], words: list[str]) -> ColumnElement[bool]:
    return and_(*(column.contains(word, autoescape=True) for word in words))


def _account(login: str) -> ColumnElement[int]:
    return select(Account.id).where(Account.login == login.casefold()).scalar_subquery()


def units_below(code: str, column: Any) -> Select[Any]:
    """A column of the unit of this code and of all below it."""
    top = aliased(Unit)
    path = select(top.path).where(top.code == code).scalar_subquery()
    return select(column).where(Unit.path.like(path.concat("%")))


def items_below(directory: str, code: str) -> Select[Any]:
    """The codes of an item and of everything below it."""
    top = aliased(DirectoryItem)
    path = select(top.path).where(top.directory == directory, top.code == code).scalar_subquery()
    return select(DirectoryItem.code).where(
        DirectoryItem.directory == directory, DirectoryItem.path.like(path.concat("%"))
    )
