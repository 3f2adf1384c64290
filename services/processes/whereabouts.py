"""Where a card is and who holds it: its open tasks, and its route as drawn. Who may look at the card was asked before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.actor import Actor
from engine.store.models import Definition, Instance, Task, TaskCandidate
from services.accounts.models import Account, Principal
from services.fields import Manner
from services.organisation.units import name_in

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Held:
    """An open task of a card; `who` is its holder, or the groups it waits for."""

    ref: str
    title: str
    who: str
    due_at: datetime | None
    created_at: datetime
    assignee_id: int | None
    principals: frozenset[int]

    def is_open_to(self, actor: Actor) -> bool:
        """Whether *actor* holds it or may take it."""
        if self.assignee_id is not None:
            return self.assignee_id == actor.account_id
        return bool(self.principals & actor.principals)


def who_holds(office: Parts, session: Session, card_id: int, manner: Manner) -> tuple[Held, ...]:
    """The card's open tasks in the order they came."""
    asked = (
        select(Task, Account.name)
        .outerjoin(Account, Account.id == Task.assignee_id)
        .where(Task.subject_ref == f"card:{card_id}", Task.state == "open")
        .order_by(Task.id)
    )
    found = session.execute(asked).all()
    waiting = _candidates(session, [task.id for task, _ in found], manner.locale)
    return tuple(
        Held(
            ref=task.ref,
            title=task_title(office, session, task, manner.locale),
            who=name or ", ".join(waiting.get(task.id, {}).values()),
            due_at=task.due_at,
            created_at=task.created_at,
            assignee_id=task.assignee_id,
            principals=frozenset(waiting.get(task.id, {})),
        )
        for task, name in found
    )


def card_drawing(session: Session, card_id: int) -> queries.Diagram | None:
    """The route of the card's newest process with where it is; None for a card without one."""
    found = queries.instances(session, subject_ref=f"card:{card_id}", limit=1)
    return queries.diagram(session, found[0].id) if found else None


def running_processes(session: Session, card_id: int) -> frozenset[str]:
    """The keys of the processes about the card that have not ended."""
    asked = (
        select(Definition.key)
        .join(Instance, Instance.definition_id == Definition.id)
        .where(Instance.subject_ref == f"card:{card_id}", Instance.ended_at.is_(None))
    )
    return frozenset(session.scalars(asked))


def _candidates(session: Session, tasks: list[int], locale: str) -> dict[int, dict[int, str]]:
    asked = (
        select(TaskCandidate.task_id, Principal.id, Principal.code, Principal.names)
        .join(Principal, Principal.id == TaskCandidate.principal_id)
        .where(TaskCandidate.task_id.in_(tasks))
    )
    found: dict[int, dict[int, str]] = {}
    for task_id, principal, code, names in session.execute(asked):
        found.setdefault(task_id, {})[principal] = name_in(names or {}, locale, code)
    return found


def task_title(office: Parts, session: Session, task: Task, locale: str) -> str:
    """What a task is called; the drawn name when no text says it."""
    key = f"task.{task.element}.name"
    said = office.shelf.texts(session, task.solution).get(key, locale)
    return task.name or task.element if said == key else said
