"""What upkeep was done, for the health page; of each kind only the last ones are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from engine.store.unit_of_work import UnitOfWork
from services.upkeep.models import UpkeepRun

if TYPE_CHECKING:
    from services.office import Parts

KEPT = 50


def note_run(office: Parts, what: str, ok: bool, **details: Any) -> None:
    """Note that *what* (backup, verify, scrub, upgrade, restore) ended now."""

    def act(work: UnitOfWork) -> None:
        work.session.add(UpkeepRun(what=what, ended_at=office.clock.now(), ok=ok, details=details))
        work.session.flush()
        older = select(UpkeepRun.id).where(UpkeepRun.what == what).order_by(UpkeepRun.id.desc()).offset(KEPT)
        work.session.execute(delete(UpkeepRun).where(UpkeepRun.id.in_(older.limit(KEPT).scalar_subquery())))

    office.database.run(act)
