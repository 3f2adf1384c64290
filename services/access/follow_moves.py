"""
A unit or a person has moved: the access of cards which depends on where they are is rewritten. A job does a batch a
transaction and leaves the next one; cards that do not depend on it are never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, or_, select

from engine.jobs import JobKind, JobView, enqueue
from engine.store.unit_of_work import UnitOfWork
from services.access.rewrite_access import rewrite_access_in
from services.accounts.models import Account
from services.cards.models import Card, CardIndex
from services.organisation.models import Unit
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

FOLLOW = "access-follows"
BATCH = 200
_INDEX = CardIndex.__table__.c


def follow_unit_in(office: Parts, work: UnitOfWork, unit_id: int) -> None:
    """Demand it, in an open unit of work, for the cards of a unit that hangs elsewhere now, and of those below it."""
    for type in office.shelf.card_types(work.session):
        for column in _columns(type):
            _next(office, work, {"type": type.code, "column": column, "unit": unit_id})


def follow_person_in(office: Parts, work: UnitOfWork, account_id: int) -> None:
    """Demand it for the cards somebody who works elsewhere now wrote or executes."""
    for type in office.shelf.card_types(work.session):
        for column in _columns(type) - {"unit_id"}:
            _next(office, work, {"type": type.code, "column": column, "account": account_id})


def follow_kind(office: Parts) -> JobKind:
    """The job kind `access-follows`, for the engine's registry."""

    def act(_: Engine, work: UnitOfWork, job: JobView, __: Any) -> None:
        follow_batch_in(office, work, job.payload)

    return JobKind(FOLLOW, act=act)


def follow_batch_in(office: Parts, work: UnitOfWork, demand: dict[str, Any]) -> None:
    """Rewrite the access of the next cards; ids ascending within each unit or person."""
    rows = work.session.execute(_cards(demand)).all()
    ids = sorted(card_id for _, card_id in rows)
    locked = select(Card.id).where(Card.id.in_(ids)).order_by(Card.id).with_for_update()
    for card_id in work.session.scalars(locked).all():
        rewrite_access_in(office, work, card_id)
    if len(rows) == BATCH:
        _next(office, work, {**demand, "after": list(rows[-1])})


def _columns(type: CardTypeFile) -> set[str]:
    """The columns of the index that lead to cards of this type whose access depends on the tree of units."""
    named = {"unit": "unit_id", "author": "author_id", "executor": "executor_id"}
    return {named[whose] for whose in type.heads_of} | ({"unit_id"} if type.branch_roles else set())


def _cards(demand: dict[str, Any]) -> Select[int, int]:
    """The next of them: where they stand in the index, and their ids."""
    column = _INDEX[demand["column"]]
    asked = select(column, _INDEX.card_id).where(_INDEX.type == demand["type"], column.in_(_moved(demand)))
    if "after" in demand:
        at, card_id = demand["after"]
        asked = asked.where(column >= at, or_(column > at, _INDEX.card_id > card_id))
    return asked.order_by(column, _INDEX.card_id).limit(BATCH)


def _moved(demand: dict[str, Any]) -> Any:
    if "account" in demand:
        return [demand["account"]]
    root = select(Unit.path).where(Unit.id == demand["unit"]).scalar_subquery()
    units = select(Unit.id).where(Unit.path.startswith(root))
    return units if demand["column"] == "unit_id" else select(Account.id).where(Account.unit_id.in_(units))


def _next(office: Parts, work: UnitOfWork, demand: dict[str, Any]) -> None:
    enqueue(work, office.clock, FOLLOW, demand)
