"""Somebody takes a task, or gives it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.runtime.commands.claim_task import claim_task as claim_in_engine
from engine.runtime.commands.release_task import release_task as release_in_engine
from engine.store.models import Task
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.fields import Manner
from services.inbox.task_sheet import task_sheet

if TYPE_CHECKING:
    from services.office import Office


def claim_task(office: Office, actor: Actor, ref: str, *, revision: int | None = None) -> int:
    """Take the task; gives its new revision. Raises NotFound, Conflict("task-already-claimed", who=, at=)."""

    def act(work: UnitOfWork, as_actor: Actor, task_id: int) -> Task:
        return claim_in_engine(office.engine, work, as_actor, task_id, revision=revision)

    return _once(office, actor, ref, "task.claim", act)


def release_task(office: Office, actor: Actor, ref: str, *, revision: int | None = None) -> int:
    """Give the task back to its group; gives its new revision. Raises NotFound, NotAllowed, Conflict("nobody-else")."""

    def act(work: UnitOfWork, as_actor: Actor, task_id: int) -> Task:
        return release_in_engine(office.engine, work, as_actor, task_id, revision=revision)

    return _once(office, actor, ref, "task.release", act)


def _once(office: Office, actor: Actor, ref: str, action: str, act: Callable[[UnitOfWork, Actor, int], Task]) -> int:
    def change(work: UnitOfWork) -> int:
        if (earlier := once(work.session, actor, action)) is not None:
            return int(earlier.result)
        sheet = task_sheet(office, work.session, actor, ref, Manner())
        revision = act(work, sheet.actor, sheet.task.id).revision
        remember(work, actor, action, revision, office.clock.now())
        return revision

    return office.database.run(change)
