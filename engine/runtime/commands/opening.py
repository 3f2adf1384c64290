"""User tasks as rows: who may take them is looked up once, when they open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from engine.errors import ScriptFailed
from engine.runtime import TaskOpened
from engine.runtime.commands.running import Running
from engine.store.models import Task, TaskCandidate


def open_tasks(run: Running, opened: Sequence[TaskOpened]) -> list[Task]:
    """Rows for new tasks and, principal by principal, for their candidates."""
    if not opened:
        return []
    subject = run.instance.subject_ref
    unit_id = run.engine.context.unit_id(run.work, subject) if subject is not None else None
    unit_id = run.instance.unit_id if unit_id is None else unit_id
    tasks = [_task(run, each, unit_id) for each in opened]
    run.work.session.add_all(tasks)
    run.work.session.flush()
    rows = [row for task, each in zip(tasks, opened, strict=True) for row in _candidates(run, task, each)]
    if rows:
        run.work.session.execute(insert(TaskCandidate).execution_options(render_nulls=True), rows)
    return tasks


def _task(run: Running, opened: TaskOpened, unit_id: int | None) -> Task:
    definition = run.definition_of(opened.definition)
    node = definition.nodes[opened.node]
    return Task(
        instance_id=run.instance.id,
        definition_id=int(definition.ref),
        token=opened.token,
        element=opened.element,
        name=opened.name,
        kind=node.properties.get("kind", "plain"),
        multi_instance=opened.multi_instance,
        properties=dict(node.properties),
        form_key=opened.form_key,
        solution=run.world.solution,
        subject_ref=run.instance.subject_ref,
        unit_id=unit_id,
        assignee_id=_assignee(run, opened),
        priority=opened.priority,
        due_at=opened.due,
        due_words=_due_words(node),
        follow_up_at=opened.follow_up,
        created_at=run.world.moment,
    )


def _assignee(run: Running, opened: TaskOpened) -> int | None:
    if opened.assignee is None:
        return None
    account_id = run.engine.people.account_id(run.work.session, opened.assignee)
    if account_id is None:
        raise ScriptFailed(
            "assignee-unknown",
            element=opened.element,
            token=opened.token,
            login=opened.assignee,
            instance_id=run.instance.id,
        )
    return account_id


def _candidates(run: Running, task: Task, opened: TaskOpened) -> list[dict[str, Any]]:
    people, session = run.engine.people, run.work.session
    found: dict[int, None] = {}
    if opened.candidate_users:
        found.update(dict.fromkeys(people.principal_ids(session, "user", opened.candidate_users)))
    if opened.candidate_groups:
        found.update(dict.fromkeys(people.principal_ids(session, "group", opened.candidate_groups)))
    return [
        {"task_id": task.id, "principal_id": principal, "state": "open", "due_at": task.due_at} for principal in found
    ]


def _due_words(node: Any) -> str | None:
    due = node.user_task.due if node.user_task is not None else None
    return None if due is None else str(getattr(due, "source", due))[:200]
