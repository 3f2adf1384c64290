"""`/message` and `/signal`."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine.errors import Conflict, NotFound
from services.processes.find_instances import one_instance
from services.processes.tell_processes import tell_message, tell_signal
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer, nothing
from webui.engine_rest.area import area
from webui.engine_rest.process_instances import shape
from webui.engine_rest.refusals import bad_request, not_implemented
from webui.reading import look_again, office, reading


class _Message(bodies.Body):
    name = bodies.text("messageName")
    business_key = bodies.text("businessKey")
    instance = bodies.text("processInstanceId")
    keys = bodies.Variables("correlationKeys")
    local_keys = bodies.anything("localCorrelationKeys")
    variables = bodies.Variables("processVariables")
    local = bodies.anything("processVariablesLocal")
    all = bodies.truth("all")
    tell = bodies.truth("resultEnabled")


class _Signal(bodies.Body):
    name = bodies.text("name")
    execution = bodies.text("executionId")
    variables = bodies.Variables()


_MESSAGE, _SIGNAL = _Message(), _Signal()


@area.post("/message", action="engine.tell")
def message() -> Response:
    """Deliver a message to the one that waits for it, or start a process by it."""
    sent = bodies.read(_MESSAGE)
    if not sent["name"]:
        bad_request("No message name supplied")
    if sent["all"] or sent["local_keys"] or sent["local"]:
        not_implemented("Correlating to all, by local keys or with local variables")
    try:
        ref = tell_message(
            office(),
            signed_in(),
            sent["name"],
            business_key=sent["business_key"],
            instance_ref=sent["instance"],
            keys=sent["keys"],
            payload=sent["variables"],
        )
    except (Conflict, NotFound) as refused:
        if refused.code not in ("message-ambiguous", "message-nobody-waits"):
            raise
        several = refused.code == "message-ambiguous"
        why = "several executions match the correlation" if several else "No process definition or execution matches"
        text = "org.camunda.bpm.engine.MismatchingMessageCorrelationException: Cannot correlate message"
        bad_request(f"{text} '{sent['name']}': {why}", refused.code, "RestException")
    return json_answer([_result(ref)]) if sent["tell"] else nothing()


@area.post("/signal", action="engine.tell")
def signal() -> Response:
    """Tell everybody who waits for it; each is woken by a job of its own."""
    sent = bodies.read(_SIGNAL)
    if not sent["name"]:
        bad_request("No signal name given")
    if sent["execution"]:
        not_implemented("A signal to one execution")
    tell_signal(office(), signed_in(), sent["name"], sent["variables"])
    return nothing()


def _result(ref: str) -> dict[str, Any]:
    look_again()
    try:
        instance = shape(one_instance(reading(), signed_in(), ref, ended_too=True))
    except NotFound:  # about a card this account may not see
        instance = None
    execution = {"id": ref, "processInstanceId": ref, "ended": False, "tenantId": None}
    return {"resultType": "Execution", "execution": execution, "processInstance": instance, "variables": None}
