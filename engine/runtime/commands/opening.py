"""User tasks as rows: who may take them is looked up once, when they open; for all tasks of a step together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import ScriptFailed
from engine.runtime import TaskOpened
from engine.runtime.commands.running import Running
from engine.store.models import Task
from engine.store.rows import put_objects
from engine.store.types import public_ref


def open_tasks(run: Running, opened: Sequence[TaskOpened]) -> tuple[list[Task], list[dict[str, Any]]]:
    """New tasks and, principal by principal, the rows of their candidates, which are still to be put."""
    if not opened:
        return [], []
    subject = run.instance.subject_ref
    unit_id = run.engine.context.unit_id(run.work, subject) if subject is not None else None
    unit_id = run.instance.unit_id if unit_id is None else unit_id
    logins = {each.assignee for each in opened if each.assignee is not None}
    accounts = run.engine.people.account_ids(run.work.session, logins) if logins else {}
    rows = [_task(run, each, unit_id, _assignee(run, each, accounts)) for each in opened]
    tasks = put_objects(run.work.session, Task, rows)
    return tasks, _candidates(run, tasks, opened)


def _task(run: Running, opened: TaskOpened, unit_id: int | None, assignee_id: int | None) -> dict[str, Any]:
    definition = run.definition_of(opened.definition)
    node = definition.nodes[opened.node]
    return {
        "ref": public_ref(),
        "instance_id": run.instance.id,
        "definition_id": int(definition.ref),
        "token": opened.token,
        "element": opened.element,
        "name": opened.name,
        "kind": node.properties.get("kind", "plain"),
        "multi_instance": opened.multi_instance,
        "properties": dict(node.properties),
        "form_key": opened.form_key,
        "solution": run.world.solution,
        "subject_ref": run.instance.subject_ref,
        "unit_id": unit_id,
        "state": "open",
        "assignee_id": assignee_id,
        "priority": opened.priority,
        "due_at": opened.due,
        "due_words": _due_words(node),
        "follow_up_at": opened.follow_up,
        "created_at": run.world.moment,
        "claimed_at": None,
        "ended_at": None,
        "ended_by": None,
        "acting_for": None,
        "revision": 0,
    }


def _assignee(run: Running, opened: TaskOpened, accounts: Mapping[str, int]) -> int | None:
    if opened.assignee is None:
        return None
    if opened.assignee not in accounts:
        raise ScriptFailed(
            "assignee-unknown",
            element=opened.element,
            token=opened.token,
            login=opened.assignee,
            instance_id=run.instance.id,
        )
    return accounts[opened.assignee]


def _candidates(run: Running, tasks: Sequence[Task], opened: Sequence[TaskOpened]) -> list[dict[str, Any]]:
    people, session = run.engine.people, run.work.session
    logins = {login for each in opened for login in each.candidate_users}
    codes = {code for each in opened for code in each.candidate_groups}
    users = people.principal_ids(session, "user", logins) if logins else {}
    groups = people.principal_ids(session, "group", codes) if codes else {}
    rows = []
    for task, each in zip(tasks, opened, strict=True):
        named = [users.get(login, ()) for login in each.candidate_users]
        named += [groups.get(code, ()) for code in each.candidate_groups]
        found = dict.fromkeys(principal for ids in named for principal in ids)
        rows += [
            {"task_id": task.id, "principal_id": principal, "state": "open", "due_at": task.due_at}
            for principal in found
        ]
    return rows


def _due_words(node: Any) -> str | None:
    due = node.user_task.due if node.user_task is not None else None
    return None if due is None else str(getattr(due, "source", due))[:200]
