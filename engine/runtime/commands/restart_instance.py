"""Start a finished instance once more, as a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound
from engine.packing import unpacked
from engine.runtime.commands.start_instance import start_definition
from engine.runtime.modifying import Change
from engine.runtime.values import from_json
from engine.store import audit
from engine.store.models import Definition, HistoryStep, Instance, Variable
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

Inputs = Literal["first", "last"]


def restart_instance(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    *,
    inputs: Inputs = "first",
    at: Sequence[Change] = (),
    with_business_key: bool = True,
) -> Instance:
    """
    A new instance of the same definition about the same subject. *inputs*: the variables it had when it first came to
    rest, or those it ended with. *at*: where it begins instead of at its start event.
    """
    old = work.session.get(Instance, instance_id)
    if old is None:
        raise NotFound("instance-not-found", instance=instance_id)
    if old.state in ("running", "suspended"):
        raise Conflict("instance-not-ended", instance=instance_id)
    values = _first(work, instance_id) if inputs == "first" else _last(work, instance_id)
    made = start_definition(
        engine,
        work,
        actor,
        work.session.get_one(Definition, old.definition_id),
        subject_ref=old.subject_ref,
        business_key=old.business_key if with_business_key else None,
        variables=values,
        unit_id=old.unit_id,
        at=at,
    )
    where, now = f"instance:{made.id}", engine.clock.now()
    audit.record(work.session, actor, "instance.restart", where, now, restarted=instance_id, inputs=inputs)
    return made


def _first(work: UnitOfWork, instance_id: int) -> dict[str, Any]:
    asked = select(HistoryStep.details).where(HistoryStep.instance_id == instance_id, HistoryStep.seq == 0)
    details = work.session.scalars(asked.order_by(HistoryStep.revision).limit(1)).one_or_none()
    if details is None:
        details = next((line.details for line in unpacked(work.session, instance_id) if line.seq == 0), None)
    if not details or details.get("command") != "start_instance":
        raise Invalid("restart-inputs-gone", instance=instance_id)
    written = details["variables"]
    return {name: from_json(text) for scope, name, text in written if scope == "" and text is not None}


def _last(work: UnitOfWork, instance_id: int) -> dict[str, Any]:
    asked = select(Variable.name, Variable.value).where(Variable.instance_id == instance_id, Variable.scope == "")
    return {name: from_json(text) for name, text in work.session.execute(asked)}
