"""Audit rows are chained after the fact: each seal is a keyed MAC over a range of rows and the seal before it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.store.models import Audit, AuditSeal
from engine.store.unit_of_work import UnitOfWork

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
    """Seal the next rows that are old enough to be complete; gives how many. One sealer at a time (a leased job)."""
    return office.database.run(lambda work: _seal(office, work))


def _seal(office: Parts, work: UnitOfWork) -> int:
    session, now = work.session, office.clock.now()
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1).with_for_update()).one_or_none()
    after = last.last_id if last else 0
    rows = _rows(session, after + 1, None, MOST)
    while rows and rows[-1].at > now - SETTLED:
        rows.pop()
    if not rows:
        return 0
    previous = last.mac if last else ""
    session.add(
        AuditSeal(
            first_id=after + 1,
            last_id=rows[-1].id,
            mac=_mac(office, rows, previous),
            previous_mac=previous,
            sealed_at=now,
        )
    )
    return len(rows)


def verify(office: Parts, session: Session) -> SealReport:
    """Compute every seal again."""
    broken, rows, previous, last_id, count = [], 0, "", 0, 0
    for row in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        sealed = _rows(session, row.first_id, row.last_id, None)
        whole = row.first_id == last_id + 1 and row.previous_mac == previous
        if not whole or row.mac != _mac(office, sealed, previous):
            broken.append(row.id)
        rows, previous, last_id, count = rows + len(sealed), row.mac, row.last_id, count + 1
    unsealed = session.scalar(select(func.count()).select_from(Audit).where(Audit.id > last_id)) or 0
    return SealReport(count, rows, tuple(broken), unsealed, previous)


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
