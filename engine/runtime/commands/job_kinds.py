"""The engine's own kinds of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.actor import MACHINE
from engine.errors import NotFound
from engine.jobs.kinds import JobKind, JobView
from engine.operations import Call, OperationFailed
from engine.past import KEEPING
from engine.runtime.commands.broadcast_signal import broadcast_signal
from engine.runtime.commands.calls import plain, unplain
from engine.runtime.commands.deliver_message import deliver_message
from engine.runtime.commands.finish_operation import fail_operation, finish_operation
from engine.runtime.commands.fire_wait import fire_wait, wake_token
from engine.runtime.commands.migration import KIND, do_next, gave_up
from engine.runtime.commands.running import must_run
from engine.runtime.commands.start_instance import start_definition
from engine.store.models import Definition, Deployment, Instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def engine_kinds() -> tuple[JobKind, ...]:
    """What every engine's registry holds."""
    return (
        JobKind("operation", outside=_operate, act=_operated),
        JobKind("continue", act=_continue),
        JobKind("fire-wait", act=_fire),
        JobKind("start-definition", act=_start),
        JobKind("deliver-message", act=_deliver),
        JobKind("broadcast-signal", act=_broadcast),
        JobKind(KIND, act=do_next, gave_up=gave_up),
        KEEPING,
    )


def _operate(engine: Engine, job: JobView) -> dict[str, Any]:
    """Outside: the operation itself. An error the diagram may catch is an answer, not a failure of the job."""
    operation = engine.operations.by_name.get(job.payload["operation"])
    if operation is None:
        raise NotFound("operation-unknown", operation=job.payload["operation"])
    try:
        return {"outputs": plain(operation.run(_call(engine, job)))}
    except OperationFailed as failed:
        return {"failed": failed.code, "message": failed.message, "data": plain(failed.data)}


def _call(engine: Engine, job: JobView) -> Call:
    with engine.database.reading() as session:
        instance = session.get_one(Instance, job.instance_id)
        must_run(instance)
        definition = session.get_one(Definition, instance.definition_id)
        solution = session.get_one(Deployment, definition.deployment_id).solution
    return Call(
        actor=MACHINE,
        subject_ref=instance.subject_ref,
        solution=solution,
        deployment_id=definition.deployment_id,
        instance_id=instance.id,
        element=job.element or "",
        token=job.token or "",
        inputs=unplain(job.payload["inputs"]),
        once_key=job.once_key,
        now=engine.clock.now(),
    )


def _operated(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    instance_id, token = _place(job)
    if "failed" in result:
        data = unplain(result["data"])
        fail_operation(engine, work, instance_id, token, result["failed"], result["message"], data)
    else:
        finish_operation(engine, work, instance_id, token, unplain(result["outputs"]))


def _continue(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    finish_operation(engine, work, *_place(job), {})


def _place(job: JobView) -> tuple[int, str]:
    if job.instance_id is None or job.token is None:
        raise NotFound("job-without-token", job=job.id)
    return job.instance_id, job.token


def _fire(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    wait_id, payload = job.payload["wait_id"], unplain(job.payload.get("payload", {}))
    if job.instance_id is None:
        fire_wait(engine, work, wait_id, payload)
    else:
        wake_token(engine, work, MACHINE, job.instance_id, wait_id, payload)


def _start(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    definition = work.session.get_one(Definition, job.payload["definition_id"])
    payload = unplain(job.payload["payload"])
    start_definition(engine, work, MACHINE, definition, start=job.payload["start"], payload=payload)


def _deliver(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    message = job.payload
    keys, payload = unplain(message["keys"]), unplain(message["payload"])
    deliver_message(engine, work, MACHINE, message["name"], correlation=keys, payload=payload)


def _broadcast(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    signal = job.payload
    payload = unplain(signal["payload"])
    broadcast_signal(engine, work, MACHINE, signal["name"], payload=payload, not_to=signal["from"])
