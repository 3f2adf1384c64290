"""
Server and worker are killed with -9 under a client at work: what it was told is there, and once. Long form: `make soak`.

On SQLite one process is both, on PostgreSQL they are two: as people run them.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from engine.store.models import Instance, Job
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.bootstrap import Office, bootstrap
from services.settings import Settings
from services.upkeep.prepare_database import newest_revision
from services.upkeep.verify import verify
from tests.acceptance._server import environment, free_port
from tests.acceptance.kills import Client, Journal, Process, Stage, compare, deploy, wait_until_alive

CASES = 12


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """The same database and data folder as the processes have, for a look from outside of them."""
    made = bootstrap(Settings.for_folder(tmp_path / "data", database_url=database_url))
    with made.database.pool.begin() as connection:  # the processes need not make tables that are there
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest_revision()})
    yield made
    made.close()


@pytest.fixture
def stage(office: Office, database_url: str, tmp_path: Path) -> Iterator[Stage]:
    port = free_port()
    known = environment(tmp_path / "data", port, database_url) | {"CHANCERY_WORKER_POLL_SECONDS": "0.2"}
    words = ["run"] if office.database.is_sqlite else ["web", "worker"]
    with contextlib.ExitStack() as ending:
        processes = [Process([word], known, tmp_path / f"{word}.log") for word in words]
        for process in processes:
            ending.callback(process.kill)
            process.start()
        url = f"http://127.0.0.1:{port}"
        wait_until_alive(url, processes[0].log)
        yield Stage(
            url, database_url, processes[0], processes[1:], Journal(tmp_path / "journal.jsonl"), random.Random(7)
        )


@pytest.fixture
def till(office: Office, stage: Stage) -> Client:
    """A program that sends until it is answered, always with the same key."""
    new = NewAccount("till", "Till", roles=("engine",), is_admin=True, must_change_password=False)
    create_account(office, INSTALLER, new)
    made = Client(stage.url, issue_token(office, INSTALLER, "till", "tests").token, stage.journal)
    deploy(made)
    return made


def until(happened: Callable[[], object], what: str) -> None:
    """Generous: this only ends a test that would never end."""
    end = time.monotonic() + 90
    while not happened():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


def running(office: Office) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Instance).where(Instance.state == "running")) or 0


def leases_run_out(office: Office) -> None:
    """The minute after which a dead worker's job is anybody's passes at once."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    with office.database.unit_of_work() as work:
        work.session.execute(update(Job).where(Job.state == "leased").values(lease_until=past))


def test_kill_9_loses_nothing_and_does_nothing_twice(office: Office, stage: Stage, till: Client, tmp_path: Path):
    """The server is frozen in whatever it does, somebody asks meanwhile, and it dies: a request is certainly in flight."""
    told, failures, journal = stage.journal.told, [], tmp_path / "journal.jsonl"

    def work(client: Client, name: str, cases: int) -> None:
        try:
            client.play(name, cases)
        except Exception as failure:
            failures.append(failure)

    busy = threading.Thread(target=work, args=(till, "case", CASES), daemon=True)
    late = threading.Thread(target=work, args=(Client(till.url, till.token, stage.journal), "late", 1), daemon=True)
    busy.start()
    until(lambda: len(told) >= CASES // 2 or failures, "the first answers")
    if stage.workers:
        stage.kill_worker()
    stage.web.signal(signal.SIGSTOP)
    late.start()
    until(lambda: '"case": "late-0"' in journal.read_text("utf-8"), "the one who asks meanwhile")
    stage.kill_web()
    leases_run_out(office)
    for client in (busy, late):
        client.join(90)
        assert not failures and not client.is_alive()
    until(lambda: not running(office), "the worker's part of every case")

    assert stage.kills["web"] == 1 and stage.kills["worker"] == len(stage.workers)
    assert stage.in_flight, "a request was under way when the server died"
    assert len(told) == 2 * (CASES + 1)
    found = compare(stage)
    assert found.is_clean and found.states == {"completed": CASES + 1}, found
    assert verify(office).violations == []
