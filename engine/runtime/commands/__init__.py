"""
What can be done to instances. Every command takes the OPEN unit of work, never commits, and raises the families of
`engine.errors`; who may open an instance's pages at all is the office's question, asked before.

    start_instance(engine, work, actor, key, *, subject_ref=None, business_key=None, variables=None, start=None,
                   payload=None, deployment_id=None, unit_id=None) -> Instance
    complete_task(engine, work, actor, task_id, values, *, revision=None) -> Instance
    claim_task(engine, work, actor, task_id, *, revision=None) -> Task
    release_task(engine, work, actor, task_id, *, revision=None) -> Task
    reassign_task(engine, work, actor, task_id, to_account_id, *, revision=None) -> Task
    deliver_message(engine, work, actor, name, *, correlation=None, subject_ref=None, business_key=None,
                    payload=None) -> Instance
    broadcast_signal(engine, work, actor, name, *, payload=None) -> int          # jobs made, one per receiver
    subject_changed(clock, work, subject_ref) -> int                             # conditions looked at again, by jobs
    fire_wait(engine, work, wait_id, payload=None) -> bool
    finish_operation(engine, work, instance_id, token, outputs) -> bool
    fail_operation(engine, work, instance_id, token, code, message="", data=None) -> bool
    fetch_external_tasks(engine, work, worker, topics, *, most=10) -> list[Fetched]
    complete_external_task(engine, work, actor, ref, worker, values=None, local=None) -> Instance
    fail_external_task(engine, work, actor, ref, worker, *, message, details, retries, retry_timeout) -> None
    report_bpmn_error(engine, work, actor, ref, worker, code, message="", values=None) -> Instance
    extend_lock / lock_external_task(work, ref, worker, milliseconds); unlock_external_task(work, ref)
    set_external_retries(engine, work, actor, ref, retries); set_external_priority(work, ref, priority)
    set_variables(engine, work, actor, instance_id, values, deletions=()) -> Instance
    retry_incident / skip_incident / cancel_incident(engine, work, actor, incident_id) -> Incident
    cancel_instance(engine, work, actor, instance_id, reason) -> Instance
    suspend_instance / resume_instance(engine, work, actor, instance_id) -> Instance
    modify_instance(engine, work, actor, instance_id, changes, *, reason="", revision=None) -> Instance
    foresee_modification(engine, actor, instance_id, changes, *, revision=None, variables=None) -> Foreseen   # keeps nothing
    restart_instance(engine, work, actor, instance_id, *, inputs="first", at=(), with_business_key=True) -> Instance

A use case of the office runs its commands through `perform`: it opens the unit of work, retries deadlocks, answers a
repeated request id with the first answer and files an incident when the automatic part of a step failed.

    perform(engine, actor, "task.complete", act) -> Any       # act(work) -> plain JSON, remembered as the answer
"""

from engine.runtime.commands.broadcast_signal import broadcast_signal
from engine.runtime.commands.cancel_instance import cancel_instance
from engine.runtime.commands.claim_task import claim_task
from engine.runtime.commands.complete_external_task import complete_external_task
from engine.runtime.commands.complete_task import complete_task
from engine.runtime.commands.deliver_message import deliver_message
from engine.runtime.commands.extend_lock import extend_lock, lock_external_task, unlock_external_task
from engine.runtime.commands.fail_external_task import fail_external_task
from engine.runtime.commands.fetch_external_tasks import Fetched, Topic, can_fetch, fetch_external_tasks
from engine.runtime.commands.finish_operation import fail_operation, finish_operation
from engine.runtime.commands.fire_wait import fire_wait
from engine.runtime.commands.foresee_modification import Foreseen, foresee_modification
from engine.runtime.commands.modify_instance import modify_instance
from engine.runtime.commands.perform import perform
from engine.runtime.commands.reassign_task import reassign_task
from engine.runtime.commands.release_task import release_task
from engine.runtime.commands.report_bpmn_error import report_bpmn_error
from engine.runtime.commands.restart_instance import restart_instance
from engine.runtime.commands.retry_incident import cancel_incident, retry_incident, skip_incident
from engine.runtime.commands.set_external_retries import set_external_priority, set_external_retries
from engine.runtime.commands.set_variables import set_variables
from engine.runtime.commands.start_instance import start_instance
from engine.runtime.commands.subject_changed import subject_changed
from engine.runtime.commands.suspend_instance import resume_instance, suspend_instance

__all__ = [
    "Fetched",
    "Foreseen",
    "Topic",
    "broadcast_signal",
    "can_fetch",
    "cancel_incident",
    "cancel_instance",
    "claim_task",
    "complete_external_task",
    "complete_task",
    "deliver_message",
    "extend_lock",
    "fail_external_task",
    "fail_operation",
    "fetch_external_tasks",
    "finish_operation",
    "fire_wait",
    "foresee_modification",
    "lock_external_task",
    "modify_instance",
    "perform",
    "reassign_task",
    "release_task",
    "report_bpmn_error",
    "restart_instance",
    "resume_instance",
    "retry_incident",
    "set_external_priority",
    "set_external_retries",
    "set_variables",
    "skip_incident",
    "start_instance",
    "subject_changed",
    "suspend_instance",
    "unlock_external_task",
]
