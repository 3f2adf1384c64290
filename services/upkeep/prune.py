"""`chancery prune`: the history of finished cases is packed after a while and goes away at the end of its time to live."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import packing
from engine.store.audit import record
from engine.store.models import Definition, HistoryPack, HistoryStep, HistoryTombstone, Instance
from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import INSTALLER
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts

BATCH = 100
"""Instances of a transaction: nobody waits for long."""


@dataclass(frozen=True)
class Pruned:
    """How many instances' histories went away, and how many were packed."""

    pruned: int
    packed: int


def prune(office: Parts, *, only_look: bool = False, watch: Callable[[int], None] | None = None) -> Pruned:
    """
    Prune what outlived its time to live and pack what is old enough, batch by batch, while the office works; it may be
    interrupted and begun again. A process says its own time (`camunda:historyTimeToLive`), else the policy does. With
    *only_look* nothing is changed.
    """
    pruned = packed = 0
    for ids in _outlived(office):
        pruned += len(ids) if only_look else office.database.run(partial(_prune, office, ids))
        if watch is not None:
            watch(pruned)
    for ids in _old_enough(office):
        packed += len(ids) if only_look else office.database.run(partial(_pack, office, ids))
        if watch is not None:
            watch(pruned + packed)
    return Pruned(pruned, packed)


def time_to_live(text: str | None) -> timedelta | None:
    """Days as drawn: `180` or `P180D`, weeks, months and years too; None when nothing is said or it says nothing."""
    found = re.fullmatch(r"(\d{1,6})|P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?", text or "")
    if found is None or not any(found.groups()):
        return None
    plain, years, months, weeks, days = (int(part or 0) for part in found.groups())
    return timedelta(days=plain + years * 365 + months * 30 + weeks * 7 + days)


def _outlived(office: Parts) -> Iterator[list[int]]:
    with office.database.reading() as session:
        days = int(policies(session)["history.days"])
        drawn = session.execute(select(Definition.id, Definition.time_to_live)).all()
    general = timedelta(days=days) if days else None
    for definition_id, text in drawn:
        kept = time_to_live(text) or general
        if kept is not None:
            yield from _batches(office, definition_id, office.clock.now() - kept)


def _batches(office: Parts, definition_id: int, until: datetime) -> Iterator[list[int]]:
    buried = select(HistoryTombstone.instance_id).where(HistoryTombstone.instance_id == Instance.id).exists()
    asked = select(Instance.id).where(
        Instance.definition_id == definition_id,
        Instance.state.in_(packing.OVER),
        Instance.ended_at <= until,
        ~buried,
    )
    yield from _pages(office, asked)


def _old_enough(office: Parts) -> Iterator[list[int]]:
    with office.database.reading() as session:
        days = int(policies(session)["history.pack_days"])
    until = office.clock.now() - timedelta(days=days)
    there = select(HistoryStep.id).where(HistoryStep.instance_id == Instance.id).exists()
    packed = select(HistoryPack.instance_id).where(HistoryPack.instance_id == Instance.id).exists()
    asked = select(Instance.id).where(Instance.state.in_(packing.OVER), Instance.ended_at <= until, there, ~packed)
    yield from _pages(office, asked)


def _pages(office: Parts, asked: object) -> Iterator[list[int]]:
    """By id, each batch in a session of its own: what one batch did must not make the next one miss any."""
    after = 0
    while True:
        with office.database.reading() as session:
            page = asked.where(Instance.id > after).order_by(Instance.id).limit(BATCH)  # type: ignore[attr-defined]
            ids = list(session.scalars(page))
        if not ids:
            return
        yield ids
        after = ids[-1]


def _prune(office: Parts, ids: list[int], work: UnitOfWork) -> int:
    now = office.clock.now()
    count = packing.prune(work.session, ids, now)
    record(work.session, INSTALLER, "history.pruned", "history", now, count=count, first=ids[0], last=ids[-1])
    return count


def _pack(office: Parts, ids: list[int], work: UnitOfWork) -> int:
    return sum(packing.pack(work.session, id, office.clock.now()) > 0 for id in ids)
