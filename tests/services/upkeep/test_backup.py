"""A backup of an office at work is restored elsewhere whole, sends nothing of the past, and trusts nothing in the file."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, make_url, select, text

from engine.errors import Conflict, Invalid, OutsideError
from engine.jobs import drain
from engine.store.models import Outbox, Task
from services.accounts.actors import actor_of
from services.accounts.models import Session as AccountSession
from services.bootstrap import Office, bootstrap
from services.mail.release_mail import release_mail
from services.settings import Settings
from services.upkeep import postgres_tools
from services.upkeep.backup import back_up, rotate
from services.upkeep.restore import OF_BEFORE, restore
from services.upkeep.verify import verify
from tests.acceptance._server import postgres_client
from tests.conftest import _on_server
from tests.services.conftest import KEY
from tests.services.inbox.road import Road
from tests.services.mail.carriers import KeepingMailer
from tests.services.upkeep.corruptions import at_work, stamp


@dataclass
class Elsewhere:
    """An empty folder and database on another machine."""

    folder: Path
    environ: dict[str, str]


@pytest.fixture(autouse=True)
def client_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client of the tests' own server comes with it."""
    monkeypatch.setenv("PATH", f"{postgres_client()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path) -> Iterator[Elsewhere]:
    environ = {"CHANCERY_DATA_DIR": str(tmp_path / "elsewhere"), "CHANCERY_SECRET_KEY": KEY}
    if database_url.startswith("sqlite"):
        yield Elsewhere(tmp_path / "elsewhere", environ)
        return
    url, name = make_url(database_url), f"r{uuid.uuid4().hex[:12]}"
    _on_server(url, f"CREATE DATABASE {name}")
    there = url.set(database=name).render_as_string(hide_password=False)
    yield Elsewhere(tmp_path / "elsewhere", environ | {"CHANCERY_DATABASE_URL": there})
    _on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def of_today(office: Office) -> None:
    """The tables of a test are made without migrations: say that they are of today."""
    with office.database.unit_of_work() as work:
        stamp(work.session)


def opened(elsewhere: Elsewhere, road: Road) -> tuple[Office, KeepingMailer]:
    post = KeepingMailer()
    settings = Settings.from_environment(elsewhere.environ)
    return bootstrap(settings, clock=road.clock, mailer=post, sandbox=road.office.sandbox), post


def waiting_mail(road: Road) -> None:
    """Mail written, and not carried when the backup is taken."""
    road.post.refusal = OutsideError("mail-server-unreachable", reason="down")
    road.file("r4")


def test_an_office_is_restored_elsewhere_and_sends_nothing_of_the_past(
    road: Road, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    at_work(road)
    waiting_mail(road)
    made = back_up(road.office, tmp_path / "kept")
    assert (made.lost, made.manifest.with_key, made.path.stat().st_mode & 0o777) == ((), False, 0o600)
    done = restore(made.path, elsewhere.environ)
    assert done.held >= 1 and done.manifest.files >= 1
    office, post = opened(elsewhere, road)
    assert [(one.rule.code, one.object_ref) for one in verify(office).violations] == []
    drain(office.engine)
    with office.database.reading() as session:
        states = dict(session.execute(select(Outbox.state, func.count()).group_by(Outbox.state)).all())
        reasons = set(session.scalars(select(Outbox.reason).where(Outbox.state == "held")))
        assert session.scalar(select(func.count()).select_from(AccountSession)) == 0
        admin = actor_of(office, session, "admin", via="web")
        (one,) = session.scalars(select(Outbox.id).where(Outbox.reason == OF_BEFORE).limit(1))
    assert (post.sent, set(states), reasons) == ([], {"sent", "held"}, {OF_BEFORE})
    with office.database.unit_of_work() as work:
        work.session.execute(text("UPDATE policy SET value = 'false' WHERE name = 'mail.held'"))
    assert release_mail(office, admin) == 0, "all that waits does not mean what was written before"
    assert release_mail(office, admin, (one,)) == 1
    drain(office.engine)
    assert len(post.sent) == 1
    with office.database.reading() as session:
        assert session.scalar(select(Task.id).where(Task.state == "open").limit(1))
    office.close()


def test_what_is_written_meanwhile_is_not_in_it_and_waits_for_nobody(
    road: Road, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    road.file("r1")
    steps: list[str] = []

    def write(step: str, *_: int) -> None:
        if step == "files" or (step == "database" and not steps):
            steps.append(step)
            road.file(f"meanwhile-{len(steps)}")

    made = back_up(road.office, tmp_path / "kept", watch=write)
    assert steps
    restore(made.path, elsewhere.environ)
    office, _ = opened(elsewhere, road)
    assert verify(office, ["request-unaudited", "card-index", "file-missing"]).clean
    office.close()


# Attacks


Forge = Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]


def forged(path: Path, forge: Forge) -> Path:
    """The archive written anew with its members changed."""
    with tarfile.open(path) as tar:
        members = [(one, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    forge(members)
    with tarfile.open(path.with_name("forged.tar"), "w") as tar:
        for about, content in members:
            if about.type == tarfile.REGTYPE:
                about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return path.with_name("forged.tar")


def plus(name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = "") -> Forge:
    def forge(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        about = tarfile.TarInfo(name)
        about.type, about.linkname = kind, link
        members.insert(1, (about, content))

    return forge


def said_otherwise(**changes: Any) -> Forge:
    def forge(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        about, content = members[-1]
        signed = json.loads(content)
        signed["manifest"] = json.dumps(json.loads(signed["manifest"]) | changes, sort_keys=True)
        members[-1] = (about, json.dumps(signed).encode())

    return forge


def flipped(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    about, content = members[0]
    members[0] = (about, content[:50] + bytes([content[50] ^ 1]) + content[51:])


def another_file(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    at = next(i for i, (about, _) in enumerate(members) if about.name.startswith("files/"))
    members[at] = (members[at][0], b"another content")


def without_a_file(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del members[next(i for i, (about, _) in enumerate(members) if about.name.startswith("files/"))]


def without_manifest(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.pop()


def twice(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.insert(1, members[0])


ATTACKS: dict[str, tuple[Forge, str]] = {
    "climbs": (plus("../../etc/cron.d/x"), "backup-member-foreign"),
    "climbs among files": (plus("files/../../x"), "backup-member-foreign"),
    "absolute": (plus("/etc/passwd"), "backup-member-foreign"),
    "soft link": (plus("files/" + "a" * 64, b"", tarfile.SYMTYPE, "/etc/passwd"), "backup-member-foreign"),
    "hard link": (plus("files/" + "a" * 64, b"", tarfile.LNKTYPE, "secret.key"), "backup-member-foreign"),
    "device": (plus("files/" + "a" * 64, b"", tarfile.CHRTYPE), "backup-member-foreign"),
    "folder": (plus("files", b"", tarfile.DIRTYPE), "backup-member-foreign"),
    "huge key": (plus("secret.key", b"x" * 5000), "backup-member-foreign"),
    "database twice": (twice, "backup-member-twice"),
    "database changed": (flipped, "backup-changed"),
    "file changed": (another_file, "backup-changed"),
    "file more": (plus("files/" + hashlib.sha256(b"x").hexdigest(), b"x"), "backup-"),
    "file less": (without_a_file, "backup-files-differ"),
    "no manifest": (without_manifest, "backup-cut-off"),
    "hash changed": (said_otherwise(database_sha256="0" * 64), "backup-changed"),
    "later format": (said_otherwise(format=2), "backup-newer"),
    "nonsense": (said_otherwise(files="many"), "backup-unreadable"),
}


def test_an_archive_that_is_not_what_was_written_is_refused_and_leaves_nothing(road: Road, tmp_path: Path) -> None:
    if not road.office.database.is_sqlite:
        return  # the archive is the same: its reader knows no database
    at_work(road)
    made = back_up(road.office, tmp_path / "kept")
    environ = {"CHANCERY_DATA_DIR": str(tmp_path / "elsewhere"), "CHANCERY_SECRET_KEY": KEY}

    def refusal(path: Path) -> str:
        with pytest.raises(Invalid, match="backup-refused") as refused:
            restore(path, environ)
        assert list((tmp_path / "elsewhere").iterdir()) == []
        return str(refused.value.fields["archive"][0])

    for name, (forge, expected) in ATTACKS.items():
        assert refusal(forged(made.path, forge)).startswith(expected), name
    whole = made.path.read_bytes()
    for cut in (100, len(whole) // 3, len(whole) - 30_000, len(whole) - 12_000):
        (tmp_path / "cut.tar").write_bytes(whole[:cut])
        assert refusal(tmp_path / "cut.tar") == "backup-cut-off", cut
    (tmp_path / "cut.tar").write_bytes(b"\0" * 10_240)
    assert refusal(tmp_path / "cut.tar") == "backup-cut-off"
    assert restore(made.path, environ).manifest == made.manifest


def test_what_stands_there_already_is_never_written_over(road: Road, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = back_up(road.office, tmp_path / "kept")
    restore(made.path, elsewhere.environ)
    with pytest.raises(Conflict, match="restore-not-empty"):
        restore(made.path, elsewhere.environ)
    if not road.office.database.is_sqlite:
        with pytest.raises(Conflict, match="restore-not-empty"):
            restore(made.path, elsewhere.environ | {"CHANCERY_DATA_DIR": str(tmp_path / "another")})
    other = {
        "CHANCERY_DATABASE_URL": "postgresql://x@127.0.0.1:1/x" if road.office.database.is_sqlite else "sqlite:///x.db"
    }
    with pytest.raises(Conflict, match="restore-other-database"):
        restore(made.path, elsewhere.environ | other | {"CHANCERY_DATA_DIR": str(tmp_path / "third")})
    for key, problem in ((KEY[::-1], "backup-key-differs"), ("", "backup-key-missing")):
        changed = {"CHANCERY_SECRET_KEY": key, "CHANCERY_DATA_DIR": str(tmp_path / f"fourth-{key}")}
        changed |= {"CHANCERY_DATABASE_URL": ""} if road.office.database.is_sqlite else {}
        if road.office.database.is_sqlite:
            with pytest.raises(Conflict, match=problem):
                restore(made.path, elsewhere.environ | changed)


def test_a_backup_of_a_later_release_and_a_disk_too_small_are_refused(
    road: Road, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(road.office, tmp_path / "kept")
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(OutsideError, match="disk-too-small"):
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        restore(made.path, elsewhere.environ)
    with road.office.database.unit_of_work() as work:
        work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    later = back_up(road.office, tmp_path / "kept" / "later.tar")
    with pytest.raises(Conflict, match="database-newer"):
        restore(later.path, elsewhere.environ)


def test_a_disk_that_is_full_leaves_no_half_backup(road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    road.prepared()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(OutsideError, match="disk-full"):
        back_up(road.office, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for day in range(10, 15):
        (tmp_path / f"chancery-202611{day}-000000.tar").touch()
    (tmp_path / "chancery-mine.tar").touch()
    assert [path.name for path in rotate(tmp_path, 2)] == [f"chancery-202611{day}-000000.tar" for day in (10, 11, 12)]
    assert (tmp_path / "chancery-mine.tar").exists()


def test_a_missing_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutsideError, match="pg-tool-missing"):
        postgres_tools.dump("postgresql://u:p@127.0.0.1:1/x", "0", Path("/tmp/none"))
