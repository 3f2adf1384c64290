"""
The nearest tasks of somebody: one short walk along an index for each account and principal that counts as theirs, whose
heads are merged. What it costs depends on the page, not on how many tasks are open; figures stop at a limit.

A task without a term stands last: it is walked to apart, as if its term were `NEVER`. The statement depends on how many
accounts and principals there are and is made once for each such shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Task, TaskCandidate
from engine.store.rows import ask
from engine.store.types import among

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MANY = 1000
"""Figures end here: nobody counts further, and counting is a walk over what is counted."""
_ONE_BY_ONE = 60
"""So many principals have a walk each (SQLite merges five hundred); more of them are looked through together."""

Place = tuple[datetime, int]
_Branch = Select[int, datetime | None]


class ListedTask(NamedTuple):
    """What a list shows of a task."""

    id: int
    ref: str
    name: str
    element: str
    kind: str
    solution: str
    subject_ref: str | None
    state: str
    assignee_id: int | None
    priority: int
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


LISTED: tuple[Any, ...] = tuple(Task.__table__.c[name] for name in ListedTask._fields)


@dataclass(frozen=True)
class _Shape:
    """What a statement's text depends on. `after`: whether the page begins behind a dated or an undated task."""

    accounts: int
    principals: int
    before: bool
    after: str


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
) -> list[ListedTask]:
    """
    Open tasks by term, then age: *own* those the accounts of *people* hold, *groups* those nobody holds that one of the
    actor's principals may take; with a term *before* a moment, and *after* a place in the list.
    """
    accounts = sorted(people) if own else []
    principals = sorted(actor.principals) if groups else []
    place = "" if after is None else "undated" if after[0] >= NEVER else "dated"
    if not (accounts or principals) or (before is not None and place == "undated"):
        return []
    row: dict[str, Any] = {"most": most, **{f"account_{at}": id for at, id in enumerate(accounts)}}
    if len(principals) <= _ONE_BY_ONE:
        row |= {f"principal_{at}": id for at, id in enumerate(principals)}
    else:
        row["principals"] = principals
    if before is not None:
        row["before"] = before
    if after is not None:
        row["after_id"] = after[1]
        if place == "dated":
            row["after_due"] = after[0]
    asked = _merged(_Shape(len(accounts), len(principals), before is not None, place))
    return [ListedTask(*found) for found in ask(session, asked, row)]


def figures_of_groups(session: Session, actor: Actor, moments: Sequence[datetime]) -> list[int]:
    """How many tasks nobody holds the actor may take: in all, and due before each of *moments*; `MANY` is «or more»."""
    rows = MANY if len(actor.principals) == 1 else 2 * MANY  # a task may be open to several of one's groups
    row = {"principals": actor.principals, "rows": rows, **{f"before_{at}": each for at, each in enumerate(moments)}}
    return [min(number, MANY) for number in ask(session, _figures(len(moments)), row)[0]]


@cache
def _merged(shape: _Shape) -> Select[Any]:
    branches: list[_Branch] = []
    for at in range(shape.accounts):
        mine = select(Task.id, Task.due_at).where(Task.assignee_id == _number(f"account_{at}"), Task.state == "open")
        branches += _walks(mine, Task.due_at, Task.id, shape)
    for principal in _principals(shape.principals):
        branches += _walks(_free().where(principal), TaskCandidate.due_at, TaskCandidate.task_id, shape)
    heads = [select(each.c[0].label("id"), each.c[1].label("due")) for each in (one.subquery() for one in branches)]
    merged = union_all(*heads).subquery()
    page = select(merged.c.id, merged.c.due).distinct().order_by(merged.c.due, merged.c.id).limit(_number("most"))
    first = page.subquery()
    return select(*LISTED).join(first, Task.id == first.c.id).order_by(first.c.due, first.c.id)


def _principals(count: int) -> list[ColumnElement[bool]]:
    if count > _ONE_BY_ONE:
        return [among(TaskCandidate.principal_id, "principals")]
    return [TaskCandidate.principal_id == _number(f"principal_{at}") for at in range(count)]


@cache
def _figures(moments: int) -> Select[Any]:
    free = _free().where(among(TaskCandidate.principal_id, "principals"))
    due = TaskCandidate.due_at
    asked = [free, *(free.where(due < bindparam(f"before_{at}", type_=due.type)) for at in range(moments))]
    return select(*(_figure(one) for one in asked))


def _figure(asked: _Branch) -> Any:
    some = asked.limit(_number("rows")).subquery()
    return select(func.count(some.c[0].distinct())).scalar_subquery()


def _free() -> _Branch:
    asked = select(TaskCandidate.task_id, TaskCandidate.due_at).join(Task, Task.id == TaskCandidate.task_id)
    return asked.where(TaskCandidate.state == "open", Task.assignee_id.is_(None))


def _walks(asked: _Branch, due: Any, id: Any, shape: _Shape) -> list[_Branch]:
    """With a term, and without one; each goes as its index goes."""
    dated = asked.where(due.is_not(None))
    if shape.before:
        dated = dated.where(due < bindparam("before", type_=due.type))
    if shape.after == "dated":
        place = tuple_(bindparam("after_due", type_=due.type), _number("after_id"))
        dated = dated.where(tuple_(due, id) > place)
    walks = [] if shape.after == "undated" else [dated.order_by(due, id).limit(_number("most"))]
    if not shape.before:
        undated = asked.where(due.is_(None)).with_only_columns(id, literal(NEVER, due.type))
        if shape.after == "undated":
            undated = undated.where(id > _number("after_id"))
        walks.append(undated.order_by(id).limit(_number("most")))
    return walks


def _number(name: str) -> Any:
    return bindparam(name, type_=Integer)
