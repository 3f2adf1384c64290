"""
The engine's REST interface: a small approval is deployed; the account `shop` is a program of the clerks, `press` a program
in no group. Egor is a person without the role.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.deployment import Bundle, deploy
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from tests.engine.drawing import drawing, end, path, start, task
from tests.webui.conftest import BASE, PASSWORD, Site

APPROVAL = drawing(
    "approval",
    start(),
    task("review", candidateGroups="clerk"),
    task("sign", candidateGroups="clerk"),
    end(),
    path("begun", "review", "sign", "ended"),
)


@dataclass
class Program:
    """A client of `/engine-rest` with its own way of signing in."""

    site: Site
    authorization: str | None

    def ask(self, method: str, address: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": self.authorization} if self.authorization else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        client = self.site.app.test_client()
        return client.open(f"/engine-rest{address}", method=method, base_url=BASE, headers=headers, **options)

    def get(self, address: str, **options: Any) -> TestResponse:
        return self.ask("GET", address, **options)

    def post(self, address: str, body: Any = None, **options: Any) -> TestResponse:
        return self.ask("POST", address, body, **options)

    def json(self, address: str) -> Any:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json

    def start(self, key: str = "approval", **body: Any) -> Any:
        answer = self.post(f"/process-definition/key/{key}/start", body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def tasks(self, instance: str) -> list[Any]:
        found: list[Any] = self.json(f"/task?processInstanceId={instance}")
        return found


def basic(login: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def deployed(site: Site, *drawings: bytes, solution: str = "tests") -> None:
    with site.office.database.unit_of_work() as work:
        files = {f"{number}.bpmn": source for number, source in enumerate(drawings)}
        files["solution.toml"] = f'slug = "{solution}"\nlanguages = []\n'.encode()
        result = deploy(site.office.engine, work, INSTALLER, Bundle(solution, files))
        assert not result.refused, [(found.code, found.element, found.reason) for found in result.findings]


def program(site: Site, login: str, *groups: str, machine: bool = True) -> Program:
    roles = ("engine",) if machine else ()
    new = NewAccount(login, login.title(), groups=groups, roles=roles, password=PASSWORD, must_change_password=False)
    create_account(site.office, INSTALLER, new)
    return Program(site, f"Bearer {issue_token(site.office, INSTALLER, login, 'tests').token}")


@pytest.fixture
def shop(site: Site) -> Program:
    deployed(site, APPROVAL)
    return program(site, "shop", "clerk")


@pytest.fixture
def press(site: Site, shop: Program) -> Program:
    return program(site, "press")
