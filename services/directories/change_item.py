"""Somebody changes an item, or moves it below another one; everything below it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.directories.add_item import parent_item
from services.directories.models import Directory, DirectoryItem
from services.directories.queries import keeping
from services.directories.rules import ItemFacts, checked_facts
from services.directories.tree import follow_below, locked_directory, note_leaf, put_among, touch

if TYPE_CHECKING:
    from services.office import Parts


def change_item(office: Parts, actor: Actor, directory: str, code: str, facts: ItemFacts, revision: int) -> int:
    """
    Write the item anew; gives its new revision (the same one when nothing differs).

    Raises NotFound, NotAllowed, Conflict("item-changed"), Invalid("directory-refused") for a place below itself too.
    """
    facts = checked_facts(facts)

    def act(work: UnitOfWork) -> int:
        if (earlier := once(work.session, actor, "directory.item-change")) is not None:
            return int(earlier.result)
        session = work.session
        book, row = kept_item(office, work, actor, directory, code, revision)
        above = parent_item(work, directory, facts.parent)
        if above is not None and above.path.startswith(row.path):
            raise Invalid("directory-refused", {"parent": ("item-below-itself", {"name": code})})
        before = _facts(row)
        was_below, moved = row.parent_id, (above.id if above else None) != row.parent_id
        row.names, row.data, row.custodian = dict(facts.names), dict(facts.data), facts.custodian
        row.valid_from, row.valid_to = facts.valid_from, facts.valid_to
        row.parent_id = above.id if above else None
        changed = sorted(name for name, value in _facts(row).items() if before[name] != value)
        if moved or facts.place is not None:
            sort = row.sort
            put_among(session, row, facts.place if not moved else None)
            changed += ["place"] if row.sort != sort and not moved else []
        if not changed:
            return row.revision
        if moved or "names" in changed:
            session.flush()
            follow_below(session, row)
        if moved:
            note_leaf(session, was_below)
            note_leaf(session, row.parent_id)
        row.revision += 1
        touch(book)
        now = office.clock.now()
        record(session, actor, "directory.item-changed", f"directory:{directory}", now, code=code, changed=changed)
        remember(work, actor, "directory.item-change", row.revision, now)
        return row.revision

    return office.database.run(act)


def kept_item(
    office: Parts, work: UnitOfWork, actor: Actor, directory: str, code: str, revision: int | None
) -> tuple[Directory, DirectoryItem]:
    """The item, its directory locked, for somebody who may change it and has seen its latest revision."""
    session, book = work.session, locked_directory(work, directory)
    row = session.scalar(select(DirectoryItem).filter_by(directory=directory, code=code))
    if row is None or row.account_id not in (None, actor.account_id):
        raise NotFound("item-not-found")
    if not keeping(office, session, actor, book).may_change(row.account_id, row.unit_id, actor.account_id):
        raise NotFound("item-not-found") if row.unit_id is not None else NotAllowed("directory-keep")
    if revision is not None and revision != row.revision:
        raise Conflict("item-changed", item=code, revision=row.revision)
    return book, row


def _facts(row: DirectoryItem) -> dict[str, object]:
    return {
        "names": dict(row.names),
        "data": dict(row.data or {}),
        "custodian": row.custodian,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "parent": row.parent_id,
    }
