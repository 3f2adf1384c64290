"""
`chancery backup`: everything of an office in one file, as it was at one moment, while the office works.

The database first, out of one snapshot; then the contents that snapshot names. A content is stored before the transaction
that names it and never goes away while something names it, so what comes later only adds.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, make_url, text

from engine.errors import Conflict, OutsideError
from services.audit.anchors import FILE as ANCHORS_FILE
from services.files.store import measured
from services.upkeep import postgres_tools
from services.upkeep.archive import ANCHORS, CHUNK, DATABASES, FORMAT, KEY, Manifest, Writer

if TYPE_CHECKING:
    from services.office import Parts

Watch = Callable[[str, int, int], None]
FOLDER, PREFIX, SUFFIX = "backups", "chancery-", ".tar"
_PAGES = 2000
_BATCH = 1000
KEY_PURPOSE = "backup-key"


@dataclass(frozen=True)
class Backup:
    """A backup that was made. `lost`: contents the database names and the store does not have as they were stored."""

    path: Path
    size: int
    manifest: Manifest
    lost: tuple[str, ...]


def back_up(office: Parts, to: Path | None = None, *, with_key: bool = True, watch: Watch | None = None) -> Backup:
    """
    Write the backup into the folder or under the file name *to* (`backups` in the data folder when None).

    Raises Conflict("database-empty"), OutsideError("pg-tool-missing", tool=), ("pg-tool-failed"), ("disk-full").
    """
    told = watch or (lambda *_: None)
    path = _path(office, to)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
            return _written(office, path, Path(folder), with_key, told)
    except OSError as error:
        raise OutsideError("disk-full", permanent=True, path=str(path.parent), reason=error.strerror or "") from error


def rotate(folder: Path, keep: int) -> list[Path]:
    """Delete all but the *keep* newest backups of a folder that have our names; gives those deleted."""
    ours = sorted(folder.glob(f"{PREFIX}[0-9]*{SUFFIX}"))
    gone = ours[: max(0, len(ours) - max(1, keep))]
    for path in gone:
        path.unlink()
    return gone


def _path(office: Parts, to: Path | None) -> Path:
    name = f"{PREFIX}{office.clock.now().astimezone(UTC):%Y%m%d-%H%M%S}{SUFFIX}"
    if to is None:
        return office.settings.data_dir / FOLDER / name
    return to if to.suffix == SUFFIX and not to.is_dir() else to / name


def _written(office: Parts, path: Path, folder: Path, with_key: bool, watch: Watch) -> Backup:
    with _snapshot(office, folder, watch) as taken, Writer(path) as archive:
        with taken.dumped.open("rb") as content:
            archive.add(DATABASES[taken.kind], content, taken.dumped.stat().st_size)
        lost: list[str] = []
        names, count, size = hashlib.sha256(), 0, 0
        for sha256 in taken.blobs():
            found = measured(office.files, sha256, whole=True)
            if found is None or found.sha256 != sha256:
                lost.append(sha256)
                continue
            with office.files.open(sha256) as content:
                archive.add(f"files/{sha256}", content, found.size)
            names.update(sha256.encode())
            count, size = count + 1, size + found.size
            watch("files", size, max(taken.files_bytes, size))
        anchors = _anchors(office, archive)
        key = _key(office, archive) if with_key else False
        manifest = Manifest(
            format=FORMAT,
            made_by=f"chancery {version('chancery')}",
            taken_at=taken.at.isoformat(timespec="milliseconds"),
            database=taken.kind,
            revision=taken.revision,
            database_bytes=taken.dumped.stat().st_size,
            database_sha256=_sha256(taken.dumped),
            database_raw_bytes=taken.raw_bytes,
            files=count,
            files_bytes=size,
            files_digest=names.hexdigest(),
            audit_head=taken.head,
            key=office.secrets.mac(KEY_PURPOSE, "key"),
            with_key=key,
            anchors_sha256=anchors,
        )
        archive.finish(manifest, office.secrets)
    return Backup(path, path.stat().st_size, manifest, tuple(lost))


@dataclass
class _Taken:
    """The database in a file, and what else is read out of the same snapshot."""

    kind: str
    at: datetime
    dumped: Path
    raw_bytes: int
    revision: str
    head: str
    files_bytes: int
    ask: Callable[[str, dict[str, Any]], list[Any]]

    def blobs(self) -> Iterator[str]:
        """The contents that are named, by name."""
        after = ""
        while rows := self.ask(_BLOBS, {"after": after, "most": _BATCH}):
            yield from (str(sha256) for (sha256,) in rows)
            after = rows[-1][0]


_BLOBS = "SELECT sha256 FROM blob WHERE sha256 > :after ORDER BY sha256 LIMIT :most"
_REVISION = "SELECT version_num FROM alembic_version"
_HEAD = "SELECT id, mac FROM audit_seal ORDER BY id DESC LIMIT 1"
_BYTES = "SELECT coalesce(sum(size), 0) FROM blob"


@contextmanager
def _snapshot(office: Parts, folder: Path, watch: Watch) -> Iterator[_Taken]:
    if office.database.is_sqlite:
        with _of_sqlite(office, folder, watch) as taken:
            yield taken
    else:
        with _of_postgres(office, folder, watch) as taken:
            yield taken


@contextmanager
def _of_sqlite(office: Parts, folder: Path, watch: Watch) -> Iterator[_Taken]:
    """By SQLite's online backup, inside one reading transaction: writers go on, and what they write is not in it."""
    copy = folder / "copy.db"
    source = sqlite3.connect(str(make_url(office.database.url).database), isolation_level=None)
    try:
        source.execute("PRAGMA query_only=ON")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on everything is as it is now
        at = datetime.now(UTC)
        target = sqlite3.connect(copy)
        try:
            source.backup(
                target, pages=_PAGES, sleep=0, progress=lambda _, left, all: watch("database", all - left, all)
            )
            target.execute("PRAGMA journal_mode=DELETE")
            _must_be_whole(target)
        finally:
            target.close()
    finally:
        source.close()
    raw = copy.stat().st_size
    dumped = folder / DATABASES["sqlite"]
    with copy.open("rb") as plain, gzip.open(dumped, "wb", compresslevel=1) as packed:
        shutil.copyfileobj(plain, packed, CHUNK)
    reading = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    try:

        def ask(statement: str, params: dict[str, Any]) -> list[Any]:
            return reading.execute(statement, params).fetchall()

        yield _taken("sqlite", at, dumped, raw, ask)
    finally:
        reading.close()


