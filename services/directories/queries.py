"""Directory items: one by code, a level of the tree, a search while typing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.text import normalise
from services.directories.models import DirectoryItem
from services.directories.rules import Item, write_directory
from services.organisation.units import name_in


@dataclass(frozen=True)
class ItemView:
    """An item with the names above it, from the top."""

    code: str
    name: str
    path: tuple[str, ...]
    leaf: bool
    level: int
    open: bool
    custodian: str | None
    data: Mapping[str, str]


def items(session: Session, directory: str, codes: Iterable[str], locale: str, today: date) -> dict[str, ItemView]:
    """Items by code with their paths, in two statements."""
    wanted = list(codes)
    if not wanted:
        return {}
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory, DirectoryItem.code.in_(wanted))
    return {view.code: view for view in _views(session, session.scalars(asked).all(), locale, today)}


def children(session: Session, directory: str, parent: str | None, locale: str, today: date) -> list[ItemView]:
    """The level under *parent* (the top level for None), in order; items not valid today are left out."""
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory)
    if parent is None:
        asked = asked.where(DirectoryItem.parent_id.is_(None))
    else:
        above = select(DirectoryItem.id).where(DirectoryItem.directory == directory, DirectoryItem.code == parent)
        asked = asked.where(DirectoryItem.parent_id == above.scalar_subquery())
    found = session.scalars(asked.order_by(DirectoryItem.sort, DirectoryItem.id)).all()
    return [view for view in _views(session, found, locale, today) if view.open]


def search_items(
    session: Session, directory: str, words: str, locale: str, today: date, *, leaf: bool = False, limit: int = 20
) -> list[ItemView]:
    """Items whose code or names in any language (or those above them) hold every word typed."""
    asked = select(DirectoryItem).where(DirectoryItem.directory == directory)
    for word in normalise(words).split():
        asked = asked.where(DirectoryItem.search_norm.contains(word, autoescape=True))
    if leaf:
        asked = asked.where(DirectoryItem.leaf)
    found = session.scalars(asked.order_by(DirectoryItem.sort, DirectoryItem.id).limit(limit * 2)).all()
    return [view for view in _views(session, found, locale, today) if view.open][:limit]


def directories(session: Session) -> list[str]:
    """The names of all directories."""
    return list(session.scalars(select(DirectoryItem.directory).distinct().order_by(DirectoryItem.directory)))


def export_directory(session: Session, directory: str) -> bytes:
    """The whole directory as CSV."""
    rows = session.scalars(
        select(DirectoryItem).where(DirectoryItem.directory == directory).order_by(DirectoryItem.sort, DirectoryItem.id)
    ).all()
    codes = {row.id: row.code for row in rows}
    return write_directory(
        Item(
            code=row.code,
            parent=codes.get(row.parent_id) if row.parent_id else None,
            names=row.names,
            custodian=row.custodian,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            data=row.data,
        )
        for row in rows
    )


def _views(session: Session, rows: Iterable[DirectoryItem], locale: str, today: date) -> list[ItemView]:
    found = list(rows)
    above = {int(part) for row in found for part in row.path.split("/") if part}
    names: dict[int, str] = {}
    if above:
        asked = select(DirectoryItem.id, DirectoryItem.names, DirectoryItem.code).where(DirectoryItem.id.in_(above))
        names = {id: name_in(own, locale, code) for id, own, code in session.execute(asked)}
    return [
        ItemView(
            code=row.code,
            name=name_in(row.names, locale, row.code),
            path=tuple(names[int(part)] for part in row.path.split("/") if part and int(part) != row.id),
            leaf=row.leaf,
            level=row.level,
            open=(row.valid_from is None or row.valid_from <= today)
            and (row.valid_to is None or today <= row.valid_to),
            custodian=row.custodian,
            data=row.data or {},
        )
        for row in found
    ]
