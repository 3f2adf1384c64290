"""Data folders of earlier releases open, are upgraded, and what was going on in them goes on."""

from __future__ import annotations

import hashlib
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from engine.actor import Actor
from engine.clock import ManualClock
from engine.errors import Conflict
from engine.jobs import drain
from engine.store.models import Incident, Instance, Task
from engine.store.unit_of_work import Database
from services.accounts.actors import actor_of
from services.bootstrap import Office, bootstrap
from services.cards.models import Card
from services.files.models import Attachment, Blob
from services.inbox.complete_task import complete_task
from services.settings import Settings
from services.upkeep.migrate import migrate
from services.upkeep.prepare_database import newest_revision, revision_of
from services.upkeep.restore import restore
from services.upkeep.upgrade import upgrade
from services.upkeep.verify import verify

UNSEALED = "audit-unsealed"  # nobody worked since
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.zip"))


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def as_it_was(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The data folder of a sample, untouched."""
    with zipfile.ZipFile(request.param) as packed:
        packed.extractall(tmp_path)
    (tmp_path / "secret.key").chmod(0o600)
    return Settings.for_folder(tmp_path)


@pytest.fixture
def office(as_it_was: Settings) -> Iterator[Office]:
    """The office of a sample, a day after the last thing that happened in it."""
    settings = as_it_was
    migrate(settings.database_url)
    database = Database(settings.database_url)
    with database.reading() as session:
        last = session.scalar(select(func.max(Task.created_at)))
    assert last is not None
    office = bootstrap(settings, clock=ManualClock(last + timedelta(hours=1)), database=database)
    yield office
    office.close()


def somebody(office: Office, login: str) -> Actor:
    with office.database.reading() as session:
        return actor_of(office, session, login, via="web", request_id=uuid.uuid4().hex)


def tasks(office: Office, element: str) -> list[Task]:
    with office.database.reading() as session:
        return list(session.scalars(select(Task).filter_by(element=element, state="open").order_by(Task.id)))


def agree(office: Office, login: str) -> None:
    actor = somebody(office, login)
    mine = next(task for task in tasks(office, "approve") if task.assignee_id == actor.account_id)
    complete_task(office, actor, mine.ref, {"outcome": "agree"})
    drain(office.engine)


def test_an_upgrade_keeps_a_backup_of_what_was_and_leaves_nothing_wrong(as_it_was: Settings, tmp_path: Path) -> None:
    office = bootstrap(as_it_was)
    before = revision_of(office.database)
    done = upgrade(office)
    assert (done.before, done.after, upgrade(office).backup) == (before, newest_revision(), None)
    assert [(one.rule.code, one.object_ref) for one in verify(office).violations if one.rule.code != UNSEALED] == []
    if done.backup is not None:
        again = restore(done.backup.path, {"CHANCERY_DATA_DIR": str(tmp_path / "again")})
        assert (again.manifest.revision, again.revision) == (before, newest_revision())
    with office.database.unit_of_work() as work:
        work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="database-newer"):
        upgrade(office)
    office.close()


def test_there_is_a_sample() -> None:
    assert SAMPLES


def test_a_request_in_approval_goes_on_to_be_signed(office: Office) -> None:
    assert len(tasks(office, "approve")) == 2
    agree(office, "quality")
    assert len(tasks(office, "approve")) == 1
    agree(office, "lawyer")
    assert [task.element for task in tasks(office, "sign")] == ["sign"]
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Incident).filter_by(state="open")) == 0


def test_an_answered_request_keeps_its_number_its_end_and_its_files(office: Office) -> None:
    with office.database.reading() as session:
        closed = session.scalars(select(Card).filter_by(state="closed")).one()
        ended = session.scalars(select(Instance).where(Instance.subject_ref == f"card:{closed.id}")).all()
        kept = session.scalars(select(Blob.sha256)).all()
        assert closed.number
        assert {instance.state for instance in ended} == {"completed"}
        assert session.scalar(select(func.count()).select_from(Attachment).filter_by(card_id=closed.id)) == 1
    assert kept
    for sha256 in kept:
        with office.files.open(sha256) as content:
            assert hashlib.sha256(content.read()).hexdigest() == sha256
