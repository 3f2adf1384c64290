"""`/incident`: what waits for an administrator."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine.jobs.incidents import OF_WORKERS
from services.processes.find_outside_work import IncidentRow, find_incidents
from webui.auth import signed_in
from webui.engine_rest import paging
from webui.engine_rest.answers import json_answer, moment
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, whole
from webui.engine_rest.refusals import missing
from webui.reading import reading

_TYPES = {"failedExternalTask": (OF_WORKERS, True), "failedJob": (OF_WORKERS, False)}
_FILTERS = frozenset({"incidentId", "incidentType", "processInstanceId"})
_MORE = """
    incidentMessage incidentMessageLike processDefinitionId processDefinitionKeyIn executionId incidentTimestampBefore
    incidentTimestampAfter activityId failedActivityId causeIncidentId rootCauseIncidentId configuration tenantIdIn
    jobDefinitionIdIn
"""
_CAMUNDA = _FILTERS | frozenset(_MORE.split())


@area.get("/incident", action="engine.incident.list")
def incidents() -> Response:
    """Open incidents of instances this account may see."""
    page = paging.page()
    return json_answer([shape(row) for row in _asked(page.first, page.size)])


@area.get("/incident/count", action="engine.incident.list")
def incident_count() -> Response:
    """How many."""
    return json_answer({"count": len(_asked(0, 100_000))})


@area.get("/incident/<id>", action="engine.incident.list")
def incident(id: str) -> Response:
    """One of them."""
    found = find_incidents(reading(), signed_in(), id=whole(id) or 0, size=1)
    if not found:
        missing(f"No matching incident with id {id}")
    return json_answer(shape(found[0]))


def shape(row: IncidentRow) -> dict[str, Any]:
    """An incident as clients index it."""
    of_worker = row.code in OF_WORKERS
    configuration = row.params.get("external_task") if of_worker else row.job_id
    return {
        "id": str(row.id),
        "processDefinitionId": definition_id(row.definition_key, row.definition_version, row.definition_id),
        "processInstanceId": row.instance_ref,
        "executionId": row.instance_ref,
        "incidentTimestamp": moment(row.created_at),
        "incidentType": "failedExternalTask" if of_worker else "failedJob",
        "activityId": row.element,
        "failedActivityId": row.element,
        "causeIncidentId": str(row.id),
        "rootCauseIncidentId": str(row.id),
        "configuration": None if configuration is None else str(configuration),
        "tenantId": None,
        "incidentMessage": row.params.get("message") or row.code,
        "jobDefinitionId": None,
        "annotation": None,
    }


def _asked(first: int, size: int) -> list[IncidentRow]:
    paging.only(_FILTERS, _CAMUNDA)
    given = request.args
    kind = given.get("incidentType")
    if kind is not None and kind not in _TYPES:
        return []
    id = given.get("incidentId")
    return find_incidents(
        reading(),
        signed_in(),
        id=None if id is None else whole(id) or 0,
        instance_ref=given.get("processInstanceId"),
        codes=None if kind is None else _TYPES[kind],
        first=first,
        size=size,
    )
