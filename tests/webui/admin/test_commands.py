"""From the command line: instances go over to another version; where one stands is tried before it is changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from engine.deployment import Bundle, deploy
from engine.errors import Conflict, Invalid, NotFound
from engine.jobs import drain
from engine.runtime.commands import start_instance, suspend_instance
from engine.store.models import Audit, Definition, Instance
from services.accounts.actors import INSTALLER
from services.bootstrap import Office, bootstrap
from services.settings import Settings
from services.upkeep.migrate import migrate
from tests.engine.drawing import drawing, end, path, start, task
from webui import logs
from webui.cli import app

FIRST = drawing("road", start(), task("write"), end(), path("begun", "write", "ended"))
SECOND = drawing("road", start(), task("compose"), task("sign"), end(), path("begun", "compose", "sign", "ended"))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with two versions of a road and three instances on the first, one of them asleep."""
    monkeypatch.setenv("CHANCERY_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(logs, "configure", lambda **_: None)  # the log's stream would be that of a run that is over
    migrate(f"sqlite:///{tmp_path / 'chancery.db'}")
    made = bootstrap(Settings.for_folder(tmp_path))
    for number, source in enumerate((FIRST, SECOND)):
        with made.database.unit_of_work() as work:
            files = {"road.bpmn": source, "solution.toml": b'slug = "roads"\nlanguages = []\n'}
            assert not deploy(made.engine, work, INSTALLER, Bundle("roads", files)).refused
        for _ in range(0 if number else 3):
            with made.database.unit_of_work() as work:
                start_instance(made.engine, work, INSTALLER, "road", variables={"n": 1})
    with made.database.unit_of_work() as work:
        suspend_instance(made.engine, work, INSTALLER, refs(work.session)[2][1])
    yield made
    made.close()


def refs(session: Any) -> list[tuple[str, int]]:
    return [(row.ref, row.id) for row in session.execute(select(Instance.ref, Instance.id).order_by(Instance.id))]


def chancery(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def on(office: Office) -> list[int]:
    """The version each instance runs on."""
    with office.database.reading() as session:
        asked = select(Definition.version).join(Instance, Instance.definition_id == Definition.id).order_by(Instance.id)
        return list(session.scalars(asked))


def test_from_plan_to_the_way_back(office: Office, tmp_path: Path):
    assert "road:1" in chancery("migration", "versions").stdout
    made = chancery("migration", "plan", "road:1", "road:2")
    assert made.exit_code == 0
    plan = json.loads(made.stdout)
    assert plan["steps"] == {"begun": "begun", "ended": "ended"}
    lacking = chancery("migration", "try", "road:1", "road:2")
    assert (lacking.exit_code, "0 of 3" in lacking.stdout, "migrate-no-mapping" in lacking.stdout) == (1, True, True)

    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan | {"steps": plan["steps"] | {"write": "compose"}}))
    tried = chancery("migration", "try", "road:1", "road:2", "--file", str(file))
    assert (tried.exit_code, "2 of 3" in tried.stdout, "instance-suspended" in tried.stdout) == (1, True, True)
    assert on(office) == [1, 1, 1], "nothing is written"
    begun = chancery("migration", "begin", "road:1", "road:2", "--file", str(file), "--reason", "a new law")
    ref = begun.stdout.strip().splitlines()[-1]
    assert chancery("migration", "pause", ref).exit_code == 0
    drain(office.engine)
    assert on(office) == [1, 1, 1]
    assert isinstance(chancery("migration", "pause", ref).exception, Conflict), "twice is said, and harmless"
    assert chancery("migration", "resume", ref).exit_code == 0
    drain(office.engine)
    assert on(office) == [2, 2, 1]

    shown = chancery("migration", "show", ref).stdout
    assert shown.count("can be taken back") == 2 and "instance-suspended" in shown
    number = re.findall(r"^(\d+) \S+ done", shown, re.M)[0]
    assert chancery("migration", "revert", ref, number).exit_code == 0
    assert on(office) == [1, 2, 1]
    assert isinstance(chancery("migration", "revert", ref, number).exception, Conflict)
    assert ref in chancery("migration", "list").stdout


def test_what_is_no_migration(office: Office, tmp_path: Path):
    for words in (("plan", "road:1", "road:9"), ("try", "other:1", "road:2"), ("show", "x"), ("revert", "x", "1")):
        assert isinstance(chancery("migration", *words).exception, NotFound), words
    file = tmp_path / "plan.json"
    for text in ("", "[]", '{"steps": {"write": 5}}', "[" * 100_000):
        file.write_text(text)
        refused = chancery("migration", "begin", "road:1", "road:2", "--file", str(file), "--reason", "x").exception
        assert isinstance(refused, Invalid) and refused.code == "migrate-plan-unreadable", text[:20]
    file.write_text('{"steps": {"write": "nowhere"}}')
    wrong = chancery("migration", "plan", "road:1", "road:2", "--file", str(file))
    assert (wrong.exit_code, "migrate-target-unknown" in wrong.stderr) == (1, True)
    assert isinstance(
        chancery("migration", "begin", "road:1", "road:2", "--file", str(file), "--reason", "x").exception, Invalid
    )
    assert chancery("migration", "begin", "road:1", "road:2").exit_code == 2, "without a reason"
    assert on(office) == [1, 1, 1]


def test_a_modification_is_tried_before_it_is_done(office: Office):
    with office.database.reading() as session:
        (ref, _), *_ = refs(session)
        before = len(session.scalars(select(Audit.id)).all())
    words = ("instance", "modify", ref, "--before", "write", "--reason", "a second one")
    tried = chancery(*words)
    assert tried.exit_code == 0 and "+ task write" in tried.stdout and "done" not in tried.stdout
    with office.database.reading() as session:
        assert len(session.scalars(select(Audit.id)).all()) == before, "nothing is kept"
    assert isinstance(chancery("instance", "modify", ref, "--before", "nowhere", "--reason", "x").exception, Invalid)
    assert "done" in chancery(*words, "--do").stdout
    assert chancery("instance", "show", ref).stdout.count("userTask") == 2
