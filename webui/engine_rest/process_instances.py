"""`/process-instance`."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import fields

from engine.errors import NotFound
from engine.runtime.values import from_json
from services.processes.find_instances import (
    LIVE,
    InstanceQuery,
    InstanceRow,
    count_instances,
    find_instances,
    one_instance,
    variable_texts,
)
from services.processes.steer_instance import change_variables, end_instance, suspend
from webui.auth import signed_in
from webui.engine_rest import bodies, paging
from webui.engine_rest.answers import json_answer, nothing
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of, whole
from webui.engine_rest.links import link
from webui.engine_rest.refusals import missing
from webui.engine_rest.typed import typed, typed_all, untyped
from webui.reading import office, reading

_ORDERS = {
    "instanceId": "instance",
    "definitionKey": "key",
    "definitionId": "definition",
    "businessKey": "business",
}
_FILTERS = frozenset(
    {
        "processInstanceIds",
        "businessKey",
        "processDefinitionId",
        "processDefinitionKey",
        "processDefinitionKeyIn",
        "deploymentId",
        "active",
        "suspended",
        "withIncident",
    }
)
_MORE = """
    businessKeyLike processDefinitionKeyNotIn superProcessInstance subProcessInstance superCaseInstance subCaseInstance
    incidentId incidentType incidentMessage incidentMessageLike tenantIdIn activityIdIn rootProcessInstances
    rootProcessInstanceId leafProcessInstances variables
"""
_CAMUNDA = _FILTERS | frozenset(_MORE.split())
_REASON = "Deleted over /engine-rest"


class _Suspended(bodies.Body):
    suspended = fields.Boolean(required=True)


class _Changes(bodies.Body):
    modifications = bodies.Variables("modifications")
    deletions = fields.List(fields.String(), load_default=list, allow_none=True)


_SUSPENDED, _CHANGES = _Suspended(), _Changes()


@area.get("/process-instance", action="engine.instance.list")
def instances() -> Response:
    """Running instances this account may see."""
    paging.only(_FILTERS, _CAMUNDA)
    page = paging.page()
    rows = find_instances(
        reading(), signed_in(), _query(), first=page.first, size=page.size, order=paging.order(_ORDERS)
    )
    return json_answer([shape(row) for row in rows])


@area.get("/process-instance/count", action="engine.instance.list")
def instance_count() -> Response:
    """How many."""
    paging.only(_FILTERS, _CAMUNDA)
    return json_answer({"count": count_instances(reading(), signed_in(), _query())})


@area.get("/process-instance/<ref>", action="engine.instance.see")
def instance(ref: str) -> Response:
    """One that is still running."""
    return json_answer(shape(found(ref)))


@area.delete("/process-instance/<ref>", action="engine.instance.change")
def delete_instance(ref: str) -> Response:
    """End it before its time."""
    try:
        end_instance(office(), signed_in(), ref, _REASON)
    except NotFound:
        if paging.truth("failIfNotExists") is False:
            return nothing()
        missing(f"Process instance with id {ref} does not exist")
    return nothing()


@area.put("/process-instance/<ref>/suspended", action="engine.instance.change")
def suspend_instance(ref: str) -> Response:
    """Put it to sleep, or wake it."""
    suspend(office(), signed_in(), ref, bodies.read(_SUSPENDED)["suspended"])
    return nothing()


@area.get("/process-instance/<ref>/variables", action="engine.instance.see")
def instance_variables(ref: str) -> Response:
    """Its variables by name."""
    texts = variable_texts(reading(), found(ref).id)
    return json_answer(typed_all({name: from_json(text) for name, text in texts.items()}))


@area.post("/process-instance/<ref>/variables", action="engine.instance.change")
def change_instance_variables(ref: str) -> Response:
    """Write some and delete others."""
    sent = bodies.read(_CHANGES)
    change_variables(office(), signed_in(), ref, sent["modifications"], sent["deletions"] or ())
    return nothing()


@area.get("/process-instance/<ref>/variables/<name>", action="engine.instance.see")
def instance_variable(ref: str, name: str) -> Response:
    """One variable."""
    texts = variable_texts(reading(), found(ref).id, name)
    if name not in texts:
        missing(f"process instance variable with name {name} does not exist")
    return json_answer(typed(from_json(texts[name])))


@area.put("/process-instance/<ref>/variables/<name>", action="engine.instance.change")
def put_instance_variable(ref: str, name: str) -> Response:
    """Write one variable."""
    change_variables(office(), signed_in(), ref, {name: untyped(bodies.sent(), name)})
    return nothing()


@area.delete("/process-instance/<ref>/variables/<name>", action="engine.instance.change")
def delete_instance_variable(ref: str, name: str) -> Response:
    """Delete one variable; one nobody has changes nothing."""
    change_variables(office(), signed_in(), ref, {}, (name,))
    return nothing()


def found(ref: str) -> InstanceRow:
    """The running instance, or Camunda's 404."""
    try:
        return one_instance(reading(), signed_in(), ref)
    except NotFound:
        missing(f"Process instance with id {ref} does not exist")


def shape(row: InstanceRow) -> dict[str, Any]:
    """An instance as clients index it: every field is there."""
    definition = (row.definition_key, row.definition_version, row.definition_id)
    return shape_of(
        row.ref, definition, row.business_key, ended=row.ended_at is not None, suspended=row.state == "suspended"
    )


def shape_of(
    ref: str, definition: tuple[str, int, int], business_key: str | None, *, ended: bool, suspended: bool = False
) -> dict[str, Any]:
    """The same from its parts; *definition* is key, version and number."""
    return {
        "links": [link("GET", f"/process-instance/{ref}")],
        "id": ref,
        "definitionId": definition_id(*definition),
        "definitionKey": definition[0],
        "businessKey": business_key,
        "caseInstanceId": None,
        "ended": ended,
        "suspended": suspended,
        "tenantId": None,
    }


def _query() -> InstanceQuery:
    given = request.args
    definition, deployment = given.get("processDefinitionId"), given.get("deploymentId")
    keys = paging.words("processDefinitionKeyIn")
    if "processDefinitionKey" in given:
        keys = (given["processDefinitionKey"],)
    states = ("suspended",) if paging.truth("suspended") else ("running",) if paging.truth("active") else LIVE
    return InstanceQuery(
        refs=paging.words("processInstanceIds"),
        business_key=given.get("businessKey"),
        definition_keys=keys,
        definition_id=None if definition is None else number_of(definition) or 0,
        deployment_id=None if deployment is None else whole(deployment) or 0,
        states=states,
        with_incident=bool(paging.truth("withIncident")),
    )
