"""`/external-task`: what outside workers fetch and do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request
from marshmallow import fields

from engine.errors import Conflict, Invalid, NotFound
from services.processes import work_outside
from services.processes.find_outside_work import (
    WorkQuery,
    WorkRow,
    count_work,
    error_details,
    find_work,
    topics,
)
from webui.auth import signed_in
from webui.engine_rest import bodies, paging
from webui.engine_rest.answers import json_answer, moment, nothing
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of
from webui.engine_rest.refusals import Refused, bad_request, missing
from webui.reading import office, reading

_ORDERS = {
    "id": "id",
    "lockExpirationTime": "lock",
    "processInstanceId": "instance",
    "processDefinitionId": "definition",
    "taskPriority": "priority",
}
_FILTERS = frozenset(
    {
        "externalTaskId",
        "topicName",
        "workerId",
        "locked",
        "notLocked",
        "withRetriesLeft",
        "noRetriesLeft",
        "activityId",
        "processInstanceId",
        "processDefinitionId",
        "processDefinitionKey",
    }
)
_MORE = """
    externalTaskIdIn lockExpirationAfter lockExpirationBefore activityIdIn executionId processInstanceIdIn tenantIdIn active
    suspended priorityHigherThanOrEquals priorityLowerThanOrEquals processDefinitionKeyIn processDefinitionName
    processDefinitionNameLike processVariables
