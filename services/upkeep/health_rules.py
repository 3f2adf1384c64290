"""From what is known of the office to traffic lights. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Colour = Literal["ok", "note", "no", "idle"]
"""Green; amber: look at it soon; red: now; grey: nothing to say."""

DAY = timedelta(days=1)
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Facts:
    """What was read at one moment. Ages are moments, None where there is nothing."""

    now: datetime
    backup_at: datetime | None = None
    backup_ok: bool = True
    verified_at: datetime | None = None
    verified_broken: int = 0
    scrubbed_at: datetime | None = None
    scrubbed_ok: bool = True
    queued: int = 0
    queued_since: datetime | None = None
    workers: int = 0
    worker_seen_at: datetime | None = None
    incidents: int = 0
    incident_since: datetime | None = None
    mail_server: str = ""  # smtp, smtps; empty without one
    mail_is_held: bool = False
    mail_waiting: int = 0
    mail_waiting_since: datetime | None = None
    mail_held: int = 0
    mail_failed: int = 0
    disk_free: int = 0
    disk_size: int = 0
    sealed_at: datetime | None = None
    sealing_failed: bool = False
    secure: bool = True  # people come by https, or nobody but this machine comes at all
    public: bool = False
    certificate_until: datetime | None = None
    certificate_error: str = ""
    redis: bool | None = None


@dataclass(frozen=True)
class Light:
    """One line of the health page: `name` says what it is about, `says` which sentence, the params fill it."""

    name: str
    colour: Colour
    says: str
    params: dict[str, Any] = field(default_factory=dict)


def lights(facts: Facts) -> list[Light]:
    """Every light, the reddest first."""
    order: dict[Colour, int] = {"no": 0, "note": 1, "ok": 2, "idle": 3}
    return sorted(_lights(facts), key=lambda light: order[light.colour])


def worst(found: list[Light]) -> Colour:
    """The colour of the whole."""
    return found[0].colour if found and found[0].colour in ("no", "note") else "ok"


def _lights(facts: Facts) -> Iterator[Light]:
    yield _backup(facts)
    yield _workers(facts)
    yield _queue(facts)
    yield _mail(facts)
    yield _incidents(facts)
    yield _disk(facts)
    yield _verified(facts)
    yield _files(facts)
    yield _audit(facts)
    yield _door(facts)
    if facts.redis is not None:
        yield Light("redis", "ok" if facts.redis else "note", "redis-answers" if facts.redis else "redis-silent")


def _backup(facts: Facts) -> Light:
    if facts.backup_at is None:
        return Light("backup", "no", "backup-never")
    about = {"at": facts.backup_at}
    if not facts.backup_ok:
        return Light("backup", "no", "backup-incomplete", about)
    age = facts.now - facts.backup_at
    if age > 7 * DAY:
        return Light("backup", "no", "backup-old", about)
    return (
        Light("backup", "note", "backup-old", about)
        if age > 1.5 * DAY
        else Light("backup", "ok", "backup-fresh", about)
    )


def _workers(facts: Facts) -> Light:
    if facts.workers:
        return Light("workers", "ok", "workers-alive", {"count": facts.workers})
    if facts.worker_seen_at is None:
        return Light("workers", "no", "workers-never")
    return Light("workers", "no", "workers-gone", {"at": facts.worker_seen_at})


def _queue(facts: Facts) -> Light:
    if not facts.queued or facts.queued_since is None:
        return Light("queue", "ok", "queue-empty")
    age = facts.now - facts.queued_since
    about = {"count": facts.queued, "since": facts.queued_since}
    if age < timedelta(minutes=2):
        return Light("queue", "ok", "queue-moves", about)
    return Light("queue", "note" if age < timedelta(minutes=15) else "no", "queue-stands", about)


def _mail(facts: Facts) -> Light:
    if facts.mail_is_held:
        return Light("mail", "note", "mail-is-held", {"count": facts.mail_waiting + facts.mail_held})
    if not facts.mail_server:
        return Light("mail", "note", "mail-no-server", {"count": facts.mail_held})
    if facts.mail_failed:
        return Light("mail", "no", "mail-failed", {"count": facts.mail_failed})
    if facts.mail_waiting_since is not None and facts.now - facts.mail_waiting_since > timedelta(minutes=30):
        late = facts.now - facts.mail_waiting_since > timedelta(hours=4)
        about = {"count": facts.mail_waiting, "since": facts.mail_waiting_since}
        return Light("mail", "no" if late else "note", "mail-late", about)
    if facts.mail_held:
        return Light("mail", "note", "mail-some-held", {"count": facts.mail_held})
    return Light("mail", "ok", "mail-leaves", {"count": facts.mail_waiting})


def _incidents(facts: Facts) -> Light:
    if not facts.incidents or facts.incident_since is None:
        return Light("incidents", "ok", "incidents-none")
    old = facts.now - facts.incident_since > 3 * DAY
    about = {"count": facts.incidents, "since": facts.incident_since}
    return Light("incidents", "no" if old else "note", "incidents-open", about)


def _disk(facts: Facts) -> Light:
    if not facts.disk_size:
        return Light("disk", "idle", "disk-unknown")
    share = facts.disk_free * 100 // facts.disk_size
    about = {"free": facts.disk_free, "percent": share}
    if facts.disk_free < GIGABYTE // 4 or share < 3:
        return Light("disk", "no", "disk-full", about)
    if facts.disk_free < GIGABYTE or share < 10:
        return Light("disk", "note", "disk-filling", about)
    return Light("disk", "ok", "disk-room", about)


def _verified(facts: Facts) -> Light:
    if facts.verified_at is None:
        return Light("verify", "note", "verify-never")
    about = {"at": facts.verified_at, "count": facts.verified_broken}
    if facts.verified_broken:
        return Light("verify", "no", "verify-found", about)
    old = facts.now - facts.verified_at > 8 * DAY
    return Light("verify", "note" if old else "ok", "verify-old" if old else "verify-clean", about)


def _files(facts: Facts) -> Light:
    if facts.scrubbed_at is None:
        return Light("files", "idle", "files-never")
    about = {"at": facts.scrubbed_at}
    return (
        Light("files", "ok", "files-whole", about) if facts.scrubbed_ok else Light("files", "no", "files-lost", about)
    )


def _audit(facts: Facts) -> Light:
    if facts.sealed_at is None:
        return Light("audit", "no" if facts.sealing_failed else "note", "audit-never")
    about = {"at": facts.sealed_at}
    late = facts.now - facts.sealed_at > timedelta(minutes=15)
    if facts.sealing_failed or late:
        return Light("audit", "no", "audit-late", about)
    return Light("audit", "ok", "audit-sealed", about)


def _door(facts: Facts) -> Light:
    if not facts.public:
        return Light("door", "idle", "door-local")
    if not facts.secure:
        return Light("door", "no", "door-open")
    if facts.certificate_error:
        return Light("door", "no", "door-certificate-bad", {"reason": facts.certificate_error})
    if facts.certificate_until is None:
        return Light("door", "ok", "door-secure")
    about = {"until": facts.certificate_until}
    left = facts.certificate_until - facts.now
    if left < 3 * DAY:
        return Light("door", "no", "door-certificate-ends", about)
    return Light("door", "note" if left < 21 * DAY else "ok", "door-certificate-ends", about)
