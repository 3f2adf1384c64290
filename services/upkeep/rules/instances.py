"""Running processes: something can wake each of them, nothing is left of those that are over."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from engine.findings import rule
from engine.store.models import ExternalTask, HistoryStep, Incident, Instance, InstancePart, Job, Task, Wait
from services.approval.models import ApprovalRound
from services.upkeep.checking import Found, Look, looks_for

LIVE = ("running", "suspended")

STALLED = rule(
    "instance-stalled",
    "The instance runs, but it has no open task, wait, job or incident: nothing can ever wake it.",
    "Open the instance, see where its tokens stand, then move or cancel them.",
)
ENDED_HALF = rule(
    "instance-half-ended",
    "The instance is {state}, but its end says otherwise.",
    "Restore the row from a backup, or cancel the instance if its work is done.",
)
PART_LOST = rule(
    "sleeping-part-lost",
    "The sleeping part {token} belongs to {parent}, which the instance does not have.",
    "Restore the instance from a backup; nothing else can wake the part.",
)
INCIDENTS_COUNTED = rule(
    "incident-count",
    "The instance counts {counted} open incidents and has {found}.",
    "Tell the developers; until then set open_incidents of the row to what there is.",
    "warning",
)
HISTORY_AHEAD = rule(
    "history-ahead",
    "The history knows revision {known}, the instance stands at {revision}.",
    "The instance was put back without its history: restore both from the same backup.",
)
EXTERNAL_LEFT = rule(
    "external-task-left",
    "The external task is {state}, but its instance is over or no incident stands for it.",
    "Retry or cancel the instance's incidents; a task of an instance that is over may be deleted.",
)
ROUND_LEFT = rule(
    "approval-left-open",
    "The round of approval is open, but its process is over.",
    "Close the round: nobody will be asked in it any more.",
    "warning",
)


@looks_for(STALLED)
def stalled(look: Look) -> Iterator[Found]:
    alive = [
        exists().where(Task.instance_id == Instance.id, Task.state.in_(("open", "held"))),
        exists().where(Wait.instance_id == Instance.id),
        exists().where(Job.instance_id == Instance.id, Job.state.in_(("waiting", "leased", "held"))),
        exists().where(ExternalTask.instance_id == Instance.id),
        exists().where(Incident.instance_id == Instance.id, Incident.state == "open"),
    ]
    asked = select(Instance.id).where(Instance.state.in_(LIVE), *(~one for one in alive))
    for (id,) in look.rows(asked, Instance.id):
        yield Found(f"instance:{id}")


@looks_for(ENDED_HALF)
def half_ended(look: Look) -> Iterator[Found]:
    over = Instance.ended_at.is_not(None)
    asked = select(Instance.id, Instance.state).where(Instance.state.in_(LIVE) == over)
    for id, state in look.rows(asked, Instance.id):
        yield Found(f"instance:{id}", {"state": state})


@looks_for(PART_LOST)
def parts_lost(look: Look) -> Iterator[Found]:
    asked = select(Instance.id, Instance.execution).where(exists().where(InstancePart.instance_id == Instance.id))
    look.batch, whole = 50, look.batch  # whole states are read
    try:
        for session, rows in look.pages(asked, Instance.id):
            yield from _lost(session, rows)
    finally:
        look.batch = whole


def _lost(session: Session, rows: list[Any]) -> Iterator[Found]:
    parts: dict[int, dict[str, str]] = defaultdict(dict)
    kept = select(InstancePart.instance_id, InstancePart.token, InstancePart.parent)
    for id, token, parent in session.execute(kept.where(InstancePart.instance_id.in_([row.id for row in rows]))):
        parts[id][token] = parent
    for id, execution in rows:
        known = _tokens(execution) | set(parts[id])
        for token, parent in sorted(parts[id].items()):
            if parent not in known:
                yield Found(f"instance:{id}", {"token": token, "parent": parent})


def _tokens(execution: str) -> set[str]:
    """The tokens a state holds; none in an empty one."""
    if not execution:
        return set()
    state = json.loads(execution)
    return {str(token[0]) for scope in (state["root"], *state["inner"]) for token in scope["tokens"]}


@looks_for(INCIDENTS_COUNTED)
def incidents_counted(look: Look) -> Iterator[Found]:
    found = (
        select(func.count())
        .select_from(Incident)
        .where(Incident.instance_id == Instance.id, Incident.state == "open")
        .scalar_subquery()
    )
    asked = select(Instance.id, Instance.open_incidents, found).where(Instance.open_incidents != found)
    for id, counted, there in look.rows(asked, Instance.id):
        yield Found(f"instance:{id}", {"counted": counted, "found": there})


@looks_for(HISTORY_AHEAD)
def history_ahead(look: Look) -> Iterator[Found]:
    known = select(func.max(HistoryStep.revision)).where(HistoryStep.instance_id == Instance.id).scalar_subquery()
    asked = select(Instance.id, Instance.revision, known).where(known > Instance.revision)
    for id, revision, latest in look.rows(asked, Instance.id):
        yield Found(f"instance:{id}", {"revision": revision, "known": latest})


@looks_for(EXTERNAL_LEFT)
def external_left(look: Look) -> Iterator[Found]:
    told = exists().where(
        Incident.instance_id == ExternalTask.instance_id,
        Incident.token == ExternalTask.token,
        Incident.state == "open",
    )
    asked = (
        select(ExternalTask.id, ExternalTask.state)
        .join(Instance, Instance.id == ExternalTask.instance_id)
        .where(Instance.state.not_in(LIVE) | ((ExternalTask.state == "failed") & ~told))
    )
    for id, state in look.rows(asked, ExternalTask.id):
        yield Found(f"external-task:{id}", {"state": state})


@looks_for(ROUND_LEFT)
def round_left(look: Look) -> Iterator[Found]:
    asked = (
        select(ApprovalRound.id, ApprovalRound.card_id)
        .join(Instance, Instance.id == ApprovalRound.instance_id)
        .where(ApprovalRound.ended_at.is_(None), Instance.state.not_in(LIVE))
    )
    for _, card_id in look.rows(asked, ApprovalRound.id):
        yield Found(f"card:{card_id}")
