"""A directory comes in from CSV: items are added and changed by code, items missing from the file stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.actor import Actor
from engine.errors import NotAllowed, SolutionError
from engine.findings import has_errors
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.directories.models import DirectoryItem
from services.directories.rules import Item, read_directory

if TYPE_CHECKING:
    from services.office import Parts


def import_directory(office: Parts, actor: Actor, directory: str, content: bytes) -> int:
    """Take a CSV file in; gives the number of items it holds. Raises SolutionError with findings; then nothing changed."""
    if "admin" not in actor.roles:
        raise NotAllowed("admin-only")
    items, findings = read_directory(content, f"{directory}.csv", languages=())
    if has_errors(findings):
        raise SolutionError("directory-refused", tuple(findings))

    def act(work: UnitOfWork) -> int:
        put_items_in(work, directory, items)
        record(
            work.session, actor, "directory.imported", f"directory:{directory}", office.clock.now(), items=len(items)
        )
        return len(items)

    return office.database.run(act)


def seed_directory_in(work: UnitOfWork, directory: str, items: Iterable[Item]) -> bool:
    """Fill a directory that has no items yet; True when it did. Directories are data once seeded."""
    asked = select(func.count()).select_from(DirectoryItem).where(DirectoryItem.directory == directory)
    if work.session.scalar(asked):
        return False
    put_items_in(work, directory, items)
    return True


def put_items_in(work: UnitOfWork, directory: str, items: Iterable[Item]) -> None:
    """Add or change items, parents before children."""
    session = work.session
    known = {row.code: row for row in session.scalars(select(DirectoryItem).filter_by(directory=directory))}
    searched = {row.code: row.search_norm for row in known.values()}
    for place, item in enumerate(items):
        row = known.get(item.code) or DirectoryItem(directory=directory, code=item.code)
        above = known.get(item.parent) if item.parent else None
        words = " ".join([searched[above.code] if above else "", item.code, *item.names.values()])
        searched[item.code] = words
        row.names, row.data, row.custodian = dict(item.names), dict(item.data), item.custodian
        row.valid_from, row.valid_to = item.valid_from, item.valid_to
        row.search_norm, row.sort = words, f"{place:08}"
        row.parent_id, row.level = (above.id, above.level + 1) if above else (None, 1)
        row.leaf = True
        session.add(row)
        session.flush()
        row.path = f"{above.path if above else '/'}{row.id}/"
        known[item.code] = row
    parents = {row.parent_id for row in known.values() if row.parent_id}
    for row in known.values():
        row.leaf = row.id not in parents
