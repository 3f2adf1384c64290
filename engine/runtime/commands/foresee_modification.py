"""What a modification would do: it is done in a transaction that is always rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.runtime.commands.modify_instance import modified
from engine.runtime.commands.set_variables import set_variables
from engine.runtime.modifying import Change
from engine.store.models import ExternalTask, Instance, Job, Task, Variable, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

SHOWN = 1000
"""Of each kind of thing that comes or goes, and of variables."""


@dataclass(frozen=True)
class Thing:
    """A task, a wait or a job: the element it belongs to; `about` is a message's name, a moment, a job's kind."""

    kind: str
    element: str
    about: str = ""


@dataclass(frozen=True)
class Foreseen:
    """
    Tokens before and after as (token, element), the first hundred; what would come and go; variables as the engine's own
    JSON before and after, None where there is none; the state it would have.
    """

    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    comes: tuple[Thing, ...]
    goes: tuple[Thing, ...]
    variables: tuple[tuple[str, str | None, str | None], ...]
    state: str


class _NotKept(Exception):
    """Carries what was seen out of the transaction and rolls it back."""

    def __init__(self, foreseen: Foreseen) -> None:
        super().__init__("rolled back")
        self.foreseen = foreseen


def foresee_modification(
    engine: Engine,
    actor: Actor,
    instance_id: int,
    changes: Sequence[Change],
    *,
    revision: int | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Foreseen:
    """
    The modification with everything that follows from it in the database, then nothing of it: no row, no number, no job,
    no audit. Refused as it would be (Invalid, Conflict `modify-failed`).
    """

    def act(work: UnitOfWork) -> None:
        things, values = _things(work.session, instance_id), _variables(work.session, instance_id)
        if variables:
            set_variables(engine, work, actor, instance_id, variables)
        before, run = modified(engine, work, actor, instance_id, changes, reason="", revision=revision)
        work.session.flush()
        now, new = _things(work.session, instance_id), _variables(work.session, instance_id)
        names = sorted(name for name in {*values, *new} if values.get(name) != new.get(name))
        after = [(place.token, place.element) for place in run.execution.places()[:100]]
        raise _NotKept(
            Foreseen(
                before=tuple((token, element) for token, element in before),
                after=tuple(after),
                comes=tuple((now - things).elements())[:SHOWN],
                goes=tuple((things - now).elements())[:SHOWN],
                variables=tuple((name, values.get(name), new.get(name)) for name in names[:SHOWN]),
                state=work.session.scalars(select(Instance.state).where(Instance.id == instance_id)).one(),
            )
        )

    try:
        engine.database.run(act)
    except _NotKept as seen:
        return seen.foreseen
    raise AssertionError("unreachable")


def _things(session: Session, instance_id: int) -> Counter[Thing]:
    """What is open in the instance, in the order it was opened."""
    tasks = select(Task.element).where(Task.instance_id == instance_id, Task.state.in_(("open", "held")))
    waits = select(Wait.kind, Wait.element, Wait.name, Wait.due_at).where(Wait.instance_id == instance_id)
    outside = select(ExternalTask.element, ExternalTask.topic).where(ExternalTask.instance_id == instance_id)
    jobs = select(Job.element, Job.kind).where(Job.instance_id == instance_id, Job.state.in_(("waiting", "leased")))
    found = [Thing("task", element) for element in session.scalars(tasks.order_by(Task.id))]
    for kind, element, name, due_at in session.execute(waits.order_by(Wait.id)):
        found.append(Thing(kind, element, name or (due_at.isoformat() if due_at else "")))
    for element, topic in session.execute(outside.order_by(ExternalTask.id)):
        found.append(Thing("external", element, topic))
    for at, what in session.execute(jobs.order_by(Job.id)):
        found.append(Thing("job", at or "", what))
    return Counter(found)


def _variables(session: Session, instance_id: int) -> dict[str, str]:
    asked = select(Variable.name, Variable.value).where(Variable.instance_id == instance_id, Variable.scope == "")
    return dict(session.execute(asked.order_by(Variable.name)).all())
