"""
The site of a furnished office: the shipped solution deployed, its demo people in. Anna registers (clerk), Boris assigns
(manager), Vera executes, Galina and Dmitri approve (lawyer, quality), the head signs; Clara is the customer, Egor nobody.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.bootstrap import Office, bootstrap, create_tables
from services.sandbox.sandbox import Sandbox
from services.settings import Settings
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from webui.app import create_app

BASE = "http://127.0.0.1:8000"
PASSWORD = "a long sentence of words"
KEY = "0123456789abcdef0123456789abcdef"
CAST = {
    "anna": "clerk", "boris": "manager", "vera": "executor", "galina": "lawyer", "dmitri": "quality", "head": "head",
    "admin": "admin", "egor": "egor",
}  # fmt: skip


@dataclass
class Page:
    """An answer, with what tests look for in it."""

    answer: TestResponse

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        return self.answer.get_data(as_text=True)

    @property
    def words(self) -> str:
        return " ".join(html.fromstring(self.text).text_content().split())

    @property
    def location(self) -> str:
        return self.answer.headers.get("Location", "")

    def fields(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that posts to *action* (a part of its address)."""
        for form in html.fromstring(self.text).forms:
            if action in (form.get("action") or ""):
                return {one.get("name"): one.get("value", "") for one in form.xpath(".//input[@type='hidden']")}
        raise LookupError(f"no form for {action}")

    def links(self, part: str) -> list[str]:
        found = html.fromstring(self.text).xpath("//a/@href")
        return list(dict.fromkeys(link for link in found if part in link))


@dataclass
class Visitor:
    """A browser with its own cookies."""

    client: FlaskClient
    csrf: str = ""

    def get(self, address: str, **options: Any) -> Page:
        return Page(self.client.get(address, base_url=BASE, **options))

    def post(self, address: str, data: dict[str, Any] | None = None, **options: Any) -> Page:
        """Post with the token of this browser's session; a form without one is a test of its own."""
        return Page(
            self.client.post(address, data={"csrf_token": self.token(), **(data or {})}, base_url=BASE, **options)
        )

    def token(self) -> str:
        if not self.csrf:
            found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/p/appeals/follow").text)
            assert found
            self.csrf = found.group(1)
        return self.csrf


@dataclass
class Site:
    """A running office and its site."""

    office: Office
    app: Flask
    clock: ManualClock
    _known: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client())

    def as_(self, who: str) -> Visitor:
        """Somebody of the cast, signed in; the same browser every time."""
        if who not in self._known:
            visitor = self.visitor()
            page = visitor.post("/sign-in", {"login": CAST[who], "password": PASSWORD})
            assert page.status == 303, page.words
            self._known[who] = visitor
        return self._known[who]

    def file(self, **changes: str) -> Filed:
        """Clara files a request on the portal."""
        clara = self.visitor()
        values = {
            "card.kind": "complaint",
            "card.text": "The milk was sour.",
            "card.demand": "refund",
            "card.store": "101",
            "card.applicant.name": "Клара Соколова",
            "card.applicant.mail": "clara@example.org",
            "card.consent": "given",
            "go": "send",
        }
        page = clara.post("/p/appeals", values | changes)
        assert page.status == 303, page.words
        kept = clara.get("/p/appeals/filed").text
        number, code = (re.search(rf'id="filed-{name}"><bdi>([^<]+)', kept) for name in ("number", "code"))
        assert number and code
        return Filed(clara, number.group(1), code.group(1))

    def tasks(self, who: str) -> list[str]:
        """The references of somebody's open tasks."""
        links = self.as_(who).get("/inbox").links("/inbox/")
        return list(dict.fromkeys(link.split("?")[0].removeprefix("/inbox/") for link in links))

    def complete(self, who: str, outcome: str, ref: str = "", **values: Any) -> Page:
        """Answer a task as its page would send it; `remark` and `password` go beside the form."""
        ref = ref or self.tasks(who)[0]
        sent = self.as_(who).get(f"/inbox/{ref}").fields("/complete")
        beside = {name: values.pop(name) for name in ("remark", "password", "request_id", "revision") if name in values}
        return self.as_(who).post(
            f"/inbox/{ref}/complete",
            {
                **sent,
                "submission": json.dumps(values),
                "outcome": outcome,
                **beside,
                "csrf_token": self.as_(who).token(),
            },
        )

    def registered(self) -> str:
        """A filed and registered card; gives its reference."""
        self.file()
        page = self.complete(
            "anna",
            "register",
            **{
                "card.kind": "complaint",
                "card.subject": "01.01.01.01.01",
                "card.channel": "portal",
                "card.demand": "refund",
            },
        )
        assert page.status == 303, page.words
        return self.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]


@dataclass
class Filed:
    """A request as its customer keeps it."""

    clara: Visitor
    number: str
    code: str


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the solution and the people in it; copied for each test."""
    folder = tmp_path_factory.mktemp("furnished")
    settings = Settings.for_folder(folder, secret_key=KEY)
    database = Database(settings.database_url)
    create_tables(database)
    office = bootstrap(settings, database=database)
    bundle = read_folder(settings.solutions_dir, "appeals")
    assert deploy_solution(office, INSTALLER, bundle).deployment_id
    demo = (
        bundle.files["demo/units.csv"],
        bundle.files["demo/accounts.csv"],
        PASSWORD,
        bundle.files["demo/policies.csv"],
    )
    load_demo(office, INSTALLER, *demo)
    create_account(office, INSTALLER, NewAccount("egor", "Егор", password=PASSWORD, must_change_password=False))
    with database.pool.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    office.close()
    return folder


@pytest.fixture
def site(furnished: Path, tmp_path: Path, clock: ManualClock, sandbox: Sandbox) -> Iterator[Site]:
    folder = tmp_path / "data"
    shutil.copytree(furnished, folder)
    office = bootstrap(Settings.for_folder(folder, secret_key=KEY), clock=clock, sandbox=sandbox)
    app = create_app(office)
    app.config.update(RATELIMIT_ENABLED=False)
    yield Site(office, app, clock)
    office.close()
