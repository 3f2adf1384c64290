"""The history of instances that are over: packed into one text after a while, and pruned at the end of its time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from engine.store.models import (
    HistoryDecision,
    HistoryImage,
    HistoryPack,
    HistoryStep,
    HistoryTombstone,
    Instance,
    InstancePart,
    Job,
    Variable,
)
from engine.store.rows import put

OVER = ("completed", "failed", "cancelled")
_COLUMNS = tuple(column.key for column in HistoryStep.__table__.columns if column.key not in ("instance_id", "at"))


def unpacked(session: Session, instance_id: int) -> list[HistoryStep]:
    """The lines of a pack; none when there is none."""
    pack = session.get(HistoryPack, instance_id)
    if pack is None:
        return []
    return [
        HistoryStep(instance_id=instance_id, at=datetime.fromisoformat(at), **dict(zip(_COLUMNS, values, strict=True)))
        for at, *values in json.loads(zlib.decompress(pack.content))
    ]


def pack(session: Session, instance_id: int, at: datetime) -> int:
    """Replace the lines of an instance that is over by one compressed text; gives how many they were."""
    asked = select(HistoryStep).where(HistoryStep.instance_id == instance_id)
    rows = list(session.scalars(asked.order_by(HistoryStep.revision, HistoryStep.seq)))
    if not rows:
        return 0
    values = [[row.at.isoformat(), *(getattr(row, name) for name in _COLUMNS)] for row in rows]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    kept = {"instance_id": instance_id, "at": at, "lines": len(rows), "content": zlib.compress(text.encode())}
    put(session, HistoryPack, [kept])
    for model in (HistoryStep, HistoryImage):
        session.execute(delete(model).where(model.instance_id == instance_id))
    return len(rows)


def unpack(session: Session, instance_id: int) -> None:
    """Put packed lines back into their rows, for whoever must change them."""
    rows = unpacked(session, instance_id)
    if rows:
        names = (*_COLUMNS, "instance_id", "at")
        session.execute(insert(HistoryStep), [{name: getattr(row, name) for name in names} for row in rows])
        session.execute(delete(HistoryPack).where(HistoryPack.instance_id == instance_id))


def prune(session: Session, instances: Sequence[int], at: datetime) -> int:
    """
    Forget what these instances did and knew: lines, images, decisions with their inputs, variables, payloads of jobs. The
    row of each stays with its process, card, beginning and end, and beside it a tombstone says what was there. Gives how
    many were pruned: those that run, or have a tombstone already, are left alone.
    """
    buried = select(HistoryTombstone.instance_id).where(HistoryTombstone.instance_id.in_(instances))
    over = select(Instance.id).where(Instance.id.in_(instances), Instance.state.in_(OVER), Instance.id.not_in(buried))
    ids = sorted(session.scalars(over))
    if not ids:
        return 0
    packs = select(HistoryPack.instance_id, HistoryPack.lines).where(HistoryPack.instance_id.in_(ids))
    packed = dict(session.execute(packs).all())
    counts = {model: _counted(session, model, ids) for model in (HistoryStep, HistoryDecision, Variable)}
    stones = [
        {
            "instance_id": id,
            "at": at,
            "lines": packed.get(id, counts[HistoryStep].get(id, 0)),
            "decisions": counts[HistoryDecision].get(id, 0),
            "variables": counts[Variable].get(id, 0),
        }
        for id in ids
    ]
    put(session, HistoryTombstone, stones)
    for model in (HistoryStep, HistoryPack, HistoryImage, HistoryDecision, Variable, InstancePart):
        session.execute(delete(model).where(model.instance_id.in_(ids)))
    session.execute(update(Instance).where(Instance.id.in_(ids)).values(execution=""))
    session.execute(update(Job).where(Job.instance_id.in_(ids)).values(payload={}, result=None, last_error=None))
    return len(ids)


def _counted(session: Session, model: Any, ids: Sequence[int]) -> dict[int, int]:
    asked = select(model.instance_id, func.count()).where(model.instance_id.in_(ids)).group_by(model.instance_id)
    return dict(session.execute(asked).all())
