"""
`/external-task/fetchAndLock`, with long polling: a request that finds nothing waits for work for as long as it asked.

At most half of the process's threads are parked so. A parked request holds no database connection and writes nothing while
there is nothing; one too many is answered at once, with nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app
from marshmallow import fields

from engine.actor import Actor
from engine.errors import Invalid
from engine.runtime.commands.fetch_external_tasks import Fetched, Topic
from services.processes.work_outside import fetch_work
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer, moment
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of
from webui.engine_rest.refusals import Refused, bad_request, not_implemented
from webui.engine_rest.typed import typed_all
from webui.reading import look_again, office

LONGEST_WAIT = 1_800_000
"""Milliseconds a client may ask for; what we wait is less."""
_LONGEST_PARK = 30.0
_FIRST_LOOK, _NEXT_LOOK = 0.05, 0.25


class _Topic(bodies.Body):
    name = fields.String(data_key="topicName", required=True)
    lock = bodies.number("lockDuration")
    variables = fields.List(fields.String(), load_default=None, allow_none=True)
    local = bodies.truth("localVariables")
    business_key = bodies.text("businessKey")
    definition_id = bodies.text("processDefinitionId")
    definition_ids = fields.List(fields.String(), data_key="processDefinitionIdIn", load_default=None, allow_none=True)
    definition_key = bodies.text("processDefinitionKey")
    definition_keys = fields.List(
        fields.String(), data_key="processDefinitionKeyIn", load_default=None, allow_none=True
    )
    version_tag = bodies.text("processDefinitionVersionTag")
    equal = bodies.anything("processVariables")
    properties = bodies.truth("includeExtensionProperties")


class _Fetch(bodies.Body):
    worker = bodies.text("workerId")
    most = fields.Integer(data_key="maxTasks", load_default=10, allow_none=True)
    wait = bodies.number("asyncResponseTimeout")
    topics = fields.List(fields.Nested(_Topic), load_default=list, allow_none=True)


_FETCH = _Fetch()


class Parking:
    """How many requests of this process may wait at once."""

    def __init__(self, places: int) -> None:
        self._free = threading.BoundedSemaphore(max(1, places))

    def enter(self) -> bool:
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        self._free.release()


@area.post("/external-task/fetchAndLock", action="engine.work.fetch")
def fetch_and_lock() -> Response:
    """Up to maxTasks tasks of the worker's topics, the most urgent first, locked for it."""
    sent = bodies.read(_FETCH)
    wait = sent["wait"] or 0
    if not 0 <= wait <= LONGEST_WAIT:
        bad_request(
            f"The asynchronous response timeout cannot be set to a value greater than {LONGEST_WAIT} milliseconds"
        )
    asked = sent["topics"] or []
    topics = [_topic(one) for one in asked]
    told = {one["name"] for one in asked if one["properties"]}
    found = _fetch_or_wait(
        signed_in(), sent["worker"], topics, sent["most"] if sent["most"] is not None else 10, wait / 1000
    )
    return json_answer([shape(one, with_properties=one.topic in told) for one in found])


def _fetch_or_wait(actor: Actor, worker: str | None, topics: Sequence[Topic], most: int, wait: float) -> list[Fetched]:
    found = _fetch(actor, worker, topics, most)
    if found or not wait or not topics or not most:
        return found
    parking: Parking = current_app.extensions.setdefault("parking", Parking(office().settings.web_threads // 2))
    if not parking.enter():
        return []
    try:
        return _wait(actor, worker, topics, most, min(wait, _LONGEST_PARK))
    finally:
        parking.leave()


def _wait(actor: Actor, worker: str | None, topics: Sequence[Topic], most: int, wait: float) -> list[Fetched]:
    look_again()  # gives the connection back
    end, pause = time.monotonic() + wait, _FIRST_LOOK
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _NEXT_LOOK)
        if found := _fetch(actor, worker, topics, most):
            return found
    return []


def _fetch(actor: Actor, worker: str | None, topics: Sequence[Topic], most: int) -> list[Fetched]:
    try:
        return fetch_work(office(), actor, worker, topics, most)
    except Invalid as wrong:
        words = {
            "worker-missing": "workerId is null or too long",
            "lock-duration": "lockTime is not greater than 0 or too long",
        }
        if wrong.code not in words:
            raise
        raise Refused(400, "BadUserRequestException", words[wrong.code], wrong.code) from wrong


def _topic(sent: dict[str, Any]) -> Topic:
    if sent["equal"]:
        not_implemented("Fetching by processVariables")
    keys = sent["definition_keys"] or ([sent["definition_key"]] if sent["definition_key"] else None)
    ids = sent["definition_ids"] or ([sent["definition_id"]] if sent["definition_id"] else None)
    return Topic(
        name=sent["name"],
        lock=sent["lock"] or 0,
        variables=None if sent["variables"] is None else tuple(sent["variables"]),
        local=bool(sent["local"]),
        business_key=sent["business_key"],
        definition_keys=None if keys is None else tuple(keys),
        definition_ids=None if ids is None else tuple(number_of(id) or 0 for id in ids),
        version_tag=sent["version_tag"],
    )


def shape(one: Fetched, *, with_properties: bool) -> dict[str, Any]:
    """A locked external task as workers read it."""
    return {
        "activityId": one.element,
        "activityInstanceId": f"{one.element}:{one.ref}",
        "errorMessage": one.error,
        "errorDetails": one.error_details,
        "executionId": one.instance_ref,
        "id": one.ref,
        "lockExpirationTime": moment(one.locked_until),
        "createTime": moment(one.created_at),
        "processDefinitionId": definition_id(one.definition_key, one.definition_version, one.definition_id),
        "processDefinitionKey": one.definition_key,
        "processDefinitionVersionTag": one.version_tag,
        "processInstanceId": one.instance_ref,
        "retries": one.retries,
        "suspended": False,
        "workerId": one.worker,
        "topicName": one.topic,
        "tenantId": None,
        "priority": one.priority,
        "businessKey": one.business_key,
        "variables": typed_all(one.variables),
        "extensionProperties": dict(one.properties) if with_properties else {},
    }
