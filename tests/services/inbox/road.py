"""The shipped solution on an office of its own: Clara files, people carry, a signed and printed reply reaches her."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.clock import ManualClock
from engine.jobs.running import drain
from engine.store.models import Incident, Task
from services.accounts.actors import INSTALLER, actor_of
from services.bootstrap import Office, bootstrap
from services.fields import Manner
from services.inbox.complete_task import Completed, complete_task
from services.inbox.open_task import TaskPage, open_task
from services.inbox.queries import InboxPage, inbox
from services.policies.queries import policies
from services.portal.file_request import Filed, SentFile, file_request
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from tests.services.mail.carriers import KeepingMailer

ROOT = Path(__file__).resolve().parents[3]
SLUG = "appeals"
PASSWORD = "correct horse battery"
FIRM = "ООО «Рога & <Копыта>»"
REQUEST: dict[str, Any] = {
    "card.kind": "claim",
    "card.text": "Творог просрочен, верните деньги.",
    "card.store": "101",
    "card.demand": "refund",
    "card.applicant": {"name": FIRM, "mail": "clara@example.org", "phone": "+7 900 000-00-14", "kind": "organisation"},
    "card.consent": "given",
}


class Road:
    """One office and what its people do there."""

    def __init__(self, office: Office, clock: ManualClock) -> None:
        self.clock = clock
        self.post = KeepingMailer()
        self.office = bootstrap(
            office.settings, clock=clock, mailer=self.post, database=office.database, sandbox=office.sandbox
        )
        bundle = read_folder(ROOT, SLUG)
        result = deploy_solution(self.office, INSTALLER, bundle)
        assert not result.refused, [
            (f.code, f.file, f.element, f.reason) for f in result.findings if f.severity == "error"
        ]
        load_demo(self.office, INSTALLER, bundle.files["demo/units.csv"], bundle.files["demo/accounts.csv"], PASSWORD)

    @property
    def manner(self) -> Manner:
        with self.office.database.reading() as session:
            zone = policies(session).zone
        return Manner(locale="ru", zone=zone, now=self.clock.now())

    def actor(self, login: str, request_id: str | None = None) -> Any:
        with self.office.database.reading() as session:
            return actor_of(self.office, session, login, via="web", request_id=request_id)

    def file(self, request_id: str = "r1", files: tuple[SentFile, ...] = (), **changes: Any) -> Filed:
        values = REQUEST | changes
        filed = file_request(self.office, "appeals", values, files, manner=self.manner, request_id=request_id)
        self.drain()
        return filed

    def inbox(self, login: str, **how: Any) -> InboxPage:
        with self.office.database.reading() as session:
            return inbox(self.office, session, self.actor(login), self.manner, **how)

    def page(self, login: str, ref: str) -> TaskPage:
        with self.office.database.reading() as session:
            return open_task(self.office, session, self.actor(login), ref, self.manner)

    def task(self, element: str, login: str | None = None) -> str:
        asked = select(Task).where(Task.element == element, Task.state == "open").order_by(Task.id)
        with self.office.database.reading() as session:
            found = list(session.scalars(asked))
            if login:
                wanted = self.actor(login).account_id
                found = [task for task in found if task.assignee_id == wanted]
        assert found, f"no open task {element} {login or ''}: {self.incidents()}"
        return found[0].ref

    def does(self, login: str, element: str, outcome: str, _mine: bool = False, **values: Any) -> Completed:
        ref = self.task(element, login if _mine else None)
        sent = {key.replace("__", "."): value for key, value in values.items()} | {"outcome": outcome}
        done = complete_task(self.office, self.actor(login), ref, sent, manner=self.manner)
        self.drain()
        return done

    def drain(self) -> None:
        drain(self.office.engine)

    def incidents(self) -> list[tuple[str, Any, str | None]]:
        with self.office.database.reading() as session:
            return [(row.code, row.params, row.trace) for row in session.scalars(select(Incident))]

    def registered(self) -> Filed:
        filed = self.file()
        self.does(
            "clerk",
            "register",
            "register",
            card__kind="claim",
            card__subject="01.01.01.01.01",
            card__demand="refund",
            card__channel="portal",
            card__importance="normal",
        )
        return filed

    def prepared(self) -> Filed:
        filed = self.registered()
        self.does("manager", "assign", "accept")
        self.prepares()
        return filed

    def prepares(self, text: str = "<p>Деньги вернём, <b>извините</b>.</p>") -> None:
        executor = self.executor()
        self.does(
            executor,
            "prepare",
            "submit",
            card__reply=text,
            card__result="confirmed",
            approvers=["lawyer", "quality"],
        )

    def executor(self) -> str:
        from services.accounts.models import Account

        asked = select(Account.login).join(Task, Task.assignee_id == Account.id)
        with self.office.database.reading() as session:
            return session.scalars(asked.where(Task.element == "prepare", Task.state == "open")).one()
