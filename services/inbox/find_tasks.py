"""Open tasks as a program asks for them: each filter has its index, and nobody sees more than in the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Definition, Instance, Task, TaskCandidate
from services.accounts.models import Account, AccountPrincipal, Principal
from services.accounts.rules import login_of
from services.inbox.walk import ListedTask, nearest

ORDERS = {
    "id": Task.id,
    "name": Task.name,
    "created": Task.created_at,
    "due": Task.due_at,
    "priority": Task.priority,
}


_WALKED = 1000


@dataclass(frozen=True)
class TaskQuery:
    """Which tasks are wanted; None says nothing. A candidate filter leaves out held tasks unless `held_too`."""

    ref: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    candidate_groups: tuple[str, ...] | None = None
    candidate_user: str | None = None
    held_too: bool = False
    instance_ref: str | None = None
    business_key: str | None = None
    definition_key: str | None = None
    definition_id: int | None = None
    element: str | None = None


@dataclass(frozen=True)
class TaskRow:
    """An open task with what it belongs to."""

    ref: str
    name: str
    element: str
    assignee: str | None
    created_at: datetime
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    form_key: str | None
    revision: int
    instance_ref: str
    suspended: bool
    definition_id: int
    definition_key: str
    definition_version: int


def find_tasks(
    session: Session,
    actor: Actor,
    query: TaskQuery,
    *,
    first: int = 0,
    size: int = 1000,
    order: tuple[str, bool] | None = None,
) -> list[TaskRow]:
    """A page of tasks; by *order* (a name of `ORDERS`, whether backwards), else by age. At most two statements."""
    near = _near(session, actor, query, first + size) if order == ("due", False) else None
    asked: Select[*tuple[Any, ...]] = (
        select(
            Task.ref,
            Task.name,
            Task.element,
            Account.login,
            Task.created_at,
            Task.due_at,
            Task.follow_up_at,
            Task.priority,
            Task.form_key,
            Task.revision,
            Instance.ref,
            Instance.state == "suspended",
            Definition.id,
            Definition.key,
            Definition.version,
        )
        .select_from(Task)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Definition, Definition.id == Task.definition_id)
        .outerjoin(Account, Account.id == Task.assignee_id)
        .where(*(_conditions(actor, query) if near is None else [Task.id.in_([task.id for task in near[first:]])]))
    )
    column, backwards = (ORDERS[order[0]], order[1]) if order else (Task.id, False)
    asked = asked.order_by(column.desc() if backwards else column, Task.id)
    asked = asked.offset(first if near is None else 0).limit(size)
    return [TaskRow(*row) for row in session.execute(asked)]


def _near(session: Session, actor: Actor, query: TaskQuery, most: int) -> list[ListedTask] | None:
    """
    By term, and nothing asked but that nobody holds them: the walk of the inbox, however many are open. None: not such a
    question.
    """
    asks_nothing_else = query == TaskQuery(unassigned=True) and "admin" not in actor.roles
    return nearest(session, actor, (), own=False, most=most) if asks_nothing_else and most <= _WALKED else None


def count_tasks(session: Session, actor: Actor, query: TaskQuery) -> int:
    """How many there are."""
    counted = select(func.count()).select_from(Task).join(Instance, Instance.id == Task.instance_id)
    counted = counted.join(Definition, Definition.id == Task.definition_id).where(*_conditions(actor, query))
    return session.scalar(counted) or 0


def _conditions(actor: Actor, query: TaskQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Task.state == "open", *_wanted(query)]
    if "admin" not in actor.roles:
        mine = select(TaskCandidate.task_id).where(
            TaskCandidate.principal_id.in_(actor.principals), TaskCandidate.state == "open"
        )
        found.append(or_(Task.assignee_id == actor.account_id, Task.id.in_(mine)))
    return found


def _wanted(query: TaskQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.ref is not None:
        found.append(Task.ref == query.ref)
    if query.assignee is not None:
        found.append(Task.assignee_id == _account(query.assignee))
    if query.unassigned:
        found.append(Task.assignee_id.is_(None))
    if query.instance_ref is not None:
        found.append(Task.instance_id == _instance(query.instance_ref))
    if query.business_key is not None:
        of_key = select(Instance.id).where(Instance.business_key == query.business_key)
        found.append(Task.instance_id.in_(of_key))
    if query.definition_key is not None:
        found.append(Definition.key == query.definition_key)
    if query.definition_id is not None:
        found.append(Definition.id == query.definition_id)
    if query.element is not None:
        found.append(Task.element == query.element)
    return found + _candidates(query)


def _candidates(query: TaskQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.candidate_groups is not None:
        groups = select(Principal.id).where(
            Principal.kind.in_(("group", "role")), Principal.code.in_(query.candidate_groups)
        )
        found.append(_open_to(groups))
    if query.candidate_user is not None:
        own = (
            select(AccountPrincipal.principal_id)
            .join(Account, Account.id == AccountPrincipal.account_id)
            .where(Account.login == login_of(query.candidate_user), AccountPrincipal.for_account_id == 0)
        )
        found.append(_open_to(own))
    if found and not query.held_too:
        found.append(Task.assignee_id.is_(None))
    return found


def _open_to(principals: Any) -> ColumnElement[bool]:
    rows = select(TaskCandidate.task_id)
    return Task.id.in_(rows.where(TaskCandidate.principal_id.in_(principals), TaskCandidate.state == "open"))


def _account(login: str) -> Any:
    return select(Account.id).where(Account.login == login_of(login)).scalar_subquery()


def _instance(ref: str) -> Any:
    return select(Instance.id).where(Instance.ref == ref).scalar_subquery()
