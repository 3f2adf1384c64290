"""Whoever may take a new task is told of it, in the step's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.office import StepOutcome
from engine.store.models import Task, TaskCandidate
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import AccountPrincipal
from services.cards.models import Card
from services.notifications.tell import Notification, tell_candidates, tell_people

if TYPE_CHECKING:
    from services.office import Parts

KIND = "task"
MOST_TOLD = 50  # a task of everybody is found in the inbox; a notice for each of thousands helps nobody


@dataclass(frozen=True)
class TellOfTasks:
    """A step listener: notices for all who may take the task, mail only to whom it was given."""

    office: Parts

    def after_step(self, work: UnitOfWork, actor: Actor, step: StepOutcome) -> None:
        if not step.opened:
            return
        card = card_of_task(work.session, step.instance.subject_ref)
        free = [about_task(self.office, task, card) for task in step.opened if task.assignee_id is None]
        tell_candidates(self.office, work, free, but=actor.account_id, most=MOST_TOLD)
        for task in step.opened:
            if task.assignee_id is not None and task.assignee_id != actor.account_id:
                tell_people(self.office, work, about_task(self.office, task, card), [task.assignee_id])


def about_task(office: Parts, task: Task, card: Card | None) -> Notification:
    """The notice of a task: its name is said in each reader's language."""
    params: dict[str, Any] = {
        "task": f"$task.{task.element}.name",
        "number": (card.number or card.title) if card else "",
        "due": {"$moment": task.due_at.isoformat()} if task.due_at else "",
        "link": f"{office.settings.base_url}/inbox/{task.ref}",
    }
    return Notification(
        kind=KIND,
        solution=task.solution,
        once=f"task:{task.id}",
        params=params,
        subject_ref=task.subject_ref,
        task_id=task.id,
    )


def who_is_asked(session: Session, task: Task) -> list[int]:
    """Accounts that hold the task or, held by nobody, may take it."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    return _candidates(session, [task.id]).get(task.id, [])[:MOST_TOLD]


def card_of_task(session: Session, subject_ref: str | None) -> Card | None:
    """The card a task is about."""
    if subject_ref is None or not subject_ref.startswith("card:"):
        return None
    return session.get(Card, int(subject_ref.removeprefix("card:")))


def _candidates(session: Session, task_ids: list[int]) -> dict[int, list[int]]:
    """Accounts that count as a candidate of each task, own principals only."""
    if not task_ids:
        return {}
    asked = (
        select(TaskCandidate.task_id, AccountPrincipal.account_id)
        .join(AccountPrincipal, AccountPrincipal.principal_id == TaskCandidate.principal_id)
        .where(TaskCandidate.task_id.in_(task_ids), AccountPrincipal.for_account_id == 0)
        .distinct()
        .order_by(TaskCandidate.task_id, AccountPrincipal.account_id)
    )
    found: dict[int, list[int]] = {}
    for task_id, account_id in session.execute(asked):
        found.setdefault(task_id, []).append(account_id)
    return found
