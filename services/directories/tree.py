"""Where items stand: paths, levels, leaves, search words and order follow the parents, one writer a directory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotFound
from engine.store.text import normalise
from engine.store.unit_of_work import UnitOfWork
from services.directories.models import Directory, DirectoryItem
from services.directories.rules import DEEPEST
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts


def locked_directory(work: UnitOfWork, code: str, *, make: bool = False) -> Directory:
    """The directory's row, locked until the transaction ends: its tree has one writer. Raises NotFound."""
    asked = select(Directory).where(Directory.code == code).with_for_update()
    row = work.session.scalar(asked.execution_options(populate_existing=True))
    if row is None and not make:
        raise NotFound("directory-not-found")
    if row is None:
        row = Directory(code=code, names={}, scope="organisation", stewards=[], columns=[], revision=1)
        work.session.add(row)
        work.session.flush()
    return row


def touch(directory: Directory) -> None:
    """Count a change of the directory or of one of its items."""
    directory.revision += 1


def organisation_day(office: Parts, session: Session) -> date:
    """Today where the organisation is."""
    return office.clock.now().astimezone(policies(session).zone).date()


def follow_tree(rows: Iterable[DirectoryItem]) -> None:
    """Bring path, level, leaf and words of a whole directory in line with the parents; what does not differ stays clean."""
    by_id = {row.id: row for row in rows}
    below: dict[int | None, list[DirectoryItem]] = {}
    for row in by_id.values():
        below.setdefault(row.parent_id, []).append(row)
    waiting: list[tuple[DirectoryItem, DirectoryItem | None]] = [(row, None) for row in below.get(None, [])]
    while waiting:
        row, above = waiting.pop()
        _place(row, above, leaf=row.id not in below)
        waiting += [(child, row) for child in below.get(row.id, [])]


def follow_below(session: Session, row: DirectoryItem) -> None:
    """The same for an item that was renamed or moved and for everything below it."""
    old = row.path
    above = session.get(DirectoryItem, row.parent_id) if row.parent_id else None
    _place(row, above, leaf=row.leaf)
    asked = select(DirectoryItem).where(
        DirectoryItem.directory == row.directory,
        DirectoryItem.path.startswith(old, autoescape=True),
        DirectoryItem.id != row.id,
    )
    by_id = {row.id: row}
    for one in (
        session.scalars(asked.order_by(DirectoryItem.level)) if old != "/" else ()
    ):  # a new one has nothing below
        by_id[one.id] = one
        _place(one, by_id[one.parent_id or 0], leaf=one.leaf)
    if max(one.level for one in by_id.values()) > DEEPEST:
        raise Invalid("directory-refused", {"parent": ("item-too-deep", {"most": DEEPEST})})


def note_leaf(session: Session, item_id: int | None) -> None:
    """An item whose children came or went: whether it is the last level."""
    if item_id is None:
        return
    session.flush()
    below = session.scalar(select(DirectoryItem.id).where(DirectoryItem.parent_id == item_id).limit(1))
    session.get_one(DirectoryItem, item_id).leaf = below is None


def put_among(session: Session, row: DirectoryItem, at: int | None) -> None:
    """Give the item the place *at* (from 1) among its siblings, the last one for None."""
    asked = select(DirectoryItem).where(
        DirectoryItem.directory == row.directory,
        DirectoryItem.parent_id.is_(None) if row.parent_id is None else DirectoryItem.parent_id == row.parent_id,
        DirectoryItem.id != (row.id or 0),
    )
    if at is None:
        last = session.scalar(select(func.max(asked.subquery().c.sort)))
        row.sort = f"{int(last) + 1 if last and last.isdigit() else 0:08}"
        return
    others = list(session.scalars(asked.order_by(DirectoryItem.sort, DirectoryItem.id)))
    others.insert(max(0, at - 1), row)
    for place, one in enumerate(others):
        if one.sort != f"{place:08}":
            one.sort = f"{place:08}"


def _place(row: DirectoryItem, above: DirectoryItem | None, *, leaf: bool) -> None:
    words = normalise(" ".join([above.search_norm if above else "", row.code, *row.names.values()]))
    wanted = {
        "path": f"{above.path if above else '/'}{row.id}/",
        "level": above.level + 1 if above else 1,
        "leaf": leaf,
        "search_norm": words,
    }
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
