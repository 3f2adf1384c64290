"""
What is done every so often: sealing the audit, noting which workers live.

Whichever worker comes first takes the turn by compare-and-set on the chore's row, which puts the next turn off by its
period: no leader, no second clock. A worker that dies in the middle costs one period, so a chore must be harmless twice.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.store.unit_of_work import UnitOfWork
from services.audit.seals import MOST, seal
from services.upkeep.look_at_certificate import look_at_certificate
from services.upkeep.models import Chore, Worker
from services.upkeep.prune import prune

if TYPE_CHECKING:
    from services.office import Parts

log = structlog.get_logger(__name__)
FORGOTTEN = timedelta(hours=24)
BEAT = timedelta(seconds=30)


@dataclass(frozen=True)
class Turn:
    """A chore: how often, and what."""

    name: str
    every: timedelta
    do: Callable[[Parts], None]


def seal_audit(office: Parts) -> None:
    """Everything that is old enough."""
    while seal(office) == MOST:
        pass


def prune_history(office: Parts) -> None:
    """What outlived its time to live, and what is old enough to be packed."""
    prune(office)


TURNS = (
    Turn("seal-audit", timedelta(minutes=1), seal_audit),
    Turn("look-at-certificate", timedelta(hours=12), look_at_certificate),
    Turn("prune-history", timedelta(hours=6), prune_history),
)


def do_chores(office: Parts) -> int:
    """Do what is due, and say that this worker lives; gives how many were done. Nothing a chore does is raised."""
    now = office.clock.now()
    with office.database.reading() as session:
        due, beats = _due(session, office), _beat_is_old(session, office)
    if beats:
        office.database.run(lambda work: _beat(work, office))
    done = 0
    for turn in due:
        if office.database.run(lambda work, turn=turn: _take(work, turn, office)):  # type: ignore[misc]
            error = _do(office, turn)
            office.database.run(lambda work, turn=turn, error=error: _note(work, turn, office, error))  # type: ignore[misc]
            done += 1
    log.debug("chores", done=done, at=now.isoformat())
    return done


def _due(session: Session, office: Parts) -> list[Turn]:
    later = set(session.scalars(select(Chore.name).where(Chore.due_at > office.clock.now())))
    return [turn for turn in TURNS if turn.name not in later]


def _take(work: UnitOfWork, turn: Turn, office: Parts) -> bool:
    now = office.clock.now()
    if work.session.get(Chore, turn.name) is None:
        work.session.merge(Chore(name=turn.name, due_at=now))
        work.session.flush()
    taken = update(Chore).where(Chore.name == turn.name, Chore.due_at <= now).values(due_at=now + turn.every)
    return work.session.execute(taken.returning(Chore.name)).one_or_none() is not None


def _do(office: Parts, turn: Turn) -> str | None:
    try:
        turn.do(office)
    except Exception as failure:  # noqa: BLE001 - a chore that fails is tried again in its next turn, and seen meanwhile
        log.warning("chore-failed", chore=turn.name, reason=repr(failure)[:500])
        return type(failure).__name__
    return None


def _note(work: UnitOfWork, turn: Turn, office: Parts, error: str | None) -> None:
    noted = {"error": error} if error else {"error": None, "done_at": office.clock.now()}
    work.session.execute(update(Chore).where(Chore.name == turn.name).values(**noted))


def worker_name() -> str:
    """This process among all workers."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def _beat_is_old(session: Session, office: Parts) -> bool:
    seen = session.scalar(select(Worker.seen_at).where(Worker.name == worker_name()))
    return seen is None or seen < office.clock.now() - BEAT


def _beat(work: UnitOfWork, office: Parts) -> None:
    now = office.clock.now()
    row = work.session.get(Worker, worker_name())
    if row is None:
        work.session.execute(delete(Worker).where(Worker.seen_at < now - FORGOTTEN))
        row = Worker(name=worker_name(), started_at=now, seen_at=now)
        work.session.add(row)
    row.seen_at = now
