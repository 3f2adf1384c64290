"""Directories and their items: one by code, a level of the tree, a search while typing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotAllowed, NotFound
from engine.store.text import normalise
from services.accounts.models import Account, Principal
from services.directories.models import Directory, DirectoryItem
from services.directories.rules import Item, Keeping, is_open, keeps_all, write_directory
from services.organisation.models import Unit
from services.organisation.units import name_in

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class ItemView:
    """An item with the names above it, from the top. `open`: it and everything above it may be chosen today."""

    code: str
    name: str
    path: tuple[str, ...]
    leaf: bool
    level: int
    open: bool
    custodian: str | None
    data: Mapping[str, str]
    owner: str = ""  # person or unit whose own it is


def items(session: Session, directory: str, codes: Iterable[str], locale: str, today: date) -> dict[str, ItemView]:
    """Items by code with their paths, in two statements."""
    wanted = list(codes)
    if not wanted:
        return {}
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory, DirectoryItem.code.in_(wanted))
    return {view.code: view for view in _views(session, session.scalars(asked).all(), locale, today)}


def children(
    session: Session,
    directory: str,
    parent: str | None,
    locale: str,
    today: date,
    *,
    viewer: Actor | None = None,
    closed: bool = False,
    limit: int = 200,
    after: str | None = None,
) -> list[ItemView]:
    """
    The level under *parent* (the top level for None) in order, at most *limit* from behind the item *after*; items that
    may not be chosen today only with *closed*. The organisation's items and the *viewer*'s own.
    """
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory, _seen_by(viewer))
    if parent is None:
        asked = asked.where(DirectoryItem.parent_id.is_(None))
    else:
        above = select(DirectoryItem.id).where(DirectoryItem.directory == directory, DirectoryItem.code == parent)
        asked = asked.where(DirectoryItem.parent_id == above.scalar_subquery())
    if after is not None:
        last = session.execute(
            select(DirectoryItem.sort, DirectoryItem.id).where(
                DirectoryItem.directory == directory, DirectoryItem.code == after
            )
        ).one_or_none()
        if last is not None:
            same = and_(DirectoryItem.sort == last.sort, DirectoryItem.id > last.id)
            asked = asked.where(or_(DirectoryItem.sort > last.sort, same))
    if not closed:
        asked = asked.where(_open_on(today))
    found = session.scalars(asked.order_by(DirectoryItem.sort, DirectoryItem.id).limit(limit)).all()
    return [view for view in _views(session, found, locale, today) if closed or view.open]


def search_items(
    session: Session,
    directory: str,
    words: str,
    locale: str,
    today: date,
    *,
    leaf: bool = False,
    limit: int = 20,
    viewer: Actor | None = None,
    closed: bool = False,
) -> list[ItemView]:
    """Items whose code or names in any language (or those above them) hold every word typed."""
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory, _seen_by(viewer))
    for word in normalise(words).split():
        asked = asked.where(DirectoryItem.search_norm.contains(word, autoescape=True))
    if leaf:
        asked = asked.where(DirectoryItem.leaf)
    if not closed:
        asked = asked.where(_open_on(today))
    found = session.scalars(asked.order_by(DirectoryItem.sort, DirectoryItem.id).limit(limit * 2)).all()
    return [view for view in _views(session, found, locale, today) if closed or view.open][:limit]


def _seen_by(viewer: Actor | None) -> ColumnElement[bool]:
    """The organisation's items, one's own, and those of the units one belongs to."""
    common = and_(DirectoryItem.account_id.is_(None), DirectoryItem.unit_id.is_(None))
    if viewer is None or viewer.account_id is None:
        return common
    units = (
        select(Unit.id)
        .join(Principal, (Principal.kind == "unit") & (Principal.code == Unit.code))
        .where(Principal.id.in_(viewer.principals))
    )
    return or_(common, DirectoryItem.account_id == viewer.account_id, DirectoryItem.unit_id.in_(units))


def _open_on(today: date) -> ColumnElement[bool]:
    return and_(
        or_(DirectoryItem.valid_from.is_(None), DirectoryItem.valid_from <= today),
        or_(DirectoryItem.valid_to.is_(None), DirectoryItem.valid_to >= today),
    )


@dataclass(frozen=True)
class DirectoryRow:
    """A directory in the list."""

    code: str
    name: str
    scope: str
    items: int
    stewards: tuple[str, ...]
    may_keep: bool


def directories(session: Session) -> list[str]:
    """The codes of all directories."""
    return list(session.scalars(select(Directory.code).order_by(Directory.code)))


def directory_list(office: Parts, session: Session, actor: Actor, locale: str) -> list[DirectoryRow]:
    """Every directory with how many of the organisation's items it has."""
    counted = (
        select(DirectoryItem.directory, func.count().label("size"))
        .where(DirectoryItem.account_id.is_(None), DirectoryItem.unit_id.is_(None))
        .group_by(DirectoryItem.directory)
        .subquery()
    )
    asked = select(Directory, func.coalesce(counted.c.size, 0)).outerjoin(
        counted, counted.c.directory == Directory.code
    )
    rights = office.shelf.rights(session, actor.roles)
    rows = [
        DirectoryRow(
            code=row.code,
            name=name_in(row.names or {}, locale, row.code),
            scope=row.scope,
            items=count,
            stewards=tuple(row.stewards or ()),
            may_keep=keeps_all(row.code, row.stewards or (), actor.roles, rights),
        )
        for row, count in session.execute(asked)
    ]
    return sorted(rows, key=lambda row: normalise(row.name))


