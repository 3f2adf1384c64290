"""`chancery upgrade`: the data of an earlier release brought up to this one, with a backup of it as it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import Conflict
from services.upkeep.backup import Backup, back_up
from services.upkeep.prepare_database import known_revisions, newest_revision, prepare_database, revision_of

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Upgraded:
    """From which revision to which; `backup` is None when there was nothing to do, or none was wanted."""

    before: str | None
    after: str
    backup: Backup | None


def upgrade(
    office: Parts,
    *,
    backup: bool = True,
    to: Path | None = None,
    watch: Callable[[str, int, int], None] | None = None,
) -> Upgraded:
    """
    Back up, then upgrade under a lock, in one transaction: whoever comes second finds it done, whoever is interrupted left
    everything as it was. Running instances keep the version they began with.

    Raises Conflict("database-newer", revision=) for a database of a later release, and what a backup raises.
    """
    before, newest = revision_of(office.database), newest_revision()
    if before == newest:
        return Upgraded(before, newest, None)
    if before is not None and before not in known_revisions():
        raise Conflict("database-newer", revision=before)
    kept = back_up(office, to, watch=watch) if backup and before is not None else None
    if watch is not None:
        watch("upgrading", 0, 0)
    return Upgraded(before, prepare_database(office.database), kept)
