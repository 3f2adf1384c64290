"""The commands of upkeep end with 0, 1 or 2 and speak to people or to machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from engine.errors import Conflict
from engine.store.unit_of_work import Database
from services.upkeep.migrate import migrate
from webui.cli import app


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
