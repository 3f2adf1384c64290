"""Incidents: what gave up and waits for an admin."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import MACHINE, Actor
from engine.errors import ChanceryError
from engine.store import audit
from engine.store.models import Incident, Instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine
    from engine.jobs.kinds import JobView

_TRACE = 20_000
WORK_FAILED = "external-task-failed"
ERROR_NOT_CAUGHT = "external-error-not-caught"
OF_WORKERS = frozenset({WORK_FAILED, ERROR_NOT_CAUGHT})
"""Codes of incidents an external task stands behind: trying again gives it one more try."""


def open_incident(
    engine: Engine, work: UnitOfWork, failure: BaseException, *, actor: Actor = MACHINE, job: JobView | None = None
) -> Incident:
    """
    File what failed: code, element and token come from the failure's params (or the job), the trace is for whoever mends.

    `instance_id` and `began_with` among the params (the task or wait the step began with) say where it belongs. The same
    failure at the same place again counts up the open incident instead of making another.
    """
    code, params = described(failure)
    instance = _instance(work, params.pop("instance_id", None) or (job.instance_id if job else None))
    instance_id = None if instance is None else instance.id
    token = params.pop("began_with", None) or (job.token if job else None) or params.get("token")
    element = params.get("element") or (job.element if job else None)
    known = _known(work, code, instance_id, token, element, job)
    if known is not None:
        known.params = {**known.params, "times": known.params.get("times", 1) + 1}
        return known
    incident = Incident(
        instance_id=instance_id,
        job_id=job.id if job else None,
        token=token,
        element=element,
        code=code,
        params=params,
        trace="".join(traceback.format_exception(failure))[-_TRACE:],
        state="open",
        created_at=engine.clock.now(),
    )
    work.session.add(incident)
    work.session.flush()
    if instance is not None:
        instance.open_incidents += 1
    where = f"instance:{instance_id}" if instance_id else f"incident:{incident.id}"
    audit.record(work.session, actor, "incident.open", where, engine.clock.now(), code=code, element=element)
    return incident


def give_up(engine: Engine, work: UnitOfWork, job: JobView, failure: BaseException) -> None:
    """File the incident of a job and tell its kind."""
    open_incident(engine, work, failure, job=job)
    kind = engine.job_kinds.by_name.get(job.kind)
    if kind is not None and kind.gave_up is not None:
        kind.gave_up(engine, work, job)


def described(failure: BaseException) -> tuple[str, dict[str, Any]]:
    """A failure as code and plain parameters."""
    if isinstance(failure, ChanceryError):
        return failure.code, {name: _plain(value) for name, value in failure.params.items()}
    return "unexpected", {"error": type(failure).__name__, "message": str(failure)[:500]}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _instance(work: UnitOfWork, instance_id: int | None) -> Instance | None:
    """The instance, locked; None when it was begun in the very transaction that failed and is gone with it."""
    return None if instance_id is None else work.session.get(Instance, instance_id, with_for_update=True)


def _known(
    work: UnitOfWork, code: str, instance_id: int | None, token: str | None, element: str | None, job: JobView | None
) -> Incident | None:
    same = select(Incident).where(Incident.state == "open", Incident.code == code)
    if job is not None:
        same = same.where(Incident.job_id == job.id)
    elif instance_id is not None:
        same = same.where(Incident.instance_id == instance_id, Incident.token == token, Incident.element == element)
    else:
        return None
    return work.session.scalars(same.limit(1)).one_or_none()
