"""What an instance that is over knew is forgotten: its variables and what its history kept of them."""

from __future__ import annotations

from sqlalchemy import delete, update

from engine.errors import Conflict
from engine.packing import unpack
from engine.store.models import HistoryDecision, HistoryImage, HistoryStep, InstancePart, Job, MigrationItem, Variable
from engine.store.repositories import locked_instance
from engine.store.rows import write_last
from engine.store.unit_of_work import UnitOfWork


def forget_instance(work: UnitOfWork, instance_id: int) -> None:
    """
    Steps stay: who did what and when; the values they wrote, decisions with their inputs, and payloads of its jobs go.

    Raises Conflict("instance-running"): whoever forgets cancels first.
    """
    session, instance = work.session, locked_instance(work.session, instance_id).instance
    if instance.state in ("running", "suspended"):
        raise Conflict("instance-running", instance=instance_id)
    write_last(session)  # what the step that ended it has still to write
    unpack(session, instance_id)
    instance.execution = ""
    for model in (Variable, InstancePart, HistoryDecision, HistoryImage):
        session.execute(delete(model).where(model.instance_id == instance_id))
    session.execute(update(MigrationItem).where(MigrationItem.instance_id == instance_id).values(snapshot=None))
    session.execute(update(HistoryStep).where(HistoryStep.instance_id == instance_id).values(details=None))
    session.execute(update(Job).where(Job.instance_id == instance_id).values(payload={}, result=None, last_error=None))
