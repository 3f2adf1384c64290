"""Upgrades: earlier data opens, its instances end; 20 deployments under load fail nobody and change no running instance."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, make_url, select, text

from engine.clock import ManualClock
from engine.jobs import drain
from engine.store.models import Incident, Instance, Task
from engine.store.unit_of_work import Database
from services.accounts.actors import actor_of
from services.accounts.models import Account
from services.bootstrap import Office, bootstrap
from services.inbox.complete_task import complete_task
from services.settings import Settings
from services.upkeep.verify import verify
from tests.acceptance._server import CHANCERY, Server, databases, running
from tests.acceptance.restore_drill import Load, chancery
from tests.upgrades.test_samples import SAMPLES
from webui.cli import DEMO_PASSWORD
from webui.demo.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS = 20
ANSWERS = {"approve": {"outcome": "agree"}, "sign": {"outcome": "sign", "password": DEMO_PASSWORD}}


def ends(sample: Path, folder: Path) -> bool:
    """Unpack a sample, upgrade it as an administrator does, and finish what was going on in it."""
    with zipfile.ZipFile(sample) as packed:
        packed.extractall(folder)
    (folder / "secret.key").chmod(0o600)
    settings = Settings.for_folder(folder)
    code, done = chancery({"CHANCERY_DATA_DIR": str(folder)}, "upgrade")
    database = Database(settings.database_url)
    with database.reading() as session:
        last = session.scalar(select(func.max(Task.created_at)))
        alive = session.scalar(select(func.count()).select_from(Instance).where(Instance.state == "running")) or 0
    assert last is not None
    office = bootstrap(settings, clock=ManualClock(last + timedelta(hours=1)), database=database)
    steps = finish(office)
    with office.database.reading() as session:
        left = session.scalar(select(func.count()).select_from(Instance).where(Instance.state == "running"))
        incidents = session.scalar(select(func.count()).select_from(Incident).where(Incident.state == "open"))
    found = [one for one in verify(office).violations if one.rule.code != "audit-unsealed"]
    office.close()
    right = (code, left, incidents, len(found)) == (0, 0, 0, 0) and alive > 0
    print(
        f"{sample.name}: revision {done['before']} → {done['after']}, backup {Path(done['backup']).name}; of {alive} running"
        f" instances {left} have not ended after {steps} tasks, {incidents} incidents, {len(found)} findings:"
        f" {'right' if right else 'WRONG'}"
    )
    return right


def finish(office: Office) -> int:
    """Whoever holds a task does it, the head what nobody holds, until there is none; gives how many were done."""
    done = 0
    drain(office.engine)
    while done < 50:
        with office.database.reading() as session:
            open_one = select(Task.ref, Task.element, Account.login)
            open_one = open_one.join(Account, Account.id == Task.assignee_id, isouter=True).where(Task.state == "open")
            row = session.execute(open_one.order_by(Task.id).limit(1)).one_or_none()
            if row is None:
                return done
            actor = actor_of(office, session, row.login or "head", via="web", request_id=uuid.uuid4().hex)
        complete_task(office, actor, row.ref, ANSWERS[row.element])
        drain(office.engine)
        done += 1
    return done


class Clerk(threading.Thread):
    """Answers what was filed, all the time; `wrong` counts answers that are neither done nor «somebody was faster»."""

    def __init__(self, url: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._url, self._over, self.done, self.wrong = url, over, 0, Counter[int]()

    def run(self) -> None:
        visitor = Visitor(self._url)
        visitor.sign_in("clerk", DEMO_PASSWORD)
        while not self._over.is_set():
            for link in visitor.get("/inbox").links("/inbox/")[:5]:
                form = visitor.get(link).form("/complete").set(outcome="account", remark="")
                pairs = [(name, value) for name, several in form.fields.items() for value in several]
                status = visitor.post(form.action, pairs, strict=False).status
                self.done += status == 200
                self.wrong[status] += status not in (200, 409)
            time.sleep(0.2)


class Watcher(threading.Thread):
    """Looks again and again which version each instance has: it never changes."""

    def __init__(self, url: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._url, self._over = url, over
        self.version: dict[int, int] = {}
        self.changed: list[int] = []

    def run(self) -> None:
        pool = create_engine(make_url(self._url))
        asked = text("SELECT i.id, d.version FROM instance i JOIN definition d ON d.id = i.definition_id")
        while not self._over.is_set():
            with pool.connect() as connection:
                for id, version in connection.execute(asked):
                    if self.version.setdefault(id, version) != version:
                        self.changed.append(id)
            time.sleep(0.3)
        pool.dispose()


def deployments(name: str, server: Server, url: str | None, folder: Path) -> bool:
    """Deploy again and again, each time another drawing, while customers file and a clerk answers."""
    for part in ("processes", "forms", "templates_docx"):
        shutil.copytree(ROOT / part / "appeals", folder / part / "appeals")
    drawing = folder / "processes" / "appeals" / "appeals.bpmn"
    drawn = drawing.read_text("utf-8")
    load = Load(server.url).start()
    clerk = Clerk(server.url, load.over)
    watcher = Watcher(url or f"sqlite:///{server.data / 'chancery.db'}", load.over)
    clerk.start()
    watcher.start()
    failed = 0
    for number in range(1, DEPLOYMENTS + 1):
        drawing.write_text(drawn.replace("</bpmn:definitions>", f"<!-- {number} --></bpmn:definitions>"), "utf-8")
        failed += deploy(server, folder) != 0
    time.sleep(2)
    load.stop()
    clerk.join(60)
    watcher.join(60)
    _, report = chancery(server.environment, "verify")
    used = Counter(watcher.version.values())
    broken = [one for one in report["findings"] if one["rule"] != "audit-unsealed"]
    right = not (failed or watcher.changed or clerk.wrong.total() or broken or load.failed) and len(used) > 5
    print(
        f"{name}: {DEPLOYMENTS} deployments, {failed} failed; {len(load.filed)} requests filed, {load.failed} refused;"
        f" {clerk.done} tasks done, {clerk.wrong.total()} errors; {len(watcher.version)} instances of {len(used)} versions,"
        f" {len(watcher.changed)} changed theirs; {len(broken)} findings: {'right' if right else 'WRONG'}"
    )
    return right


def deploy(server: Server, folder: Path) -> int:
    words = [*CHANCERY, "deploy", "appeals", "--folder", str(folder)]
    made = subprocess.run(words, env=server.environment, capture_output=True, text=True, timeout=120)
    if made.returncode:
        print(made.stdout[-800:], made.stderr[-800:])
    return made.returncode


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    verdicts = []
    for sample in SAMPLES:
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(ends(sample, Path(folder)))
    for name, url in databases():
        with running(database=url) as server, tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(deployments(name, server, url, Path(folder)))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
