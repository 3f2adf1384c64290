"""
The nearest tasks of somebody: one short walk along an index for each account and principal that counts as theirs, whose
heads are merged. What it costs depends on the page, not on how many tasks are open; figures stop at a limit.

A task without a term stands last: it is walked to apart, as if its term were `NEVER`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Task, TaskCandidate

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MANY = 1000
"""Figures end here: nobody counts further, and counting is a walk over what is counted."""
_ROWS = 2 * MANY  # a task may be open to several of one's groups

Place = tuple[datetime, int]
_Branch = Select[int, datetime | None]


def nearest(
    session: Session,
    actor: Actor,
    people: Iterable[int],
    *,
    groups: bool = True,
    own: bool = True,
    before: datetime | None = None,
    after: Place | None = None,
    most: int,
) -> list[int]:
    """
    Ids of open tasks by term, then age: *own* those the accounts of *people* hold, *groups* those nobody holds that one of
    the actor's principals may take; with a term *before* a moment, and *after* a place in the list.
    """
    branches: list[_Branch] = []
    if own:
        for account_id in people:
            mine = (Task.assignee_id == account_id, Task.state == "open")
            branches += _walks(select(Task.id, Task.due_at).where(*mine), Task.due_at, Task.id, before, after, most)
    if groups:
        for principal_id in actor.principals:
            free = _free().where(TaskCandidate.principal_id == principal_id)
            branches += _walks(free, TaskCandidate.due_at, TaskCandidate.task_id, before, after, most)
    if not branches:
        return []
    heads = [select(each.c[0].label("id"), each.c[1].label("due")) for each in (one.subquery() for one in branches)]
    merged = union_all(*heads).subquery()
    asked = select(merged.c.id, merged.c.due).distinct().order_by(merged.c.due, merged.c.id).limit(most)
    return [id for id, _due in session.execute(asked)]


def figures_of_groups(session: Session, actor: Actor, moments: Iterable[datetime]) -> list[int]:
    """How many tasks nobody holds the actor may take: in all, and due before each of *moments*; `MANY` is «or more»."""
    free = _free().where(TaskCandidate.principal_id.in_(actor.principals))
    asked = [free, *(free.where(TaskCandidate.due_at < moment) for moment in moments)]
    return [min(number, MANY) for number in session.execute(select(*(_figure(one) for one in asked))).one()]


def _figure(asked: _Branch) -> Any:
    some = asked.limit(_ROWS).subquery()
    return select(func.count(some.c[0].distinct())).scalar_subquery()


def _free() -> _Branch:
    asked = select(TaskCandidate.task_id, TaskCandidate.due_at).join(Task, Task.id == TaskCandidate.task_id)
    return asked.where(TaskCandidate.state == "open", Task.assignee_id.is_(None))


def _walks(asked: _Branch, due: Any, id: Any, before: datetime | None, after: Place | None, most: int) -> list[_Branch]:
    """With a term, and without one; each goes as its index goes."""
    dated = asked.where(due.is_not(None))
    if before is not None:
        dated = dated.where(due < before)
    if after is not None:
        dated = dated.where(_beyond(due, id, after))
    walks = [dated.order_by(due, id).limit(most)]
    if before is None:
        undated = asked.where(due.is_(None)).with_only_columns(id, literal(NEVER, due.type))
        if after is not None and after[0] >= NEVER:
            undated = undated.where(id > after[1])
        walks.append(undated.order_by(due, id).limit(most))
    return walks


def _beyond(due: Any, id: Any, after: Place) -> ColumnElement[bool]:
    return tuple_(due, id) > tuple_(literal(after[0], due.type), literal(after[1]))