"""
_CAMUNDA = _FILTERS | frozenset(_MORE.split())


class _Complete(bodies.Body):
    worker = bodies.text("workerId")
    variables = bodies.Variables()
    local = bodies.Variables("localVariables")


class _Failure(bodies.Body):
    worker = bodies.text("workerId")
    message = bodies.text("errorMessage")
    details = bodies.text("errorDetails")
    retries = bodies.number("retries")
    retry_timeout = bodies.number("retryTimeout")
    variables = bodies.anything("variables")
    local = bodies.anything("localVariables")


class _Error(bodies.Body):
    worker = bodies.text("workerId")
    code = bodies.text("errorCode")
    message = bodies.text("errorMessage")
    variables = bodies.Variables()


class _Hold(bodies.Body):
    worker = bodies.text("workerId")
    extend = bodies.number("newDuration")
    lock = bodies.number("lockDuration")


class _Retries(bodies.Body):
    retries = fields.Integer(required=True)
    refs = fields.List(fields.String(), data_key="externalTaskIds", load_default=None, allow_none=True)


class _Priority(bodies.Body):
    priority = fields.Integer(required=True)


_COMPLETE, _FAILURE, _ERROR, _HOLD, _RETRIES, _PRIORITY = (
    _Complete(),
    _Failure(),
    _Error(),
    _Hold(),
    _Retries(),
    _Priority(),
)


@area.get("/external-task", action="engine.work.list")
def external_tasks() -> Response:
    """What waits for outside workers."""
    paging.only(_FILTERS, _CAMUNDA)
    page = paging.page()
    rows = find_work(reading(), signed_in(), _query(), first=page.first, size=page.size, order=paging.order(_ORDERS))
    return json_answer([shape(row) for row in rows])


@area.get("/external-task/count", action="engine.work.list")
def external_task_count() -> Response:
    """How many."""
    paging.only(_FILTERS, _CAMUNDA)
    return json_answer({"count": count_work(reading(), signed_in(), _query())})


@area.get("/external-task/topic-names", action="engine.work.list")
def topic_names() -> Response:
    """The topics something waits for."""
    return json_answer(topics(reading(), signed_in()))


@area.get("/external-task/<ref>", action="engine.work.see")
def external_task(ref: str) -> Response:
    """One of them."""
    rows = find_work(reading(), signed_in(), WorkQuery(ref=ref), size=1)
    if not rows:
        missing(f"External task with id {ref} does not exist")
    return json_answer(shape(rows[0]))


@area.get("/external-task/<ref>/errorDetails", action="engine.work.see")
def external_task_error(ref: str) -> Response:
    """What the worker said of its last failure."""
    try:
        details = error_details(reading(), signed_in(), ref)
    except NotFound:
        missing(f"External task with id {ref} does not exist")
    return Response(details, content_type="text/plain") if details else nothing()


@area.post("/external-task/<ref>/complete", action="engine.work.finish")
def complete_work(ref: str) -> Response:
    """Done; the process runs on before the answer."""
    sent = bodies.read(_COMPLETE)
    with _said(ref, sent["worker"], "completed"):
        work_outside.complete_work(office(), signed_in(), ref, sent["worker"], sent["variables"], sent["local"])
    return nothing()


@area.post("/external-task/<ref>/failure", action="engine.work.finish")
def fail_work(ref: str) -> Response:
    """Not done: again later, or an incident."""
    sent = bodies.read(_FAILURE)
    if sent["variables"] or sent["local"]:
        bad_request("Variables are taken with complete and bpmnError, not with a failure", "variable-refused")
    with _said(ref, sent["worker"], "failed"):
        work_outside.fail_work(
            office(),
            signed_in(),
            ref,
            sent["worker"],
            message=sent["message"],
            details=sent["details"],
            retries=sent["retries"] or 0,
            retry_timeout=sent["retry_timeout"] or 0,
        )
    return nothing()


@area.post("/external-task/<ref>/bpmnError", action="engine.work.finish")
def report_error(ref: str) -> Response:
    """Ended by an error of the diagram."""
    sent = bodies.read(_ERROR)
    given = (ref, sent["worker"], sent["code"], sent["message"] or "", sent["variables"])
    with _said(ref, sent["worker"], "ended by an error"):
        work_outside.report_error(office(), signed_in(), *given)
    return nothing()


@area.post("/external-task/<ref>/extendLock", action="engine.work.hold")
def extend_work(ref: str) -> Response:
    """Hold it longer."""
    sent = bodies.read(_HOLD)
    with _said(ref, sent["worker"], "extended"):
        work_outside.extend_work(office(), signed_in(), ref, sent["worker"], sent["extend"] or 0)
    return nothing()


@area.post("/external-task/<ref>/lock", action="engine.work.hold")
def lock_work(ref: str) -> Response:
    """Take exactly this one."""
    sent = bodies.read(_HOLD)
    with _said(ref, sent["worker"], "locked"):
        work_outside.lock_work(office(), signed_in(), ref, sent["worker"], sent["lock"] or 0)
    return nothing()


@area.post("/external-task/<ref>/unlock", action="engine.work.hold")
def let_work_go(ref: str) -> Response:
    """Anybody may fetch it again."""
    with _said(ref, None, "unlocked"):
        work_outside.let_work_go(office(), signed_in(), ref)
    return nothing()


@area.put("/external-task/<ref>/retries", action="engine.work.change")
def set_work_retries(ref: str) -> Response:
    """How many tries it has; more than none resolves its incident."""
    sent = bodies.read(_RETRIES)
    with _said(ref, None, "changed"):
        work_outside.set_retries(office(), signed_in(), [ref], sent["retries"])
    return nothing()


@area.put("/external-task/retries", action="engine.work.change")
def set_several_retries() -> Response:
    """The same for several, all or none."""
    sent = bodies.read(_RETRIES)
    if not sent["refs"] or len(sent["refs"]) > paging.MOST:
        bad_request(f"externalTaskIds must name at least one and at most {paging.MOST} external tasks")
    work_outside.set_retries(office(), signed_in(), sent["refs"], sent["retries"])
    return nothing()


@area.put("/external-task/<ref>/priority", action="engine.work.change")
def set_work_priority(ref: str) -> Response:
    """The higher, the earlier it is fetched."""
    with _said(ref, None, "changed"):
        work_outside.set_priority(office(), signed_in(), ref, bodies.read(_PRIORITY)["priority"])
    return nothing()


def shape(row: WorkRow) -> dict[str, Any]:
    """An external task as clients index it: every field is there."""
    return {
        "activityId": row.element,
        "activityInstanceId": f"{row.element}:{row.ref}",
        "errorMessage": row.error,
        "executionId": row.instance_ref,
        "id": row.ref,
        "lockExpirationTime": moment(row.free_at) if row.worker is not None else None,
        "processDefinitionId": definition_id(row.definition_key, row.definition_version, row.definition_id),
        "processDefinitionKey": row.definition_key,
        "processDefinitionVersionTag": row.version_tag,
        "processInstanceId": row.instance_ref,
        "retries": row.retries,
        "suspended": bool(row.suspended),
        "workerId": row.worker,
        "topicName": row.topic,
        "tenantId": None,
        "priority": -row.rank,
        "businessKey": row.business_key,
        "createTime": moment(row.created_at),
    }


def _query() -> WorkQuery:
    given = request.args
    definition = given.get("processDefinitionId")
    locked = True if paging.truth("locked") else False if paging.truth("notLocked") else None
    left = True if paging.truth("withRetriesLeft") else False if paging.truth("noRetriesLeft") else None
    return WorkQuery(
        ref=given.get("externalTaskId"),
        topic=given.get("topicName"),
        worker=given.get("workerId"),
        locked=locked,
        retries_left=left,
        element=given.get("activityId"),
        instance_ref=given.get("processInstanceId"),
        definition_key=given.get("processDefinitionKey"),
        definition_id=None if definition is None else number_of(definition) or 0,
    )


@contextmanager
def _said(ref: str, worker: str | None, what: str) -> Iterator[None]:
    """Refusals in Camunda's words: somebody else's task is a bad request, one that is gone is not found."""
    try:
        yield
    except (Conflict, NotFound, Invalid) as refused:
        _refuse(refused, ref, worker, what)
        raise


def _refuse(refused: Conflict | NotFound | Invalid, ref: str, worker: str | None, what: str) -> None:
    if refused.code == "external-task-not-found":
        missing(f"External task with id {ref} does not exist", "RestException")
    if refused.code in ("external-task-held", "external-task-not-locked"):
        holder = refused.params.get("holder")
        until = f" until {moment(refused.params['until'])}" if holder else ""
        bad_request(
            f"External Task {ref} cannot be {what} by worker '{worker}'. "
            f"It is locked by worker '{holder if holder else 'null'}'{until}.",
            refused.code,
            "RestException",
        )
    if refused.code == "worker-missing":
        raise Refused(400, "BadUserRequestException", "workerId is null or too long", refused.code)
    if refused.code == "lock-duration":
        raise Refused(400, "BadUserRequestException", "lockTime is not greater than 0 or too long", refused.code)
