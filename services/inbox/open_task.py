"""One task as its page shows it: form, buttons, card, who holds it, what has happened so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Audit, Task, TaskCandidate
from services.accounts.models import Account, Principal
from services.cards.models import Draft
from services.fields import Manner
from services.inbox.complete_task import ANSWERED
from services.inbox.forms import initial_values, schema_for
from services.inbox.rules import may_claim, may_complete, may_release
from services.inbox.save_task_draft import draft_key
from services.inbox.task_sheet import TaskSheet, task_sheet
from services.organisation.units import name_in

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Button:
    """One outcome. `needs_password`: pressing it signs."""

    code: str
    label: str
    style: str  # primary plain refuse
    needs_remark: bool
    needs_password: bool


@dataclass(frozen=True)
class CardHead:
    """The card a task is about."""

    ref: str
    type: str
    type_label: str
    number: str | None
    title: str
    state: str
    state_label: str
    revision: int


@dataclass(frozen=True)
class Past:
    """A step of the instance: a task, open or done. `outcome` is the pressed button's label."""

    element: str
    name: str
    state: str  # open completed cancelled
    holder: str | None
    done_by: str | None
    acting_for: str | None
    outcome: str
    remark: str
    created_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    current: bool


@dataclass(frozen=True)
class TaskPage:
    """Everything the page of a task shows. `values` are those of a saved draft when there is one."""

    ref: str
    revision: int
    element: str
    name: str
    hint: str
    kind: str  # plain visa signature registration
    state: str
    solution: str
    instance_ref: str
    definition_id: int
    created_at: datetime
    due_at: datetime | None
    due_words: str | None
    priority: int
    overdue: bool
    holder: str | None
    mine: bool
    acting_for: str | None
    candidates: tuple[str, ...]
    may_claim: bool
    may_release: bool
    may_complete: bool
    form: dict[str, Any]
    values: dict[str, Any]
    draft_saved_at: datetime | None
    buttons: tuple[Button, ...]
    asks_remark: bool  # some button needs a remark and the form has no such field
    card: CardHead | None
    history: tuple[Past, ...]


def open_task(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> TaskPage:
    """
    The page of a task, in a bounded number of statements.

    Raises NotFound("task-not-found") when it does not exist or is none of the actor's; a task completed meanwhile is
    shown with its `state`.
    """
    sheet = task_sheet(office, session, actor, ref, manner)
    task, label = sheet.task, sheet.around.label
    draft = session.get(Draft, (actor.account_id, draft_key(ref))) if actor.account_id else None
    values = initial_values(sheet.fields, sheet.values, sheet.variables, sheet.around)
    names = _names(session, {task.assignee_id, sheet.actor.acting_for})
    keys = {one.key for one in sheet.fields}
    return TaskPage(
        ref=task.ref,
        revision=task.revision,
        element=task.element,
        name=task_name(sheet, task),
        hint=_text(sheet, f"task.{task.element}.hint"),
        kind=task.kind,
        state=task.state,
        solution=task.solution,
        instance_ref=sheet.instance_ref,
        definition_id=task.definition_id,
        created_at=task.created_at,
        due_at=task.due_at,
        due_words=task.due_words,
        priority=task.priority,
        overdue=task.state == "open" and task.due_at is not None and task.due_at < office.clock.now(),
        holder=names.get(task.assignee_id or 0),
        mine=sheet.facts.own,
        acting_for=names.get(sheet.actor.acting_for or 0),
        candidates=_candidates(sheet),
        may_claim=may_claim(sheet.facts),
        may_release=may_release(sheet.facts),
        may_complete=may_complete(sheet.facts),
        form=schema_for(sheet.form, sheet.fields, sheet.around),
        values=values | (draft.data if draft else {}),
        draft_saved_at=draft.saved_at if draft else None,
        buttons=tuple(
            Button(
                one.code,
                label(f"task.{task.element}.outcome.{one.code}"),
                one.style,
                one.needs_remark,
                one.needs_password,
            )
            for one in sheet.outcomes
        ),
        asks_remark=any(one.needs_remark for one in sheet.outcomes) and "remark" not in keys,
        card=_head(sheet),
        history=_history(sheet),
    )


def task_name(sheet: TaskSheet, task: Task) -> str:
    """What a task is called in the reader's language; the drawn name when no text says it."""
    return _text(sheet, f"task.{task.element}.name") or task.name


def _text(sheet: TaskSheet, key: str) -> str:
    said = sheet.around.label(key)
    return "" if said == key else said


def _head(sheet: TaskSheet) -> CardHead | None:
    card, type = sheet.card, sheet.card_type
    if card is None or type is None:
        return None
    label = sheet.around.label
    return CardHead(
        ref=card.ref,
        type=card.type,
        type_label=label(type.title),
        number=card.number,
        title=card.title,
        state=card.state,
        state_label=label(f"card.{card.type}.state.{card.state}"),
        revision=card.revision,
    )


def _candidates(sheet: TaskSheet) -> tuple[str, ...]:
    asked = (
        select(Principal.kind, Principal.code, Principal.names, Account.name)
        .join(TaskCandidate, TaskCandidate.principal_id == Principal.id)
        .outerjoin(Account, (Principal.kind == "user") & (Account.login == Principal.code))
        .where(TaskCandidate.task_id == sheet.task.id)
        .order_by(Principal.id)
    )
    return tuple(
        person or name_in(names or {}, sheet.manner.locale, _text(sheet, f"role.{code}") or code)
        for _, code, names, person in sheet.session.execute(asked)
    )


def _history(sheet: TaskSheet) -> tuple[Past, ...]:
    session = sheet.session
    tasks = list(session.scalars(select(Task).where(Task.instance_id == sheet.task.instance_id).order_by(Task.id)))
    people = {id for task in tasks for id in (task.assignee_id, task.ended_by, task.acting_for)}
    names = _names(session, people)
    answers = _answers(session, tasks)
    return tuple(_past(sheet, task, names, answers.get(task.id, {})) for task in tasks)


def _past(sheet: TaskSheet, task: Task, names: dict[int, str], answer: dict[str, Any]) -> Past:
    code = answer.get("outcome", "")
    return Past(
        element=task.element,
        name=task_name(sheet, task),
        state=task.state,
        holder=names.get(task.assignee_id or 0),
        done_by=names.get(task.ended_by or 0),
        acting_for=names.get(task.acting_for or 0),
        outcome=sheet.around.label(f"task.{task.element}.outcome.{code}") if code else "",
        remark=answer.get("remark", ""),
        created_at=task.created_at,
        ended_at=task.ended_at,
        due_at=task.due_at,
        current=task.id == sheet.task.id,
    )


def _answers(session: Session, tasks: list[Task]) -> dict[int, dict[str, Any]]:
    refs = [f"task:{task.id}" for task in tasks if task.state == "completed"]
    if not refs:
        return {}
    asked = select(Audit.object_ref, Audit.details).where(Audit.object_ref.in_(refs), Audit.action == ANSWERED)
    return {int(ref.removeprefix("task:")): details for ref, details in session.execute(asked)}


def _names(session: Session, ids: set[int | None]) -> dict[int, str]:
    wanted = {id for id in ids if id}
    if not wanted:
        return {}
    return dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted))).all())
