"""The audit: whole under its seals, and one row for each request that was accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from engine.findings import rule
from engine.store.models import AcceptedRequest, Audit, AuditSeal
from services.audit.anchors import anchored
from services.audit.seals import SETTLED, recomputed
from services.upkeep.checking import Found, Look, looks_for

LATE = timedelta(minutes=15)

REQUEST_LOST = rule(
    "request-unaudited",
    "The request was accepted ({action}), but the audit does not know it.",
    "See what it answered and whether it was done; restore the audit from a backup.",
)
REQUEST_TWICE = rule(
    "request-done-twice",
    "One request did the same thing {times} times: {action} of {object}.",
    "Undo the second by hand and tell the developers.",
)
SEAL_BROKEN = rule(
    "audit-seal-broken",
    "The rows {first} to {last} of the audit are not those that were sealed.",
    "Compare them with a backup: somebody changed, removed or added rows.",
)
CUT = rule(
    "audit-cut",
    "The seal {seal}, written down outside the database on {at}, is not in it: the end of the audit was cut off.",
    "Compare the audit with a backup made after that moment.",
)
UNSEALED = rule(
    "audit-unsealed",
    "{rows} rows of the audit, the oldest of {since}, are not sealed: what is not sealed can be changed unseen.",
    "See that a worker runs: it seals every minute.",
    "warning",
)


@looks_for(REQUEST_LOST)
def request_lost(look: Look) -> Iterator[Found]:
    known = select(Audit.request_id).where(Audit.request_id.is_not(None)).distinct().subquery()
    asked = (
        select(AcceptedRequest.request_id, AcceptedRequest.action)
        .join(known, known.c.request_id == AcceptedRequest.request_id, isouter=True)
        .where(known.c.request_id.is_(None))
    )
    for id, action in look.rows(asked, AcceptedRequest.request_id):
        yield Found(f"request:{id}", {"action": action})


@looks_for(REQUEST_TWICE)
def request_twice(look: Look) -> Iterator[Found]:
    """The same action of the same request with the same details; tries at a password are no effects."""
    same = (Audit.request_id, Audit.action, Audit.object_ref, Audit.details)
    asked = (
        select(func.min(Audit.id), Audit.request_id, Audit.action, Audit.object_ref, func.count())
        .join(AcceptedRequest, AcceptedRequest.request_id == Audit.request_id)
        .where(Audit.action.not_like("%password%"))
        .group_by(*same)
        .having(func.count() > 1)
    )
    found = asked.subquery()
    for _, id, action, object_ref, times in look.rows(select(found), found.c[0]):
        yield Found(f"request:{id}", {"action": action, "object": object_ref, "times": times})


@looks_for(SEAL_BROKEN)
def seal_broken(look: Look) -> Iterator[Found]:
    for seal, whole, rows in recomputed(look.office, look.snapshot):
        look.read += rows
        if not whole:
            yield Found(f"seal:{seal.id}", {"first": seal.first_id, "last": seal.last_id})


@looks_for(CUT)
def cut(look: Look) -> Iterator[Found]:
    for anchor in anchored(look.office):
        with look.snapshot() as session:
            known = session.scalar(select(AuditSeal.mac).where(AuditSeal.id == anchor.seal))
        look.read += 1
        if known != anchor.mac:
            yield Found(f"seal:{anchor.seal}", {"seal": anchor.seal, "at": anchor.at})


@looks_for(UNSEALED)
def unsealed(look: Look) -> Iterator[Found]:
    with look.snapshot() as session:
        last = session.scalar(select(func.max(AuditSeal.last_id))) or 0
        behind = select(func.count(), func.min(Audit.at)).where(Audit.id > last)
        rows, since = session.execute(behind.where(Audit.at < look.now - LATE - SETTLED)).one()
    look.read += rows
    if rows:
        yield Found("audit", {"rows": rows, "since": since.isoformat(timespec="minutes")})