@dataclass(frozen=True)
class DirectoryPage:
    """One directory and what this actor may do with it."""

    code: str
    name: str
    names: Mapping[str, str]
    scope: str
    stewards: tuple[str, ...]
    columns: tuple[str, ...]
    revision: int
    keeping: Keeping


def directory_page(office: Parts, session: Session, actor: Actor, code: str, locale: str) -> DirectoryPage:
    """Raises NotFound("directory-not-found")."""
    row = session.get(Directory, code)
    if row is None:
        raise NotFound("directory-not-found")
    return DirectoryPage(
        code=row.code,
        name=name_in(row.names or {}, locale, row.code),
        names=row.names or {},
        scope=row.scope,
        stewards=tuple(row.stewards or ()),
        columns=tuple(row.columns or ()),
        revision=row.revision,
        keeping=keeping(office, session, actor, row),
    )


def keeping(office: Parts, session: Session, actor: Actor, row: Directory) -> Keeping:
    """What *actor* may change in this directory: the rule that draws the buttons and guards the acts."""
    rights = office.shelf.rights(session, actor.roles)
    headed: frozenset[int] = frozenset()
    if row.scope == "unit" and actor.account_id is not None:
        headed = frozenset(session.scalars(select(Unit.id).where(Unit.head_id == actor.account_id)))
    return Keeping(
        everything=keeps_all(row.code, row.stewards or (), actor.roles, rights),
        own=row.scope == "personal" and actor.account_id is not None,
        units=headed,
    )


def must_keep(office: Parts, session: Session, actor: Actor, row: Directory) -> None:
    """Raises NotAllowed("directory-keep") for whoever does not keep the whole directory."""
    if not keeping(office, session, actor, row).everything:
        raise NotAllowed("directory-keep")


@dataclass(frozen=True)
class ItemPage:
    """One item with everything its form shows; `place` counts from 1 among its siblings."""

    view: ItemView
    names: Mapping[str, str]
    parent: str | None
    trail: tuple[tuple[str, str], ...]  # code and name above, from the top
    valid_from: date | None
    valid_to: date | None
    place: int
    revision: int
    may_change: bool
    owner_account: int | None
    owner_unit: str | None
    children: tuple[ItemView, ...]


