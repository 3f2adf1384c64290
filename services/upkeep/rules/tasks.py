"""People's tasks: done once, open only while their process lives, found by those who may take them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, case, cast, func, literal, or_, select

from engine.findings import rule
from engine.store.models import Audit, Instance, Task, TaskCandidate
from services.upkeep.checking import Found, Look, looks_for
from services.upkeep.rules.instances import LIVE

UNDONE = ("open", "held")
COMPLETED_ONCE = rule(
    "task-completed-once",
    "The task is {state} and was completed {times} times by the audit.",
    "Compare with the history of its instance; restore the rows from a backup made before.",
)
WITHOUT_INSTANCE = rule(
    "task-of-ended-instance",
    "The task is open or held, but its instance is {state}.",
    "Take the task away: whatever is done with it leads nowhere.",
)
HALF_ENDED = rule(
    "task-half-ended",
    "The task is {state}, but its end says otherwise.",
    "Restore the row from a backup.",
)
CANDIDATE_STALE = rule(
    "candidate-stale",
    "A candidate of the task says {said}, the task says {state}: inboxes show it wrongly.",
    "Write state and due date of the task into its candidates.",
)


@looks_for(COMPLETED_ONCE)
def completed_once(look: Look) -> Iterator[Found]:
    done = (
        select(func.count())
        .select_from(Audit)
        .where(Audit.object_ref == literal("task:").concat(cast(Task.id, String)), Audit.action == "task.complete")
        .scalar_subquery()
    )
    asked = select(Task.id, Task.state, done).where(done != case((Task.state == "completed", 1), else_=0))
    for id, state, times in look.rows(asked, Task.id):
        yield Found(f"task:{id}", {"state": state, "times": times})


@looks_for(WITHOUT_INSTANCE)
def without_instance(look: Look) -> Iterator[Found]:
    asked = (
        select(Task.id, Instance.state)
        .join(Instance, Instance.id == Task.instance_id, isouter=True)
        .where(Task.state.in_(UNDONE), or_(Instance.id.is_(None), Instance.state.not_in(LIVE)))
    )
    for id, state in look.rows(asked, Task.id):
        yield Found(f"task:{id}", {"state": state or "gone"})


@looks_for(HALF_ENDED)
def half_ended(look: Look) -> Iterator[Found]:
    asked = select(Task.id, Task.state).where(Task.state.in_(UNDONE) == Task.ended_at.is_not(None))
    for id, state in look.rows(asked, Task.id):
        yield Found(f"task:{id}", {"state": state})


@looks_for(CANDIDATE_STALE)
def candidate_stale(look: Look) -> Iterator[Found]:
    other = or_(
        TaskCandidate.state != Task.state,
        TaskCandidate.due_at != Task.due_at,
        TaskCandidate.due_at.is_(None) != Task.due_at.is_(None),
    )
    asked = (
        select(TaskCandidate.task_id, TaskCandidate.principal_id, TaskCandidate.state, Task.state)
        .join(Task, Task.id == TaskCandidate.task_id)
        .where(other)
    )
    for task_id, _, said, state in look.rows(asked, TaskCandidate.task_id, TaskCandidate.principal_id):
        yield Found(f"task:{task_id}", {"said": said, "state": state})
