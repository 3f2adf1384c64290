"""An item is closed: cards keep it, nobody chooses it anew; or it is opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.directories.change_item import kept_item
from services.directories.rules import closed_from, is_open
from services.directories.tree import organisation_day, touch

if TYPE_CHECKING:
    from services.office import Parts


def close_item(office: Parts, actor: Actor, directory: str, code: str, revision: int | None = None) -> None:
    """From today on the item, and with it what stands below, cannot be chosen. Closing it twice is harmless."""

    def act(work: UnitOfWork) -> None:
        book, row = kept_item(office, work, actor, directory, code, revision)
        today = organisation_day(office, work.session)
        if not is_open(row.valid_from, row.valid_to, today):
            return
        row.valid_from, row.valid_to = closed_from(row.valid_from, today)
        row.revision += 1
        touch(book)
        now = office.clock.now()
        record(work.session, actor, "directory.item-closed", f"directory:{directory}", now, code=code)

    office.database.run(act)


def reopen_item(office: Parts, actor: Actor, directory: str, code: str, revision: int | None = None) -> None:
    """The item may be chosen again, without an end."""

    def act(work: UnitOfWork) -> None:
        book, row = kept_item(office, work, actor, directory, code, revision)
        today = organisation_day(office, work.session)
        if is_open(row.valid_from, row.valid_to, today):
            return
        row.valid_to = None
        if row.valid_from is not None and row.valid_from > today:
            row.valid_from = today
        row.revision += 1
        touch(book)
        now = office.clock.now()
        record(work.session, actor, "directory.item-reopened", f"directory:{directory}", now, code=code)

    office.database.run(act)
