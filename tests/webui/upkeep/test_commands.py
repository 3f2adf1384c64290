"""The commands of upkeep end with 0, 1 or 2 and speak to people or to machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from engine.errors import Conflict
from engine.store.unit_of_work import Database
from services.upkeep.migrate import migrate
from webui import logs
from webui.cli import app


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command logs to the stream of its own run, which is closed afterwards: not here."""
    monkeypatch.setattr(logs, "configure", lambda **_: None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an empty office in it."""
    monkeypatch.setenv("CHANCERY_DATA_DIR", str(tmp_path))
    migrate(f"sqlite:///{tmp_path / 'chancery.db'}")
    return tmp_path


def chancery(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_a_clean_office_ends_with_0_and_a_finding_with_1(folder: Path) -> None:
    assert chancery("verify").exit_code == 0
    database = Database(f"sqlite:///{folder / 'chancery.db'}")
    with database.unit_of_work() as work:
        work.session.execute(
            text("INSERT INTO accepted_request VALUES ('lost', NULL, 'task.complete', '{}', '2026-11-01')")
        )
    database.close()
    said = chancery("verify", "--json")
    report = json.loads(said.stdout)
    assert (said.exit_code, report["clean"], report["findings"][0]["object"]) == (1, False, "request:lost")
    assert chancery("verify", "--rule", "card-index").exit_code == 0
    assert "task.complete" in chancery("verify").stdout
    assert chancery("scrub").exit_code == 0


def test_what_cannot_be_looked_at_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANCERY_DATA_DIR", str(tmp_path))
    refused = chancery("verify").exception
    assert isinstance(refused, Conflict) and refused.code == "database-not-of-today"
    monkeypatch.setenv("CHANCERY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    said = chancery("verify")
    assert (said.exit_code, "does not answer" in said.output) == (2, True)


def test_a_backup_goes_out_and_comes_back_and_an_older_database_is_upgraded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chancery("init", "--login", "admin", "--name", "Admin")
    made = json.loads(chancery("backup", "--json", "--to", str(tmp_path / "kept"), "--keep", "1").stdout)
    assert (made["files"], made["lost"], Path(made["path"]).stat().st_mode & 0o777) == (0, 0, 0o600)
    assert "restore-not-empty" in str(chancery("restore", made["path"]).exception)
    key = (folder / "secret.key").read_text()
    monkeypatch.setenv("CHANCERY_DATA_DIR", str(tmp_path / "elsewhere"))
    assert "Sending is held" in chancery("restore", made["path"]).stdout
    assert (tmp_path / "elsewhere" / "secret.key").read_text() == key
    assert chancery("verify").exit_code == 0
    assert json.loads(chancery("upgrade", "--json").stdout)["backup"] is None
    (tmp_path / "cut.tar").write_bytes(Path(made["path"]).read_bytes()[:5000])
    monkeypatch.setenv("CHANCERY_DATA_DIR", str(tmp_path / "third"))
    assert "backup-refused" in str(chancery("restore", str(tmp_path / "cut.tar")).exception)


def test_words_and_exit_codes_of_the_real_program(folder: Path) -> None:
    known = os.environ | {"CHANCERY_DATA_DIR": str(folder)}
    program = [sys.executable, "-m", "webui.cli"]
    said = subprocess.run([*program, "verify", "--rule", "nonsense"], env=known, capture_output=True, text=True)
    assert (said.returncode, "There is no rule nonsense" in said.stderr) == (2, True)
    assert subprocess.run([*program, "backup"], env=known, capture_output=True).returncode == 0