def _must_be_whole(copy: sqlite3.Connection) -> None:
    said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise Conflict("database-damaged", says=str(said)[:200])


@contextmanager
def _of_postgres(office: Parts, folder: Path, watch: Watch) -> Iterator[_Taken]:
    """By `pg_dump` in a snapshot of ours, which stays open until the files are written."""
    postgres_tools.must_be_there("pg_dump")
    dumped = folder / DATABASES["postgresql"]
    with office.database.pool.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # it waits for pg_dump
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            at = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            watch("database", 0, 0)
            postgres_tools.dump(office.database.url, snapshot, dumped)
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()

            def ask(statement: str, params: dict[str, Any], on: Connection = connection) -> list[Any]:
                return [tuple(row) for row in on.execute(text(statement), params)]

            yield _taken("postgresql", at, dumped, int(size), ask)


def _taken(kind: str, at: datetime, dumped: Path, raw: int, ask: Callable[[str, dict[str, Any]], list[Any]]) -> _Taken:
    try:
        revision = ask(_REVISION, {})
    except Exception as failure:
        raise Conflict("database-empty") from failure
    head = ask(_HEAD, {})
    return _Taken(
        kind=kind,
        at=at,
        dumped=dumped,
        raw_bytes=raw,
        revision=str(revision[0][0]),
        head=f"{head[0][0]} {head[0][1]}" if head else "",
        files_bytes=int(ask(_BYTES, {})[0][0]),
        ask=ask,
    )


def _anchors(office: Parts, archive: Writer) -> str:
    path = office.settings.data_dir / ANCHORS_FILE
    if not path.exists():
        return ""
    return _small(archive, ANCHORS, path)


def _key(office: Parts, archive: Writer) -> bool:
    """The key, when it is a file of ours; one from the environment is kept where it comes from."""
    path = office.settings.data_dir / "secret.key"
    if not path.exists() or path.read_text("ascii").strip() != office.settings.secret_key:
        return False
    _small(archive, KEY, path)
    return True


def _small(archive: Writer, name: str, path: Path) -> str:
    content = path.read_bytes()
    with tempfile.SpooledTemporaryFile() as held:
        held.write(content)
        held.seek(0)
        archive.add(name, held, len(content))  # type: ignore[arg-type]
    return hashlib.sha256(content).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def told(backup: Backup) -> dict[str, Any]:
    """What a health page and the audit keep of it."""
    manifest = backup.manifest
    kept = {"bytes": backup.size, "files": manifest.files, "revision": manifest.revision, "taken_at": manifest.taken_at}
    return json.loads(json.dumps(kept | {"lost": len(backup.lost), "name": backup.path.name}))  # type: ignore[no-any-return]
