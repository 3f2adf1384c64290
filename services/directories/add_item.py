"""Somebody adds an item to a directory: for everybody, for a unit they head, or for themselves."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.directories.models import DirectoryItem
from services.directories.queries import keeping
from services.directories.rules import ItemFacts, checked_code, checked_facts
from services.directories.tree import follow_below, locked_directory, note_leaf, put_among, touch
from services.organisation.models import Unit

if TYPE_CHECKING:
    from services.office import Parts

MINE = "me"


def add_item(
    office: Parts, actor: Actor, directory: str, code: str, facts: ItemFacts, *, owner: str | None = None
) -> str:
    """
    Add the item and give its code; an empty *code* gets one. *owner*: None for everybody, `me`, or a unit's code.

    Raises NotFound, NotAllowed("directory-keep"), Invalid, Conflict("item-code-taken").
    """
    wanted = checked_code(code) if code.strip() else secrets.token_hex(4)
    facts = checked_facts(facts)

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, "directory.item-add")) is not None:
            return str(earlier.result)
        session, book = work.session, locked_directory(work, directory)
        account_id, unit_id = _owner(work, actor, owner)
        if not keeping(office, session, actor, book).may_change(account_id, unit_id, actor.account_id):
            raise NotAllowed("directory-keep")
        if session.scalar(select(DirectoryItem.id).filter_by(directory=directory, code=wanted)) is not None:
            raise Conflict("item-code-taken", value=wanted)
        above = parent_item(work, directory, facts.parent)
        row = DirectoryItem(
            directory=directory,
            code=wanted,
            parent_id=above.id if above else None,
            names=dict(facts.names),
            data=dict(facts.data),
            custodian=facts.custodian,
            valid_from=facts.valid_from,
            valid_to=facts.valid_to,
            account_id=account_id,
            unit_id=unit_id,
            search_norm="",
            sort="",
        )
        put_among(session, row, facts.place)
        session.add(row)
        session.flush()
        follow_below(session, row)
        note_leaf(session, row.parent_id)
        touch(book)
        record(session, actor, "directory.item-added", f"directory:{directory}", office.clock.now(), code=wanted)
        remember(work, actor, "directory.item-add", wanted, office.clock.now())
        return wanted

    return office.database.run(act)


def parent_item(work: UnitOfWork, directory: str, code: str | None) -> DirectoryItem | None:
    """The item to hang under; only the organisation's items have something below. Raises Invalid beside `parent`."""
    if code is None:
        return None
    found = work.session.scalar(select(DirectoryItem).filter_by(directory=directory, code=code))
    if found is None or found.account_id is not None or found.unit_id is not None:
        raise Invalid("directory-refused", {"parent": ("no-such-item", {"value": code})})
    return found


def _owner(work: UnitOfWork, actor: Actor, owner: str | None) -> tuple[int | None, int | None]:
    if owner is None:
        return None, None
    if owner == MINE:
        return actor.account_id, None
    unit = work.session.scalar(select(Unit.id).filter_by(code=owner))
    if unit is None:
        raise Invalid("directory-refused", {"owner": ("no-such-unit", {"value": owner})})
    return None, unit
