"""What is known of the office's health: read with a fixed number of statements, whatever there is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.store.models import Incident, Job, Outbox
from services.policies.queries import policies
from services.upkeep.health_rules import Facts
from services.upkeep.models import Chore, UpkeepRun, Worker

if TYPE_CHECKING:
    from services.office import Parts

ALIVE = timedelta(minutes=2)
LIVE_JOBS = ("waiting", "leased", "held", "failed")
CERTIFICATE = "certificate"


def facts(office: Parts, session: Session) -> Facts:
    """Everything the health page and `/metrics` say; ten statements."""
    now, runs, chores = office.clock.now(), _last_runs(session), _chores(session)
    backup, verified, scrubbed = (runs.get(what) for what in ("backup", "verify", "scrub"))
    queued, since = session.execute(
        select(func.count(), func.min(Job.run_at)).where(Job.state == "waiting", Job.run_at <= now)
    ).one()
    alive, seen = session.execute(
        select(func.count().filter(Worker.seen_at > now - ALIVE), func.max(Worker.seen_at))
    ).one()
    incidents, incident_since = session.execute(
        select(func.count(), func.min(Incident.created_at)).where(Incident.state == "open")
    ).one()
    mail = mail_by_state(session)
    free, size = _disk(office)
    sealing = chores.get("seal-audit")
    public = urlsplit(office.settings.public_url)
    certificate = runs.get(CERTIFICATE)
    return Facts(
        now=now,
        backup_at=_taken(backup),
        backup_ok=backup is None or backup.ok,
        verified_at=verified.ended_at if verified else None,
        verified_broken=int(verified.details.get("broken", 0)) if verified else 0,
        scrubbed_at=scrubbed.ended_at if scrubbed else None,
        scrubbed_ok=scrubbed is None or scrubbed.ok,
        queued=queued,
        queued_since=since,
        workers=alive,
        worker_seen_at=seen,
        incidents=incidents,
        incident_since=incident_since,
        mail_server=urlsplit(office.settings.mail_url).scheme,
        mail_is_held=bool(policies(session)["mail.held"]),
        mail_waiting=mail.get("waiting", 0),
        mail_waiting_since=session.scalar(select(func.min(Outbox.created_at)).where(Outbox.state == "waiting")),
        mail_held=mail.get("held", 0),
        mail_failed=mail.get("failed", 0),
        disk_free=free,
        disk_size=size,
        sealed_at=sealing.done_at if sealing else None,
        sealing_failed=bool(sealing and sealing.error),
        public=bool(public.hostname) or not office.settings.is_loopback,
        secure=public.scheme == "https" or not public.hostname,
        certificate_until=_until(certificate),
        certificate_error="" if certificate is None or certificate.ok else str(certificate.details.get("error", "")),
    )


def jobs_by_state(session: Session) -> dict[str, int]:
    """The jobs that are not over."""
    asked = select(Job.state, func.count()).where(Job.state.in_(LIVE_JOBS)).group_by(Job.state)
    return dict(session.execute(asked).all())


def mail_by_state(session: Session) -> dict[str, int]:
    """What has not left."""
    asked = select(Outbox.state, func.count()).where(Outbox.state.in_(("waiting", "held", "failed")))
    return dict(session.execute(asked.group_by(Outbox.state)).all())


def _last_runs(session: Session) -> Mapping[str, UpkeepRun]:
    last = select(func.max(UpkeepRun.id)).group_by(UpkeepRun.what)
    return {row.what: row for row in session.scalars(select(UpkeepRun).where(UpkeepRun.id.in_(last.scalar_subquery())))}


def _chores(session: Session) -> Mapping[str, Chore]:
    return {row.name: row for row in session.scalars(select(Chore))}


def _taken(backup: UpkeepRun | None) -> datetime | None:
    """A backup is as old as what it holds."""
    return (
        None
        if backup is None
        else datetime.fromisoformat(backup.details.get("taken_at") or backup.ended_at.isoformat())
    )


def _until(certificate: UpkeepRun | None) -> datetime | None:
    until: Any = certificate.details.get("until") if certificate else None
    return datetime.fromisoformat(until) if until else None


def _disk(office: Parts) -> tuple[int, int]:
    try:
        usage = shutil.disk_usage(office.settings.data_dir)
    except OSError:
        return 0, 0
    return usage.free, usage.total
