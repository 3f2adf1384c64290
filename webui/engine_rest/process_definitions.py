"""`/process-definition`."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine.errors import NotFound
from services.processes.find_definitions import (
    DefinitionQuery,
    DefinitionRow,
    count_definitions,
    drawing_of,
    find_definitions,
    one_definition,
)
from services.processes.start_process import start_process
from webui.auth import signed_in
from webui.engine_rest import bodies, paging
from webui.engine_rest.answers import json_answer
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of, whole
from webui.engine_rest.process_instances import shape_of
from webui.engine_rest.refusals import missing, not_implemented
from webui.engine_rest.variables import variables_in
from webui.reading import look_again, office, reading

_ORDERS = {"key": "key", "id": "id", "name": "name", "version": "version", "deploymentId": "deployment"}
_FILTERS = frozenset(
    {
        "processDefinitionId",
        "processDefinitionIdIn",
        "key",
        "keysIn",
        "name",
        "version",
        "latestVersion",
        "versionTag",
        "deploymentId",
        "active",
        "suspended",
    }
)
_MORE = """
    nameLike deployedAfter deployedAt keyLike category categoryLike resourceName resourceNameLike startableBy incidentId
    incidentType incidentMessage incidentMessageLike tenantIdIn versionTagLike withoutVersionTag startableInTasklist
    notStartableInTasklist
"""
_CAMUNDA = _FILTERS | frozenset(_MORE.split())


class _Start(bodies.Body):
    business_key = bodies.text("businessKey")
    variables = bodies.Variables()
    tell_variables = bodies.truth("withVariablesInReturn")
    instructions = bodies.anything("startInstructions")


_START = _Start()


@area.get("/process-definition", action="engine.see")
def definitions() -> Response:
    """Processes, every version unless only the latest are asked for."""
    paging.only(_FILTERS, _CAMUNDA)
    page = paging.page()
    rows = find_definitions(reading(), _query(), first=page.first, size=page.size, order=paging.order(_ORDERS))
    return json_answer([shape(row) for row in rows])


@area.get("/process-definition/count", action="engine.see")
def definition_count() -> Response:
    """How many."""
    paging.only(_FILTERS, _CAMUNDA)
    return json_answer({"count": count_definitions(reading(), _query())})


@area.get("/process-definition/<id>", action="engine.see")
def definition(id: str) -> Response:
    """One version."""
    return json_answer(shape(_by_id(id)))


@area.get("/process-definition/key/<key>", action="engine.see")
def latest_definition(key: str) -> Response:
    """The latest version."""
    return json_answer(shape(_by_key(key)))


@area.get("/process-definition/<id>/xml", action="engine.see")
def definition_xml(id: str) -> Response:
    """The drawing as it was given."""
    return _xml(_by_id(id))


@area.get("/process-definition/key/<key>/xml", action="engine.see")
def latest_definition_xml(key: str) -> Response:
    """The drawing of the latest version."""
    return _xml(_by_key(key))


@area.post("/process-definition/key/<key>/start", action="engine.start")
def start_by_key(key: str) -> Response:
    """Start the latest version."""
    try:
        return _start({"key": key})
    except NotFound as unknown:
        if unknown.code != "definition-not-found":
            raise
        missing(f"No matching process definition with key: {key} and no tenant-id", "RestException")


@area.post("/process-definition/<id>/start", action="engine.start")
def start_by_id(id: str) -> Response:
    """Start exactly this version."""
    number = number_of(id)
    if number is None:
        missing(f"Cannot instantiate process definition {id}: no deployed process definition found with id '{id}'")
    return _start({"definition_id": number})


def shape(row: DefinitionRow) -> dict[str, Any]:
    """A definition as clients index it: every field is there."""
    return {
        "id": definition_id(row.key, row.version, row.id),
        "key": row.key,
        "category": None,
        "description": None,
        "name": row.name or None,
        "version": row.version,
        "resource": row.path,
        "deploymentId": str(row.deployment_id),
        "diagram": None,
        "suspended": row.suspended,
        "tenantId": None,
        "versionTag": row.version_tag,
        "historyTimeToLive": None,
        "startableInTasklist": True,
    }


def _query() -> DefinitionQuery:
    given = request.args
    ids = paging.words("processDefinitionIdIn") or (
        (given["processDefinitionId"],) if "processDefinitionId" in given else None
    )
    keys = paging.words("keysIn") or ((given["key"],) if "key" in given else None)
    suspended = True if paging.truth("suspended") else False if paging.truth("active") else None
    deployment = given.get("deploymentId")
    return DefinitionQuery(
        ids=None if ids is None else tuple(number_of(id) or 0 for id in ids),
        keys=keys,
        name=given.get("name"),
        version=paging.number("version"),
        version_tag=given.get("versionTag"),
        deployment_id=None if deployment is None else whole(deployment) or 0,
        latest=bool(paging.truth("latestVersion")),
        suspended=suspended,
    )


def _by_id(id: str) -> DefinitionRow:
    number = number_of(id)
    try:
        return one_definition(reading(), id=number or 0)
    except NotFound:
        missing(f"No matching definition with id {id}")


def _by_key(key: str) -> DefinitionRow:
    try:
        return one_definition(reading(), key=key)
    except NotFound:
        missing(f"No matching process definition with key: {key} and no tenant-id", "RestException")


def _xml(row: DefinitionRow) -> Response:
    text = drawing_of(reading(), row.id).decode("utf-8", "replace")
    return json_answer({"id": definition_id(row.key, row.version, row.id), "bpmn20Xml": text})


def _start(which: dict[str, Any]) -> Response:
    sent = bodies.read(_START)
    if sent["instructions"]:
        not_implemented("Starting with startInstructions")
    started = start_process(
        office(), signed_in(), **which, business_key=sent["business_key"], variables=sent["variables"]
    )
    definition = (started.key, started.version, started.definition_id)
    body = shape_of(started.ref, definition, started.business_key, ended=started.ended)
    if sent["tell_variables"]:
        look_again()
        body["variables"] = variables_in(reading(), started.ref)
    return json_answer(body)
