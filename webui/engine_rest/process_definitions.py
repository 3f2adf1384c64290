"""`/process-definition`."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine.errors import NotFound
from services.processes.start_process import Started, start_process
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of
from webui.engine_rest.links import link
from webui.engine_rest.refusals import missing, not_implemented
from webui.engine_rest.variables import variables_in
from webui.reading import look_again, office, reading


class _Start(bodies.Body):
    business_key = bodies.text("businessKey")
    variables = bodies.Variables()
    tell_variables = bodies.truth("withVariablesInReturn")
    instructions = bodies.anything("startInstructions")


_START = _Start()


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


def _start(which: dict[str, Any]) -> Response:
    sent = bodies.read(_START)
    if sent["instructions"]:
        not_implemented("Starting with startInstructions")
    started = start_process(
        office(), signed_in(), **which, business_key=sent["business_key"], variables=sent["variables"]
    )
    body = _instance(started)
    if sent["tell_variables"]:
        look_again()
        body["variables"] = variables_in(reading(), started.ref)
    return json_answer(body)


def _instance(started: Started) -> dict[str, Any]:
    return {
        "links": [link("GET", f"/process-instance/{started.ref}")],
        "id": started.ref,
        "definitionId": definition_id(started.key, started.version, started.definition_id),
        "definitionKey": started.key,
        "businessKey": started.business_key,
        "caseInstanceId": None,
        "ended": started.ended,
        "suspended": False,
        "tenantId": None,
    }
