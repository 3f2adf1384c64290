"""Everything cards refer to, in one statement whatever kinds there are among it: a row is its kind and a JSON array."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import JSON, Integer, Select, Text, bindparam, cast, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.store.rows import ask
from engine.store.types import Words, among
from services.accounts.models import Account, Membership, Principal
from services.directories.models import DirectoryItem
from services.files.models import Attachment
from services.organisation.models import Unit
from services.parties.models import Party
from services.privacy.models import PersonalValue

ITEM = "item:"


@dataclass(frozen=True)
class Person:
    """An employee with the groups of its memberships."""

    id: int
    login: str
    name: str
    post: str
    active: bool
    groups: frozenset[str]


@dataclass(frozen=True)
class Place:
    """A unit of the organisation."""

    id: int
    code: str
    names: Mapping[str, str]
    kind: str
    closed_on: date | None


@dataclass(frozen=True)
class Item:
    """A directory item; `above` it those that lead to it, from the top."""

    directory: str
    code: str
    names: Mapping[str, str]
    leaf: bool
    custodian: str | None
    data: Mapping[str, str]
    valid_from: date | None
    valid_to: date | None
    above: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Sender:
    """A party as its row has it: personal values are references. `own_id`: of the one asked for, should it be merged."""

    id: int
    ref: str
    kind: str
    name: Any
    phone: Any
    mail: Any
    address: Any
    surname: Any
    given_name: Any
    father_name: Any
    short_name: str | None
    form: str
    locale: str | None
    merged_into_id: int | None
    own_id: int = 0


_SENDER = [Party.__table__.c[one.name] for one in fields(Sender) if one.name != "own_id"]
_PERSONAL = slice(3, 10)


@dataclass(frozen=True)
class File:
    """An attachment of the card."""

    ref: str
    name: str
    file_class: str


@dataclass
class Known:
    """What was looked up: by kind (person, unit, party, file, `item:<directory>`) and text; personal values by id."""

    named: dict[tuple[str, str], Person | Place | Item | Sender | File | None] = field(default_factory=dict)
    personal: dict[int, Any] = field(default_factory=dict)


def look_up(
    session: Session, wanted: Mapping[str, set[str]], personal: Iterable[int], known: Known, card_id: int | None
) -> None:
    """Look *wanted* up (texts by kind) and the *personal* values; what is not there is known as None afterwards."""
    kinds = {kind for kind, texts in wanted.items() if texts}
    directories = sorted(kind for kind in kinds if kind.startswith(ITEM))
    ids = sorted(personal)
    if not kinds and not ids:
        return
    row: dict[str, Any] = {kind: sorted(wanted[kind]) for kind in kinds if not kind.startswith(ITEM)}
    if "file" in kinds:
        row["card_id"] = card_id
    if ids:
        row["personal"] = ids
    for at, kind in enumerate(directories):
        row |= {f"directory{at}": kind.removeprefix(ITEM), f"codes{at}": sorted(wanted[kind])}
    shape = frozenset(kind for kind in row if kind in _PARTS)
    asked = _question(session.get_bind().dialect.name, shape, len(directories))
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for kind, values in ask(session, asked, row):
        found[kind].append(json.loads(values))
    known.personal |= dict.fromkeys(ids) | {id: _plain(value) for id, value in found["personal"]}
    known.named |= {(kind, text): None for kind in kinds for text in wanted[kind]}
    for id, login, name, post, active, groups in found["person"]:
        among_whom = _plain(groups) if isinstance(groups, str) else groups  # SQLite puts JSON into JSON as what it is
        known.named["person", login] = Person(id, login, name, post, bool(active), frozenset(among_whom or ()))
    for id, code, names, kind, closed_on in found["unit"]:
        known.named["unit", code] = Place(id, code, _plain(names), kind, _day(closed_on))
    for ref, name, file_class in found["file"]:
        known.named["file", ref] = File(ref, name, file_class)
    _know_items(found["item"], wanted, known)
    _know_parties(found["party"], wanted.get("party", set()), known)


def _know_items(rows: Iterable[list[Any]], wanted: Mapping[str, set[str]], known: Known) -> None:
    above: dict[int, int | None] = {}
    items: dict[int, Item] = {}
    for id, parent_id, directory, code, names, leaf, custodian, data, valid_from, valid_to in rows:
        above[id] = parent_id
        items[id] = Item(
            directory,
            code,
            _plain(names) or {},
            bool(leaf),
            custodian,
            _plain(data) or {},
            _day(valid_from),
            _day(valid_to),
        )
    for id, item in items.items():
        if item.code not in wanted.get(ITEM + item.directory, ()):
            continue
        way, at = [], above[id]
        while at is not None:
            way.append(items[at])
            at = above[at]
        known.named[ITEM + item.directory, item.code] = replace(item, above=tuple(reversed(way)))


def _know_parties(rows: Iterable[list[Any]], refs: set[str], known: Known) -> None:
    """A party that was found to be another one is known as that one."""
    for row in rows:
        row[_PERSONAL] = map(_plain, row[_PERSONAL])
    read = {one.id: one for one in (Sender(*row) for row in rows)}
    for one in read.values():
        if one.ref in refs:
            known.named["party", one.ref] = replace(read.get(one.merged_into_id or one.id, one), own_id=one.id)


def _plain(value: Any) -> Any:
    return None if value is None else json.loads(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value[:10])


# The statement


def _row(dialect: str, kind: str, *values: Any) -> Select[str, str]:
    array = func.json_array if dialect == "sqlite" else func.json_build_array
    return select(literal_column(f"'{kind}'", Text), cast(array(*values), Text))


def _people(dialect: str) -> list[Select[str, str]]:
    every = func.json_group_array if dialect == "sqlite" else func.json_agg
    groups = select(cast(every(Principal.code), Text)).join_from(
        Membership, Principal, Principal.id == Membership.principal_id
    )
    mine = groups.where(Membership.account_id == Account.id).correlate(Account).scalar_subquery()
    asked = _row(dialect, "person", Account.id, Account.login, Account.name, Account.post, Account.active, mine)
    return [asked.where(among(Account.login, "person", Words))]


def _units(dialect: str) -> list[Select[str, str]]:
    asked = _row(dialect, "unit", Unit.id, Unit.code, Unit.names, Unit.kind, cast(Unit.closed_on, Text))
    return [asked.where(among(Unit.code, "unit", Words))]


def _files(dialect: str) -> list[Select[str, str]]:
    asked = _row(dialect, "file", Attachment.ref, Attachment.name, Attachment.file_class)
    here = Attachment.card_id == bindparam("card_id", type_=Integer)
    return [asked.where(among(Attachment.ref, "file", Words), Attachment.deleted_at.is_(None), here)]


def _personal(dialect: str) -> list[Select[str, str]]:
    asked = _row(dialect, "personal", PersonalValue.id, PersonalValue.value)
    return [asked.where(among(PersonalValue.id, "personal"))]


def _parties(dialect: str) -> list[Select[str, str]]:
    """The parties, those they were merged into, and the personal values of both."""
    other = aliased(Party)
    merged = select(*_SENDER).join(other, other.merged_into_id == Party.id)
    asked = select(*_SENDER).where(among(Party.ref, "party", Words))
    them = union_all(asked, merged.where(among(other.ref, "party", Words))).cte("them")
    personal = union_all(
        *(select(_personal_id(dialect, column).label("id")) for column in list(them.c)[_PERSONAL])
    ).subquery()
    values = _row(dialect, "personal", PersonalValue.id, PersonalValue.value)
    return [_row(dialect, "party", *them.c), values.join(personal, personal.c.id == PersonalValue.id)]


def _personal_id(dialect: str, column: Any) -> Any:
    """The id in `{"$personal": id}`; nothing for a plain value."""
    if dialect == "sqlite":
        return cast(func.json_extract(column, literal_column("'$.\"$personal\"'")), Integer)
    return cast(cast(column, JSON).op("->>")(literal_column("'$personal'")), Integer)


def _items(dialect: str, directories: int) -> Select[str, str]:
    """The items of so many directories and everything above them."""
    columns = (
        DirectoryItem.id,
        DirectoryItem.parent_id,
        DirectoryItem.directory,
        DirectoryItem.code,
        DirectoryItem.names,
        DirectoryItem.leaf,
        DirectoryItem.custodian,
        DirectoryItem.data,
        DirectoryItem.valid_from,
        DirectoryItem.valid_to,
    )
    sought = (
        (DirectoryItem.directory == bindparam(f"directory{at}", type_=Text))
        & among(DirectoryItem.code, f"codes{at}", Words)
        for at in range(directories)
    )
    found = select(*columns).where(or_(*sought)).cte("items", recursive=True)
    found = found.union(select(*columns).join(found, DirectoryItem.id == found.c.parent_id))
    values = [cast(column, Text) if column.key in ("valid_from", "valid_to") else column for column in found.c]
    return _row(dialect, "item", *values)


_PARTS = {"person": _people, "unit": _units, "file": _files, "personal": _personal, "party": _parties}


@cache
def _question(dialect: str, shape: frozenset[str], directories: int) -> Any:
    parts = [part for kind in sorted(shape) for part in _PARTS[kind](dialect)]
    parts += [_items(dialect, directories)] if directories else []
    return union_all(*parts) if len(parts) > 1 else parts[0]
