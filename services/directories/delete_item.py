"""An item nobody ever used is deleted; a used one can only be closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.directories.change_item import kept_item
from services.directories.models import DirectoryItem
from services.directories.tree import note_leaf, touch
from services.directories.uses import is_used

if TYPE_CHECKING:
    from services.office import Parts


def delete_item(office: Parts, actor: Actor, directory: str, code: str, revision: int | None = None) -> None:
    """Raises NotFound, NotAllowed, Conflict("item-changed"), Conflict("item-has-children"), Conflict("item-used")."""

    def act(work: UnitOfWork) -> None:
        session = work.session
        book, row = kept_item(office, work, actor, directory, code, revision)
        if session.scalar(select(DirectoryItem.id).where(DirectoryItem.parent_id == row.id).limit(1)) is not None:
            raise Conflict("item-has-children", item=code)
        if is_used(office, session, directory, code):
            raise Conflict("item-used", item=code)
        parent = row.parent_id
        session.delete(row)
        note_leaf(session, parent)
        touch(book)
        record(session, actor, "directory.item-deleted", f"directory:{directory}", office.clock.now(), code=code)

    office.database.run(act)
