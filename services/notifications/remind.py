"""
Reminders of a task's term: once when it is near, once when it is past. A job wakes at the moment itself, so nothing looks
through the tasks; a task that is over by then is not spoken of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.jobs import JobKind, JobView
from engine.jobs.queue import enqueue_all
from engine.office import StepOutcome
from engine.store.models import Task
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.notifications.tell import Notification, tell_people
from services.notifications.tell_of_tasks import about_task, card_of_task, who_is_asked
from services.organisation.models import Unit

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

REMIND = "remind-of-task"
SOON, OVERDUE = "due_soon", "task_overdue"
LAST_PART = 4  # the last quarter of the term is near…
LAST_HOURS = timedelta(hours=4)  # …and so are its last four hours


def near_at(created_at: datetime, due_at: datetime) -> datetime:
    """When little of a term is left: a quarter or four hours, whichever begins earlier; never before it has begun."""
    quarter = (due_at - created_at) / LAST_PART
    if due_at - created_at <= LAST_HOURS:
        return due_at - quarter
    return due_at - max(quarter, LAST_HOURS)


@dataclass(frozen=True)
class RemindOfTasks:
    """A step listener: every opened task with a term gets its reminders."""

    office: Parts

    def after_step(self, work: UnitOfWork, actor: Actor, step: StepOutcome) -> None:
        now = self.office.clock.now()
        rows = [_row(task, *_next(task, now)) for task in step.opened if task.due_at is not None]
        if rows:
            enqueue_all(work, self.office.clock, rows)


def remind_kind(office: Parts) -> JobKind:
    """The job kind `remind-of-task`, for the engine's registry."""

    def act(_: Engine, work: UnitOfWork, job: JobView, __: Any) -> None:
        task = work.session.get(Task, job.payload["task_id"])
        if task is None or task.state != "open" or task.due_at is None:
            return
        kind = job.payload["kind"]
        remind(office, work, task, kind)
        if kind == SOON:
            enqueue_all(work, office.clock, [_row(task, OVERDUE, task.due_at)])

    return JobKind(REMIND, act=act)


def remind(office: Parts, work: UnitOfWork, task: Task, kind: str) -> int:
    """
    Tell whoever holds the task, else its candidates, that its term is near or past; past, the head of its unit too.
    Gives how many were told; twice is once. A solution without the text `notice.<kind>.subject` reminds nobody.
    """
    card = card_of_task(work.session, task.subject_ref)
    about = _about(office, task, card, kind)
    if not _is_worded(office, work, about):
        return 0
    asked = who_is_asked(work.session, task)
    told = tell_people(office, work, about, asked, mail=task.assignee_id is not None)
    if kind == OVERDUE and task.unit_id is not None:
        head = work.session.scalar(select(Unit.head_id).where(Unit.id == task.unit_id))
        told += tell_people(office, work, about, [head] if head else [])
    return told


def _next(task: Task, now: datetime) -> tuple[str, datetime]:
    """A task that is opened late in its term, or after it, begins with the reminder that is still true."""
    due = task.due_at or now
    return (SOON, near_at(task.created_at, due)) if due > now else (OVERDUE, due)


def _row(task: Task, kind: str, at: datetime) -> dict[str, Any]:
    """Not of the instance: a reminder keeps no instance alive and none waits for it."""
    payload = {"task_id": task.id, "kind": kind}
    return {"kind": REMIND, "payload": payload, "once_key": f"{REMIND}:{task.id}:{kind}", "run_at": at}


def _about(office: Parts, task: Task, card: Card | None, kind: str) -> Notification:
    opened = about_task(office, task, card)
    return Notification(
        kind=kind,
        solution=opened.solution,
        once=opened.once,
        params=opened.params,
        subject_ref=opened.subject_ref,
        task_id=opened.task_id,
    )


def _is_worded(office: Parts, work: UnitOfWork, about: Notification) -> bool:
    key = f"notice.{about.kind}.subject"
    return any(key in texts for texts in office.shelf.texts(work.session, about.solution).by_language.values())
