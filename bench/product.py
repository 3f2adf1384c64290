"""The product in this process: a real office (history, audit, listeners, repeated requests), without HTTP."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import drawings
from engine import queries
from engine.actor import Actor
from engine.clock import Clock
from engine.deployment import Bundle, deploy
from engine.runtime.commands import complete_task, perform, start_instance
from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.accounts.principals import principal_id
from services.accounts.rules import ENGINE
from services.bootstrap import Office, bootstrap
from services.settings import Settings
from services.upkeep.migrate import migrate


class Product:
    """One office on one database; `anna` is the only clerk."""

    name = "chancery"

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chancery-bench-")
        settings = Settings.for_folder(Path(self._folder.name), database_url=url)
        migrate(url)
        self.office: Office = bootstrap(settings, clock=clock)
        for kind, code in (("group", drawings.GROUP), ("role", ENGINE)):
            self.office.database.run(lambda work, kind=kind, code=code: principal_id(work.session, kind, code))  # type: ignore[misc]
        create_account(self.office, INSTALLER, NewAccount("anna", "Anna", groups=(drawings.GROUP,), roles=(ENGINE,)))
        with self.office.database.reading() as session:
            self.actor = actor_of(self.office, session, "anna", via="api")
        texts = [
            drawings.approval(),
            drawings.approvers(),
            drawings.approvers(inside=True),
            drawings.loop(),
            drawings.long_chain(),
            drawings.sleeper(),
        ]
        files = {f"{number}.bpmn": text.encode() for number, text in enumerate(texts)}
        with self.office.database.unit_of_work() as work:
            bare = replace(self.office.engine, checkers=())  # no forms, no texts: the engine alone
            result = deploy(bare, work, INSTALLER, Bundle("bench", files))
        assert not result.refused, result.findings[:3]

    def token(self) -> str:
        """Of a program that acts as Anna."""
        return issue_token(self.office, INSTALLER, "anna", "bench").token

    def _asking(self) -> Actor:
        return replace(self.actor, request_id=uuid.uuid4().hex)

    def start(self, key: str = "approval", variables: Mapping[str, Any] | None = None) -> int:
        engine, actor = self.office.engine, self._asking()

        def act(work: UnitOfWork) -> int:
            return start_instance(engine, work, actor, key, variables=variables or {}).id

        made: int = perform(engine, actor, "instance.start", act)
        return made

    def tasks(self, instance: int) -> list[int]:
        with self.office.database.reading() as session:
            return [task.id for task in queries.open_tasks(session, instance)]

    def complete(self, task: int, values: Mapping[str, Any]) -> None:
        engine, actor = self.office.engine, self._asking()

        def act(work: UnitOfWork) -> dict[str, Any]:
            return {"instance": complete_task(engine, work, actor, task, values).ref}

        perform(engine, actor, "task.complete", act)

    def close(self) -> None:
        self.office.close()
        self._folder.cleanup()
