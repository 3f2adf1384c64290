"""Deal with an incident: try again, go on without, or close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.jobs.incidents import OF_WORKERS
from engine.runtime.commands.external import may_be_fetched_again
from engine.runtime.commands.finish_operation import finish_operation
from engine.runtime.commands.standing import picture_of
from engine.store import audit
from engine.store.models import ExternalTask, Incident, Instance, Job
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def retry_incident(engine: Engine, work: UnitOfWork, actor: Actor, incident_id: int) -> Incident:
    """
    Give the failed job all its tries again, at once; an external task one more.

    An incident of a person's step has no job: nothing of that step was kept, the person does it again and success
    resolves the incident (Conflict `incident-waits-for-person`).
    """
    incident = _open(work, incident_id)
    before = picture_of(engine, work.session, incident.instance_id)
    if incident.code in OF_WORKERS:
        task, instance = _failed_work(work, incident)
        task.retries = 1
        may_be_fetched_again(engine, work, actor, instance, task)
        work.session.refresh(incident)
    else:
        job = _failed_job(work, incident)
        job.state, job.attempts, job.run_at, job.ended_at = "waiting", 0, engine.clock.now(), None
        work.new_jobs.append(job.id)
        _close(engine, work, actor, incident, "resolved")
    return _noted(engine, work, actor, incident, "incident.retry", before, before)


def skip_incident(engine: Engine, work: UnitOfWork, actor: Actor, incident_id: int) -> Incident:
    """Let the token go on as if the operation had succeeded with no outputs; only for incidents of operations."""
    incident = _open(work, incident_id)
    before = picture_of(engine, work.session, incident.instance_id)
    if incident.code in OF_WORKERS:
        task, instance = _failed_work(work, incident)
        instance_id, token = instance.id, task.token
    else:
        job = _failed_job(work, incident)
        if job.kind not in ("operation", "continue") or incident.instance_id is None or job.token is None:
            raise Conflict("incident-cannot-be-skipped", kind=job.kind)
        job.state, job.ended_at = "cancelled", engine.clock.now()
        instance_id, token = incident.instance_id, job.token
    _close(engine, work, actor, incident, "resolved")
    finish_operation(engine, work, instance_id, token, {}, actor=actor)
    after = picture_of(engine, work.session, instance_id)
    return _noted(engine, work, actor, incident, "incident.skip", before, after)


def cancel_incident(engine: Engine, work: UnitOfWork, actor: Actor, incident_id: int) -> Incident:
    """Close the incident and its job; a token that waits for the job keeps waiting for an admin to move or cancel it."""
    incident = _open(work, incident_id)
    stands = picture_of(engine, work.session, incident.instance_id)
    if incident.job_id is not None:
        job = _failed_job(work, incident)
        job.state = "cancelled"
    _close(engine, work, actor, incident, "cancelled")
    return _noted(engine, work, actor, incident, "incident.cancel", stands, stands)


def _open(work: UnitOfWork, incident_id: int) -> Incident:
    """The incident, with its instance locked first as every command does."""
    instance_id = work.session.execute(select(Incident.instance_id).where(Incident.id == incident_id)).one_or_none()
    if instance_id is None:
        raise NotFound("incident-not-found", incident=incident_id)
    if instance_id[0] is not None:
        locked_instance(work.session, instance_id[0])
    incident = work.session.get_one(Incident, incident_id, populate_existing=True)
    if incident.state != "open":
        raise Conflict("incident-closed", incident=incident_id, at=incident.ended_at)
    return incident


def _failed_job(work: UnitOfWork, incident: Incident) -> Job:
    if incident.job_id is None:
        raise Conflict("incident-waits-for-person", incident=incident.id)
    job = work.session.get_one(Job, incident.job_id, with_for_update=True)
    if job.state != "failed":
        raise Conflict("incident-closed", incident=incident.id)
    return job


def _failed_work(work: UnitOfWork, incident: Incident) -> tuple[ExternalTask, Instance]:
    of_it = select(ExternalTask).where(
        ExternalTask.instance_id == incident.instance_id,
        ExternalTask.token == incident.token,
        ExternalTask.state == "failed",
    )
    task = work.session.scalars(of_it.execution_options(populate_existing=True)).one_or_none()
    if task is None:
        raise Conflict("incident-closed", incident=incident.id)
    return task, work.session.get_one(Instance, task.instance_id)


def _close(engine: Engine, work: UnitOfWork, actor: Actor, incident: Incident, state: str) -> None:
    incident.state, incident.ended_at, incident.ended_by = state, engine.clock.now(), actor.account_id
    if incident.instance_id is not None:
        instance = work.session.get_one(Instance, incident.instance_id)
        instance.open_incidents = max(0, instance.open_incidents - 1)


def _noted(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    incident: Incident,
    action: str,
    before: list[list[str]],
    after: list[list[str]],
) -> Incident:
    where, now = f"incident:{incident.id}", engine.clock.now()
    audit.record(work.session, actor, action, where, now, code=incident.code, before=before, after=after)
    return incident
