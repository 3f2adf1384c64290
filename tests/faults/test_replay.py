"""What Anna and her program read of instances while everything moves is rebuilt from the history, also without images."""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from werkzeug.serving import make_server

from engine.deployment.bundle import Bundle
from engine.jobs import drain
from engine.store.models import HistoryImage
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.bootstrap import Office, bootstrap
from services.sandbox.sandbox import Sandbox
from services.settings import Settings
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from tests.acceptance.replay import SLUG, Client, Program, differences, drive, file_cards, solution_files
from tests.webui.conftest import KEY, PASSWORD
from webui.app import create_app
from webui.demo.visitor import Visitor

INSTANCES, MOMENTS = 6, 5


@pytest.fixture
def office(database_url: str, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """On the clock of the wall: the client outside has no other."""
    monkeypatch.setattr("engine.runtime.commands.writing.EVERY", 9)
    settings = Settings.for_folder(tmp_path / "data", secret_key=KEY, database_url=database_url)
    made = bootstrap(settings, sandbox=sandbox)
    yield made
    made.close()


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """A server and a worker."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(office)
    app.config.update(RATELIMIT_ENABLED=False)
    server, over = make_server("127.0.0.1", 0, app, threaded=True), threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            drain(office.engine)

    threads = [threading.Thread(target=target, daemon=True) for target in (server.serve_forever, work)]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    over.set()
    for thread in threads:
        thread.join(10)


def bundle(folder: Path) -> Bundle:
    for path, content in solution_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return read_folder(folder, SLUG)


def furnished(office: Office, address: str, files: Bundle) -> Client:
    assert deploy_solution(office, INSTALLER, files).deployment_id
    till = NewAccount("till", "Till", groups=("player",), roles=("engine",), is_admin=True, must_change_password=False)
    anna = NewAccount("anna", "Anna", groups=("player",), password=PASSWORD, must_change_password=False)
    for account in (till, anna):
        create_account(office, INSTALLER, account)
    person = Visitor(address)
    person.sign_in("anna", PASSWORD)
    return Client(Program(address, issue_token(office, INSTALLER, "till", "tests").token), person, random.Random(3))


def test_what_was_read_outside_is_rebuilt(office: Office, address: str, tmp_path: Path):
    client = furnished(office, address, bundle(tmp_path / "files"))
    drive([client], file_cards([client], INSTANCES, MOMENTS), 0)
    of_each = Counter(seen.case for seen in client.journal)
    assert len(of_each) == INSTANCES and len(client.journal) > 20
    assert sum(client.did.values()) > 30 and client.did["save"] and client.did["task"]
    assert list(differences(client.program, client.journal)) == []
    with office.database.unit_of_work() as work:
        assert work.session.scalar(select(func.count()).select_from(HistoryImage))
        work.session.execute(delete(HistoryImage))
    assert list(differences(client.program, client.journal)) == []

    wrong = next(seen for seen in client.journal if not seen.over)
    wrong.variables["written"] = {"type": "Integer", "value": -1, "valueInfo": {}}
    assert len(list(differences(client.program, [wrong]))) == 1, "the comparison is not blind"
