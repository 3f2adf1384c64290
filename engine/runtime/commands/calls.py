"""What a step asks of the machine: jobs for operations and continuations, waits for outside workers, events for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import isodate
from sqlalchemy import insert, update

from engine import feel
from engine.bpmn.times import is_retry_cycle
from engine.errors import ScriptFailed
from engine.jobs.leases import database_now
from engine.jobs.queue import MAX_ATTEMPTS, enqueue_all
from engine.runtime import CallRequested, Changes
from engine.runtime.commands.running import Running
from engine.runtime.commands.world import once_key
from engine.store.models import ExternalTask, Incident, Job


def request_calls(run: Running, calls: Sequence[CallRequested]) -> None:
    """A job for each outside operation and continuation; a row an outside worker fetches for each external topic."""
    jobs = [_job(run, call) for call in calls if call.kind != "external"]
    external = [_external(run, call) for call in calls if call.kind == "external"]
    if jobs:
        enqueue_all(run.work, run.engine.clock, jobs)
    if external:
        made = insert(ExternalTask.__table__).values(free_at=database_now(run.work.session))  # type: ignore[arg-type]
        run.work.session.execute(made, external)


def _job(run: Running, call: CallRequested) -> dict[str, Any]:
    attempts, every = retry_cycle(call.retries)
    payload: dict[str, Any] = {"priority": call.priority}
    if call.kind == "operation":
        payload |= {"operation": call.operation, "inputs": plain(call.inputs)}
    if every is not None:
        payload["retry_every"] = every
    return {
        "kind": call.kind,
        "payload": payload,
        "once_key": once_key(run.instance.id, call.token),
        "instance_id": run.instance.id,
        "token": call.token,
        "element": call.element,
        "max_attempts": attempts,
    }


def _external(run: Running, call: CallRequested) -> dict[str, Any]:
    definition = run.definition_of(call.definition)
    return {
        "instance_id": run.instance.id,
        "definition_id": int(definition.ref),
        "token": call.token,
        "element": call.element,
        "topic": call.operation[:255],
        "rank": -call.priority,
        "scopes": list(call.scopes),
        "properties": dict(definition.nodes[call.node].properties),
        "created_at": run.world.moment,
    }


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """FEEL values as the JSON they are stored in; `engine.feel.values.from_json` reads each back."""
    return {name: feel.values.to_json(feel.values.convert(value)) for name, value in values.items()}


def unplain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values `plain` wrote."""
    return {name: feel.values.from_json(value) for name, value in values.items()}


def retry_cycle(drawn: str | None) -> tuple[int, list[float] | None]:
    """
    Camunda's retry cycle: how many tries, and how many seconds after each (the last delay goes on; None: ours).

    >>> retry_cycle("R3/PT10M"), retry_cycle("PT1M, PT2M"), retry_cycle("R3"), retry_cycle(None)
    ((3, [600.0]), (2, [60.0, 120.0]), (3, None), (5, None))
    """
    if not drawn:
        return MAX_ATTEMPTS, None
    if not is_retry_cycle(drawn):
        raise ScriptFailed("retry-cycle", cycle=drawn)
    times, slash, delays = drawn.replace(" ", "").rpartition("/") if "/" in drawn else ("", "", drawn.replace(" ", ""))
    if delays.startswith("R"):
        return max(1, int(delays[1:])), None
    seconds = [isodate.parse_duration(each).total_seconds() for each in delays.split(",")]
    return max(1, int(times[1:])) if slash else len(seconds), seconds


def cancel_calls(run: Running, changes: Changes) -> None:
    """Jobs nobody waits for any more will not run; their incidents are closed."""
    tokens = [closed.token for closed in changes.calls_closed if closed.outcome == "cancelled"]
    tokens += [closed.token for closed in changes.waits_closed if closed.outcome == "cancelled"]
    if not tokens:
        return
    session = run.work.session
    of_these = (Job.instance_id == run.instance.id, Job.token.in_(tokens), Job.state.not_in(("done", "cancelled")))
    session.execute(update(Job).where(*of_these).values(state="cancelled", ended_at=run.world.moment))
    if not run.instance.open_incidents:
        return
    closed = update(Incident).where(Incident.instance_id == run.instance.id, Incident.state == "open")
    closed = closed.where(Incident.token.in_(tokens)).values(state="cancelled", ended_at=run.world.moment)
    gone = session.scalars(closed.returning(Incident.id)).all()
    run.instance.open_incidents = max(0, run.instance.open_incidents - len(gone))


def throw_events(run: Running, changes: Changes) -> None:
    """Messages and signals for others leave as jobs: this transaction touches no second instance."""
    jobs = [
        {
            "kind": "deliver-message",
            "payload": {
                "name": message.name,
                "payload": plain(message.payload),
                "keys": plain(message.keys),
                "business_key": run.instance.business_key,
                "subject_ref": run.instance.subject_ref,
                "from": run.instance.id,
            },
            "element": message.element,
        }
        for message in changes.messages
    ]
    jobs += [
        {
            "kind": "broadcast-signal",
            "payload": {"name": signal.name, "payload": plain(signal.payload), "from": run.instance.id},
            "element": signal.element,
        }
        for signal in changes.signals
    ]
    if jobs:
        enqueue_all(run.work, run.engine.clock, jobs)
