"""What the routes of many cards wait for at once, as far as one person may answer: asked together, done card by card."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.store.models import Task, TaskCandidate
from engine.store.requests import once
from services.cards.find_card import card_id_in
from services.fields import Manner
from services.inbox.complete_task import COMPLETE, complete_task
from services.inbox.open_task import TaskPage, open_task
from services.inbox.rules import SIGNATURE
from services.inbox.task_sheet import stands_in_for
from services.processes.whereabouts import task_title

if TYPE_CHECKING:
    from services.office import Office, Parts

_NOT_SHARED = frozenset({"attachments", "filepicker"})  # files belong to one card


@dataclass(frozen=True)
class GroupTask:
    """A step at which routes of several cards stand; `ref` is the first card's task, `cards` are those it waits in."""

    element: str
    title: str
    ref: str
    cards: tuple[int, ...]


def tasks_in(
    office: Parts, session: Session, actor: Actor, cards: Collection[int], manner: Manner
) -> tuple[GroupTask, ...]:
    """
    What this actor may complete for these cards, in the order it came. A signature is nobody's to give for many: it takes
    the password and what is signed is read before.
    """
    asked = (
        select(Task)
        .where(Task.subject_ref.in_([f"card:{id}" for id in cards]), _mine(session, actor), Task.kind != SIGNATURE)
        .order_by(Task.id)
    )
    found: dict[str, dict[int, Task]] = {}
    for task in session.scalars(asked):
        found.setdefault(task.element, {}).setdefault(card_id_in(task.subject_ref) or 0, task)
    made = []
    for element, waiting in found.items():
        first = next(iter(waiting.values()))
        made.append(GroupTask(element, task_title(office, session, first, manner.locale), first.ref, tuple(waiting)))
    return tuple(made)


def shared_form(
    office: Parts, session: Session, actor: Actor, cards: Collection[int], element: str, manner: Manner
) -> tuple[GroupTask, TaskPage, list[dict[str, Any]]]:
    """
    The step, its first task as its page shows it, and the components whose answers may go into all of them: nothing is
    required, since each card keeps what it has.

    Raises NotFound("task-not-found") when no card waits for it.
    """
    step = next((one for one in tasks_in(office, session, actor, cards, manner) if one.element == element), None)
    if step is None:
        raise NotFound("task-not-found")
    page = open_task(office, session, actor, step.ref, manner)
    components = [
        {**one, "validate": {**(one.get("validate") or {}), "required": False}}
        for one in page.form.get("components", [])
        if one.get("type") not in _NOT_SHARED and not one.get("readonly") and not one.get("disabled")
    ]
    return step, page, components


def complete_for_card(
    office: Office, actor: Actor, card_id: int, element: str, answers: Mapping[str, Any], manner: Manner
) -> None:
    """
    Complete what the card's route waits for at *element*; a repeated `actor.request_id` does nothing more.

    Raises Conflict("group-no-task") when it waits for nothing of this actor's, and what `complete_task` raises.
    """
    with office.database.reading() as session:
        if once(session, actor, COMPLETE) is not None:
            return
        asked = select(Task.ref).where(
            Task.subject_ref == f"card:{card_id}", Task.element == element, _mine(session, actor)
        )
        ref = session.scalar(asked.order_by(Task.id).limit(1))
    if ref is None:
        raise Conflict("group-no-task", element=element)
    complete_task(office, actor, ref, answers, manner=manner)


def _mine(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Open, and this actor's to complete: held, also for whom it stands in, or offered and held by nobody."""
    offered = exists().where(TaskCandidate.task_id == Task.id, TaskCandidate.principal_id.in_(actor.principals))
    held = Task.assignee_id.in_(stands_in_for(session, actor))
    return and_(Task.state == "open", or_(held, and_(Task.assignee_id.is_(None), offered)))
