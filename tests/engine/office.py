"""A small office around the engine: Anna and Boris are clerks, Dmitri is a stranger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy.orm import Session

from engine import Engine, queries
from engine.actor import Actor
from engine.deployment import Bundle, DeployResult, deploy
from engine.queries import TaskView
from engine.runtime.commands import complete_task, perform, start_instance
from engine.store.models import Instance

ACCOUNTS = {"anna": 1, "boris": 2, "clara": 3, "dmitri": 4}
GROUPS = {"clerks": 101, "heads": 102}


class Names:
    """`People` from two tables of names; a user's principal is the account's number."""

    def account_ids(self, session: Session, logins: Collection[str]) -> Mapping[str, int]:
        return {login: ACCOUNTS[login] for login in logins if login in ACCOUNTS}

    def principal_ids(
        self, session: Session, kind: Literal["user", "group"], codes: Collection[str]
    ) -> Mapping[str, Sequence[int]]:
        table = ACCOUNTS if kind == "user" else GROUPS
        return {code: [table[code]] for code in codes if code in table}

    def account_name(self, session: Session, account_id: int) -> str | None:
        return next((login.capitalize() for login, known in ACCOUNTS.items() if known == account_id), None)

    def login(self, session: Session, account_id: int) -> str | None:
        return next((login for login, known in ACCOUNTS.items() if known == account_id), None)


def person(login: str, *groups: str, request_id: str | None = None) -> Actor:
    number = ACCOUNTS[login]
    principals = frozenset({number, *(GROUPS[group] for group in groups)})
    return Actor(number, login.capitalize(), "web", principals, request_id=request_id)


ANNA = person("anna", "clerks")
BORIS = person("boris", "clerks", "heads")
DMITRI = person("dmitri")


def asking(actor: Actor, request_id: str) -> Actor:
    return replace(actor, request_id=request_id)


def deployed(engine: Engine, *files: bytes, solution: str = "tests", **named: bytes) -> DeployResult:
    """Deploy drawings as one solution; names of files do not matter here."""
    whole = {f"{number}.bpmn": source for number, source in enumerate(files)}
    whole |= {name.replace("__", "/").replace("_dot_", "."): source for name, source in named.items()}
    with engine.database.unit_of_work() as work:
        result = deploy(engine, work, ANNA, Bundle(solution, whole))
    assert not result.refused, [(found.code, found.element, found.reason) for found in result.findings]
    return result


def started(engine: Engine, key: str, actor: Actor = ANNA, **how: Any) -> Instance:
    with engine.database.unit_of_work() as work:
        return start_instance(engine, work, actor, key, **how)


def open_tasks(engine: Engine, instance: Instance | int) -> list[TaskView]:
    with engine.database.reading() as session:
        return queries.open_tasks(session, instance if isinstance(instance, int) else instance.id)


def open_elements(engine: Engine, instance: Instance | int) -> list[str]:
    return [task.element for task in open_tasks(engine, instance)]


def complete(
    engine: Engine, actor: Actor, task: TaskView | int, values: Mapping[str, Any] | None = None, **how: Any
) -> Any:
    """As a use case of the office does it."""
    task_id = task if isinstance(task, int) else task.id
    return perform(
        engine,
        actor,
        "task.complete",
        lambda work: {"instance": complete_task(engine, work, actor, task_id, values or {}, **how).ref},
    )


def state_of(engine: Engine, instance: Instance) -> str:
    with engine.database.reading() as session:
        return queries.instance(session, instance.ref).state


def variables(engine: Engine, instance: Instance) -> dict[str, Any]:
    with engine.database.reading() as session:
        return queries.variables_of(session, instance.id)
