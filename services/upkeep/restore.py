"""
`chancery restore`: a backup into a fresh folder and an empty database, on this machine or another.

The archive is read whole and proven before anything is written; it is unpacked beside its place and moved there last, so
that a restore that fails leaves nothing that looks like an office. What was to be sent when the backup was taken may have
been sent since: all of it is held, and so is whatever is written from now on, until an admin lets it go.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import delete, func, inspect, select, update

from engine.errors import Conflict, Invalid, OutsideError
from engine.jobs.leases import database_now
from engine.store.audit import record
from engine.store.models import Job, Outbox
from engine.store.unit_of_work import Database, UnitOfWork
from services.accounts.actors import INSTALLER
from services.accounts.models import PasswordReset
from services.accounts.models import Session as AccountSession
from services.audit.anchors import FILE as ANCHORS_FILE
from services.mail.release_mail import OF_BEFORE
from services.policies.models import Policy
from services.secrets import Secrets
from services.settings import PREFIX, Settings
from services.upkeep import postgres_tools
from services.upkeep.archive import ANCHORS, CHUNK, DATABASES, KEY, Manifest, Reader
from services.upkeep.backup import KEY_PURPOSE
from services.upkeep.models import UpkeepRun
from services.upkeep.prepare_database import known_revisions, prepare_database

Watch = Callable[[str, int, int], None]
_NO_KEY = "x" * 32
_SPARE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """What was restored and what is held: messages that had not left when the backup was taken."""

    manifest: Manifest
    data_dir: Path
    revision: str
    held: int


def restore(archive: Path, environ: Mapping[str, str] | None = None, *, watch: Watch | None = None) -> Restored:
    """
    Restore *archive* to where the settings of *environ* lead.

    Raises Invalid("backup-refused") with why beside `archive`, Conflict("restore-not-empty"), ("restore-other-database"),
    ("database-newer"), ("backup-key-missing"), ("backup-key-differs"), OutsideError("disk-full"), ("pg-tool-missing").
    """
    told = watch or (lambda *_: None)
    given = dict(os.environ if environ is None else environ)
    own_key = given.get(PREFIX + "SECRET_KEY", "").strip()
    settings = Settings.from_environment(given | {PREFIX + "SECRET_KEY": own_key or _NO_KEY})  # makes no key of its own
    reader = Reader(archive)
    manifest = reader.manifest()
    if manifest.revision not in known_revisions():
        raise Conflict("database-newer", revision=manifest.revision)
    _must_be_empty(settings, manifest)
    key = _key(reader, manifest, own_key)
    _must_fit(settings, manifest)
    reader.checked(manifest, told)
    try:
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=settings.data_dir) as folder:
            return _restored(settings, reader, manifest, Path(folder), key, bool(own_key), told)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutsideError("disk-full", permanent=True, path=str(settings.data_dir), reason=reason) from error


def _must_be_empty(settings: Settings, manifest: Manifest) -> None:
    if manifest.database != ("sqlite" if settings.database_url.startswith("sqlite") else "postgresql"):
        raise Conflict("restore-other-database", database=manifest.database)
    there = [name for name in ("chancery.db", "files", KEY) if (settings.data_dir / name).exists()]
    if there:
        raise Conflict("restore-not-empty", what=str(settings.data_dir / there[0]))
    if manifest.database == "sqlite":
        path = _sqlite_path(settings)
        if path.exists():
            raise Conflict("restore-not-empty", what=str(path))
        return
    postgres_tools.must_be_there("pg_restore")
    database = Database(settings.database_url)
    try:
        if inspect(database.pool).get_table_names():
            raise Conflict("restore-not-empty", what="database")
    finally:
        database.close()


def _key(reader: Reader, manifest: Manifest, own: str) -> str:
    """The secret key of the backup: its own, or that of the environment when the backup has none. Proves the manifest."""
    packed = reader.small(KEY).decode("ascii", errors="replace").strip() if manifest.with_key else ""
    key = packed or own
    if not key:
        raise Conflict("backup-key-missing")
    if packed and own and packed != own:
        raise Conflict("backup-key-differs")
    if Secrets(key).mac(KEY_PURPOSE, "key") != manifest.key:
        raise Conflict("backup-key-differs")
    if not reader.authentic(Secrets(key)):
        raise Invalid("backup-refused", {"archive": ("backup-changed", {"name": "manifest.json"})})
    return key


def _must_fit(settings: Settings, manifest: Manifest) -> None:
    here = manifest.files_bytes + manifest.database_bytes
    here += manifest.database_raw_bytes if manifest.database == "sqlite" else 0
    free = shutil.disk_usage(settings.data_dir).free
    if free < here + _SPARE:
        raise OutsideError("disk-too-small", permanent=True, path=str(settings.data_dir), needed=here, free=free)


def _restored(
    settings: Settings, reader: Reader, manifest: Manifest, folder: Path, key: str, key_is_given: bool, watch: Watch
) -> Restored:
    _unpack(reader, manifest, folder, watch)
    if manifest.database == "sqlite":
        url = f"sqlite:///{folder / 'chancery.db'}"
        _gunzip(folder / DATABASES["sqlite"], folder / "chancery.db", manifest.database_raw_bytes)
    else:
        url = settings.database_url
        watch("database", 0, 0)
        postgres_tools.load(url, folder / DATABASES["postgresql"])
    watch("holding what was to be sent", 0, 0)
    database = Database(url)
    try:
        revision = prepare_database(database)
        held = database.run(lambda work: _hold(work, manifest))
    finally:
        database.close()
    if manifest.database == "sqlite":
        _fold(folder / "chancery.db")
    _settle(settings, folder, "" if key_is_given else key)
    return Restored(manifest, settings.data_dir, revision, held)


def _unpack(reader: Reader, manifest: Manifest, folder: Path, watch: Watch) -> None:
    total, done = manifest.files_bytes + manifest.database_bytes, 0
    for member, content in reader.members():
        if member.sha256 is not None:
            place = folder / "files" / member.sha256[:2] / member.sha256[2:4] / member.sha256
        elif member.name in DATABASES.values() or member.name == ANCHORS:
            place = folder / member.name
        else:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(content, place)
        done += member.size
        watch("restoring", min(done, total), total)


def _write(content: BinaryIO, place: Path) -> None:
    with place.open("xb") as file:
        shutil.copyfileobj(content, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _gunzip(packed: Path, place: Path, most: int) -> None:
    """What is more than the manifest says is no database of ours."""
    written = 0
    with gzip.open(packed, "rb") as content, place.open("xb") as file:
        while chunk := content.read(CHUNK):
            written += len(chunk)
            if written > most:
                raise Invalid("backup-refused", {"archive": ("backup-changed", {"name": packed.name})})
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    packed.unlink()


def _hold(work: UnitOfWork, manifest: Manifest) -> int:
    """Nothing of the past leaves again; whoever was signed in signs in anew; jobs in hand are anybody's."""
    session, now = work.session, datetime.now(UTC)
    waiting = Outbox.state.in_(("waiting", "held", "failed"))
    held = int(session.scalar(select(func.count()).select_from(Outbox).where(waiting)) or 0)
    session.execute(update(Outbox).where(waiting).values(state="held", reason=OF_BEFORE))
    live = Job.state.in_(("waiting", "leased", "held"))
    sending = update(Job).where(live, Job.kind.startswith("send-"))
    session.execute(sending.values(state="cancelled", ended_at=now, lease_owner=None, lease_until=None))
    leased = update(Job).where(Job.state == "leased")
    session.execute(leased.values(lease_until=database_now(session, -1)))
    session.merge(Policy(name="mail.held", value=True, changed_at=now, changed_by=None))
    session.execute(delete(AccountSession))
    session.execute(delete(PasswordReset))
    details: dict[str, Any] = {"taken_at": manifest.taken_at, "held": held}
    session.add(UpkeepRun(what="restore", ended_at=now, ok=True, details=details))
    record(session, INSTALLER, "office.restored", "office", now, **details)
    return held


def _fold(path: Path) -> None:
    """What stands beside the database goes into it: one file is moved."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _settle(settings: Settings, folder: Path, key: str) -> None:
    """The last act: everything takes its place, the database last."""
    if key:
        handle = os.open(settings.data_dir / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files").replace(settings.data_dir / "files")
    if (folder / ANCHORS).exists():
        (folder / ANCHORS).replace(settings.data_dir / ANCHORS_FILE)
    if (folder / "chancery.db").exists():
        (folder / "chancery.db").replace(_sqlite_path(settings))


def _sqlite_path(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))
