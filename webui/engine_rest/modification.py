"""`/process-instance/{id}/modification`, `/process-definition/{id}/restart`, `/process-instance/{id}/activity-instances`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from marshmallow import fields

from engine.errors import NotFound
from engine.runtime.commands.foresee_modification import Thing
from engine.runtime.modifying import MOST, CancelAt, CancelToken, Change, StartAfter, StartAlong, StartBefore
from engine.runtime.values import from_json
from services.processes.operate import foresee_modification, modify_instance, restart_instances, standing_of
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer, nothing
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of
from webui.engine_rest.process_instances import found
from webui.engine_rest.refusals import bad_request, missing, not_implemented
from webui.engine_rest.typed import typed, untyped
from webui.reading import office, reading

_STARTS: Mapping[str, tuple[str, Callable[[str], Change]]] = {
    "startBeforeActivity": ("activityId", StartBefore),
    "startAfterActivity": ("activityId", StartAfter),
    "startTransition": ("transitionId", StartAlong),
}


class _Modification(bodies.Body):
    instructions = fields.List(fields.Dict(), load_default=list, allow_none=True)
    annotation = bodies.text("annotation")


class _Restart(bodies.Body):
    refs = fields.List(fields.String(), data_key="processInstanceIds", load_default=list, allow_none=True)
    query = bodies.anything("historicProcessInstanceQuery")
    instructions = fields.List(fields.Dict(), load_default=list, allow_none=True)
    initial = bodies.truth("initialVariables")
    without_key = bodies.truth("withoutBusinessKey")


_MODIFICATION, _RESTART = _Modification(), _Restart()


@area.get("/process-instance/<ref>/activity-instances", action="engine.instance.see")
def activity_instances(ref: str) -> Response:
    """Where it stands: every token as a child of the instance."""
    row = found(ref)
    _, standing = standing_of(office(), reading(), signed_in(), ref)
    shared = {"processInstanceId": ref, "processDefinitionId": definition_id(*_definition(row)), "incidentIds": []}
    leaf = {"childActivityInstances": [], "childTransitionInstances": [], "executionIds": [ref], "incidents": []}
    children = [
        shared
        | leaf
        | {
            "id": f"{place.element}:{place.token}",
            "parentActivityInstanceId": ref,
            "activityId": place.element,
            "activityName": None,
            "name": None,
            "activityType": place.kind,
        }
        for place in standing.places
    ]
    root = {
        "id": ref,
        "parentActivityInstanceId": None,
        "activityId": shared["processDefinitionId"],
        "activityName": row.definition_name or None,
        "name": row.definition_name or None,
        "activityType": "processDefinition",
    }
    return json_answer(shared | leaf | root | {"childActivityInstances": children})


@area.post("/process-instance/<ref>/modification", action="engine.instance.change")
def modification(ref: str) -> Response:
    """Begin and take away tokens, all at once; for administrators."""
    sent = bodies.read(_MODIFICATION)
    found(ref)
    variables: dict[str, Any] = {}
    changes = _instructions(sent["instructions"] or (), variables)
    modify_instance(office(), signed_in(), ref, changes, reason=(sent["annotation"] or "")[:500], variables=variables)
    return nothing()


@area.post("/process-instance/<ref>/modification/dry-run", action="engine.instance.change")
def modification_dry_run(ref: str) -> Response:
    """Our own: what the same body would do, of which nothing is kept."""
    sent = bodies.read(_MODIFICATION)
    found(ref)
    variables: dict[str, Any] = {}
    changes = _instructions(sent["instructions"] or (), variables)
    seen = foresee_modification(office(), signed_in(), ref, changes, variables=variables)
    values = {
        name: {"before": _typed_text(before), "after": _typed_text(after)} for name, before, after in seen.variables
    }
    return json_answer(
        {
            "processInstanceId": ref,
            "state": seen.state,
            "before": [_token(one) for one in seen.before],
            "after": [_token(one) for one in seen.after],
            "comes": [_thing(one) for one in seen.comes],
            "goes": [_thing(one) for one in seen.goes],
            "variables": values,
        }
    )


@area.post("/process-definition/<id>/restart", action="engine.instance.change")
def restart(id: str) -> Response:
    """Start finished instances of this definition anew; for administrators."""
    sent = bodies.read(_RESTART)
    if sent["query"]:
        not_implemented("Restarting by historicProcessInstanceQuery")
    number = number_of(id)
    if number is None:
        missing(f"No matching definition with id {id}")
    variables: dict[str, Any] = {}
    at = _instructions(sent["instructions"] or (), variables)
    if any(isinstance(change, CancelToken | CancelAt) for change in at) or variables:
        bad_request("A restart takes instructions that start something, without variables")
    try:
        restart_instances(
            office(),
            signed_in(),
            sent["refs"] or (),
            inputs="first" if sent["initial"] else "last",
            at=at,
            with_business_key=not sent["without_key"],
            definition_id=number,
        )
    except NotFound as unknown:
        if unknown.code != "instance-not-found":
            raise
        bad_request(f"Historic process instance cannot be found among those of {id}")
    return nothing()


def _token(one: tuple[str, str]) -> dict[str, str]:
    return {"id": one[0], "activityId": one[1]}


def _thing(one: Thing) -> dict[str, str]:
    return {"kind": one.kind, "activityId": one.element, "about": one.about}


def _typed_text(text: str | None) -> dict[str, Any] | None:
    return None if text is None else typed(from_json(text))


def _instructions(sent: Any, variables: dict[str, Any]) -> list[Change]:
    """Camunda's instructions as changes; their variables go into *variables*."""
    if len(sent) > MOST:
        bad_request(f"A modification has at most {MOST} instructions")
    return [_instruction(one, variables) for one in sent]


def _instruction(one: Mapping[str, Any], variables: dict[str, Any]) -> Change:
    kind = one.get("type")
    for name, value in _mapping(one.get("variables")).items():
        if _mapping(value).get("local"):
            not_implemented("Local variables of an instruction")
        variables[name] = untyped(value, name)
    if kind in _STARTS:
        field, change = _STARTS[kind]
        return change(_word(one, field))
    if kind != "cancel":
        bad_request(f"Invalid instruction type: {kind}")
    if one.get("activityInstanceId") or one.get("transitionInstanceId"):
        name = "activityInstanceId" if one.get("activityInstanceId") else "transitionInstanceId"
        return CancelToken(_word(one, name).rpartition(":")[2])
    return CancelAt(_word(one, "activityId"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _word(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    if not isinstance(value, str) or not value:
        bad_request(f"For instruction type '{one.get('type')}': '{name}' must be set")
    return value


def _definition(row: Any) -> tuple[str, int, int]:
    return (row.definition_key, row.definition_version, row.definition_id)
