"""`/history/process-instance`: instances that run and that are over."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine.errors import NotFound
from services.processes.find_instances import (
    LIVE,
    InstanceQuery,
    InstanceRow,
    count_instances,
    find_instances,
    one_instance,
)
from webui.auth import signed_in
from webui.engine_rest import paging
from webui.engine_rest.answers import json_answer, moment
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id
from webui.engine_rest.refusals import missing
from webui.reading import reading

_ORDERS = {"instanceId": "instance", "startTime": "started", "endTime": "ended", "businessKey": "business"}
_STATES = {
    "running": "ACTIVE",
    "suspended": "SUSPENDED",
    "completed": "COMPLETED",
    "failed": "INTERNALLY_TERMINATED",
    "cancelled": "EXTERNALLY_TERMINATED",
}
_OVER = ("completed", "failed", "cancelled")
_FILTERS = frozenset(
    {
        "processInstanceId",
        "processInstanceIds",
        "processInstanceBusinessKey",
        "processDefinitionKey",
        "finished",
        "unfinished",
    }
)


@area.get("/history/process-instance", action="engine.instance.list")
def past_instances() -> Response:
    """Instances this account may see, over or not."""
    _only()
    page = paging.page()
    rows = find_instances(
        reading(), signed_in(), _query(), first=page.first, size=page.size, order=paging.order(_ORDERS)
    )
    return json_answer([shape(row) for row in rows])


@area.get("/history/process-instance/count", action="engine.instance.list")
def past_instance_count() -> Response:
    """How many."""
    _only()
    return json_answer({"count": count_instances(reading(), signed_in(), _query())})


@area.get("/history/process-instance/<ref>", action="engine.instance.see")
def past_instance(ref: str) -> Response:
    """One of them."""
    try:
        return json_answer(shape(one_instance(reading(), signed_in(), ref, ended_too=True)))
    except NotFound:
        missing(f"Historic process instance with id {ref} does not exist")


def shape(row: InstanceRow) -> dict[str, Any]:
    """An instance as history shows it."""
    lasted = None if row.ended_at is None else round((row.ended_at - row.started_at).total_seconds() * 1000)
    return {
        "id": row.ref,
        "rootProcessInstanceId": row.ref,
        "superProcessInstanceId": None,
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "processDefinitionName": row.definition_name or None,
        "processDefinitionKey": row.definition_key,
        "processDefinitionVersion": row.definition_version,
        "processDefinitionId": definition_id(row.definition_key, row.definition_version, row.definition_id),
        "businessKey": row.business_key,
        "startTime": moment(row.started_at),
        "endTime": moment(row.ended_at),
        "removalTime": None,
        "durationInMillis": lasted,
        "startUserId": None,
        "startActivityId": None,
        "deleteReason": row.end_reason,
        "tenantId": None,
        "state": _STATES[row.state],
        "restartedProcessInstanceId": None,
    }


def _only() -> None:
    """History has many filters; the paging words and ours are applied, any other would give a wrong list."""
    known = _FILTERS | {"firstResult", "maxResults", "sortBy", "sortOrder"}
    paging.only(known, frozenset(request.args))


def _query() -> InstanceQuery:
    given = request.args
    states = _OVER if paging.truth("finished") else LIVE if paging.truth("unfinished") else None
    refs = paging.words("processInstanceIds") or paging.words("processInstanceId")
    keys = (given["processDefinitionKey"],) if "processDefinitionKey" in given else None
    return InstanceQuery(
        refs=refs, business_key=given.get("processInstanceBusinessKey"), definition_keys=keys, states=states
    )