def item_page(
    office: Parts, session: Session, actor: Actor, directory: str, code: str, locale: str, today: date
) -> ItemPage:
    """Raises NotFound for a missing item or one that is somebody else's own."""
    book = session.get(Directory, directory)
    row = session.scalar(
        select(DirectoryItem).where(DirectoryItem.directory == directory, DirectoryItem.code == code, _seen_by(actor))
    )
    if book is None or row is None:
        raise NotFound("item-not-found")
    above = [int(part) for part in row.path.split("/") if part and int(part) != row.id]
    asked = select(DirectoryItem.id, DirectoryItem.code, DirectoryItem.names).where(DirectoryItem.id.in_(above))
    found = {id: (own, name_in(names, locale, own)) for id, own, names in session.execute(asked)}
    before = select(func.count()).where(
        DirectoryItem.directory == directory,
        DirectoryItem.parent_id.is_(None) if row.parent_id is None else DirectoryItem.parent_id == row.parent_id,
        or_(DirectoryItem.sort < row.sort, and_(DirectoryItem.sort == row.sort, DirectoryItem.id < row.id)),
    )
    unit = session.scalar(select(Unit.code).where(Unit.id == row.unit_id)) if row.unit_id else None
    trail = tuple(found[id] for id in above if id in found)
    return ItemPage(
        view=_views(session, [row], locale, today)[0],
        names=row.names,
        parent=trail[-1][0] if trail else None,
        trail=trail,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        place=(session.scalar(before) or 0) + 1,
        revision=row.revision,
        may_change=keeping(office, session, actor, book).may_change(row.account_id, row.unit_id, actor.account_id),
        owner_account=row.account_id,
        owner_unit=unit,
        children=tuple(
            children(session, directory, code, locale, today, viewer=actor, closed=True) if not row.leaf else ()
        ),
    )


def organisation_items(session: Session, directory: str) -> dict[str, Item]:
    """The organisation's items by code, as a file has them, in the order of the tree."""
    rows = session.execute(
        select(
            DirectoryItem.id,
            DirectoryItem.parent_id,
            DirectoryItem.code,
            DirectoryItem.names,
            DirectoryItem.custodian,
            DirectoryItem.valid_from,
            DirectoryItem.valid_to,
            DirectoryItem.data,
        )
        .where(
            DirectoryItem.directory == directory,
            DirectoryItem.account_id.is_(None),
            DirectoryItem.unit_id.is_(None),
        )
        .order_by(DirectoryItem.sort, DirectoryItem.id)
    ).all()
    codes = {row.id: row.code for row in rows}
    below: dict[int | None, list[int]] = {}
    by_id = {row.id: row for row in rows}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row.id)
    found: dict[str, Item] = {}
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        row = by_id[waiting.pop()]
        found[row.code] = Item(
            code=row.code,
            parent=codes.get(row.parent_id) if row.parent_id else None,
            names=row.names,
            custodian=row.custodian,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            data=row.data or {},
        )
        waiting += reversed(below.get(row.id, []))
    return found


def export_directory(session: Session, directory: str) -> bytes:
    """The organisation's items of a directory as CSV; importing it changes nothing."""
    return write_directory(organisation_items(session, directory).values())


def _views(session: Session, rows: Iterable[DirectoryItem], locale: str, today: date) -> list[ItemView]:
    found = list(rows)
    above = {int(part) for row in found for part in row.path.split("/") if part}
    names: dict[int, str] = {}
    shut: set[int] = set()
    if above:
        asked = select(
            DirectoryItem.id, DirectoryItem.names, DirectoryItem.code, DirectoryItem.valid_from, DirectoryItem.valid_to
        ).where(DirectoryItem.id.in_(above))
        for id, own, code, valid_from, valid_to in session.execute(asked):
            names[id] = name_in(own, locale, code)
            if not is_open(valid_from, valid_to, today):
                shut.add(id)
    owners = _owners(session, found, locale)
    return [
        ItemView(
            code=row.code,
            name=name_in(row.names, locale, row.code),
            path=tuple(names[int(part)] for part in row.path.split("/") if part and int(part) != row.id),
            leaf=row.leaf,
            level=row.level,
            open=not shut & {int(part) for part in row.path.split("/") if part},
            custodian=row.custodian,
            data=row.data or {},
            owner=owners.get(("account", row.account_id)) or owners.get(("unit", row.unit_id)) or "",
        )
        for row in found
    ]


def _owners(session: Session, rows: list[DirectoryItem], locale: str) -> dict[tuple[str, int | None], str]:
    """Names of the people and units whose own items are among *rows*; no statement when there are none."""
    people = {row.account_id for row in rows if row.account_id}
    units = {row.unit_id for row in rows if row.unit_id}
    found: dict[tuple[str, int | None], str] = {}
    if people:
        asked = select(Account.id, Account.name).where(Account.id.in_(people))
        found |= {("account", id): name for id, name in session.execute(asked)}
    if units:
        named = select(Unit.id, Unit.names, Unit.code).where(Unit.id.in_(units))
        found |= {("unit", id): name_in(names, locale, code) for id, names, code in session.execute(named)}
    return found
