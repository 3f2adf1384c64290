"""Audit rows are chained after the fact: each seal is a keyed MAC over a range of rows and the seal before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.store.models import Audit, AuditSeal
from engine.store.unit_of_work import UnitOfWork
from services.audit.anchors import anchor

if TYPE_CHECKING:
    from services.office import Parts

PURPOSE = "audit-seal"
MOST = 1000
SETTLED = timedelta(seconds=60)  # a slower transaction may still commit a smaller id


@dataclass(frozen=True)
class SealReport:
    """`broken`: numbers of seals whose rows or predecessor no longer agree; `unsealed`: rows after the last seal."""

    seals: int
    rows: int
    broken: tuple[int, ...]
    unsealed: int
    head: str


def seal(office: Parts) -> int:
    """Seal the next rows that are old enough to be complete; gives how many. One sealer at a time (a chore)."""
    sealed = office.database.run(lambda work: _seal(office, work))
    if sealed is None:
        return 0
    rows, head = sealed
    anchor(office, head.id, head.mac, head.sealed_at)
    return rows


def _seal(office: Parts, work: UnitOfWork) -> tuple[int, AuditSeal] | None:
    session, now = work.session, office.clock.now()
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1).with_for_update()).one_or_none()
    after = last.last_id if last else 0
    rows = _rows(session, after + 1, None, MOST)
    while rows and rows[-1].at > now - SETTLED:
        rows.pop()
    if not rows:
        return None
    previous = last.mac if last else ""
    made = AuditSeal(
        first_id=after + 1,
        last_id=rows[-1].id,
        mac=_mac(office, rows, previous),
        previous_mac=previous,
        sealed_at=now,
    )
    session.add(made)
    session.flush()  # flush: the head is named by its id
    return len(rows), made


def verify(office: Parts) -> SealReport:
    """Compute every seal again."""
    broken, rows, last, count = [], 0, None, 0
    for last, whole, sealed in recomputed(office, office.database.reading):
        if not whole:
            broken.append(last.id)
        rows, count = rows + sealed, count + 1
    with office.database.reading() as session:
        behind = select(func.count()).select_from(Audit).where(Audit.id > (last.last_id if last else 0))
        unsealed = session.scalar(behind) or 0
    return SealReport(count, rows, tuple(broken), unsealed, last.mac if last else "")


def recomputed(
    office: Parts, snapshot: Callable[[], AbstractContextManager[Session]]
) -> Iterator[tuple[AuditSeal, bool, int]]:
    """Each seal with whether it still covers its rows and the seal before, and how many rows; in memory one at a time."""
    previous, last_id, id = "", 0, 0
    while True:
        with snapshot() as session:
            row = session.scalars(select(AuditSeal).where(AuditSeal.id > id).order_by(AuditSeal.id).limit(1)).first()
            if row is None:
                return
            sealed = _rows(session, row.first_id, row.last_id, None)
            whole = row.first_id == last_id + 1 and row.previous_mac == previous
            whole = whole and row.mac == _mac(office, sealed, previous)
        yield row, whole, len(sealed)
        previous, last_id, id = row.mac, row.last_id, row.id


def _rows(session: Session, first: int, last: int | None, most: int | None) -> list[Audit]:
    asked = select(Audit).where(Audit.id >= first).order_by(Audit.id).execution_options(populate_existing=True)
    if last is not None:
        asked = asked.where(Audit.id <= last)
    return list(session.scalars(asked.limit(most) if most else asked))


def _mac(office: Parts, rows: list[Audit], previous: str) -> str:
    lines = [
        json.dumps(
            [
                row.id,
                row.at.isoformat(),
                row.account_id,
                row.actor_name,
                row.acting_for,
                row.via,
                row.ip,
                row.request_id,
                row.action,
                row.object_ref,
                row.unit_id,
                row.details,
            ],
            ensure_ascii=False,
            sort_keys=True,
        )
        for row in rows
    ]
    return office.secrets.mac(PURPOSE, "\n".join([previous, *lines]))
