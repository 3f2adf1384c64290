"""
One answer to all cards of a group: the same transition with the same values, a card a transaction, some of them a job.

A job that runs again finds what it did done; a card that refuses is listed with its reason and delays nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.actor import Actor
from engine.clock import Clock
from engine.errors import ChanceryError, Invalid, NotFound
from engine.jobs import JobKind, JobView, enqueue
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import visible_cards
from services.accounts.actors import actor_of
from services.accounts.models import Account
from services.cards.act_on_card import act_on_card
from services.cards.card_groups import group_of
from services.cards.models import Card, GroupAnswer, GroupedCard
from services.fields import Manner
from services.office import Office

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

ANSWER = "answer-group"
BATCH = 20


def answer_group(
    office: Parts, actor: Actor, ref: str, transition: str, values: Mapping[str, Any], manner: Manner
) -> int:
    """
    Begin the answer to the cards of the group this actor sees; gives how many. Whether each takes it is decided card by
    card, by the rights of the one who answers. A repeated `actor.request_id` begins nothing more.

    Raises NotFound("group-not-found" | "transition-not-found"), Invalid("group-refused") for a group without cards.
    """

    def act(work: UnitOfWork) -> int:
        session = work.session
        if (earlier := once(session, actor, "group.answer")) is not None:
            return int(earlier.result)
        group = group_of(session, actor, ref)
        if office.shelf.card_type(session, group.type).transition(transition) is None:
            raise NotFound("transition-not-found", transition=transition)
        inside = select(Card.id).join(GroupedCard, GroupedCard.card_id == Card.id)
        seen = inside.where(GroupedCard.group_id == group.id, Card.deleted_at.is_(None), visible_cards(actor))
        cards = list(session.scalars(seen.order_by(Card.id)))
        if not cards:
            raise Invalid("group-refused", {"card": ("group-empty", {})})
        login = session.scalars(select(Account.login).where(Account.id == actor.account_id)).one()
        made = GroupAnswer(
            group_id=group.id,
            at=office.clock.now(),
            by_login=login,
            transition=transition,
            body={"values": dict(values), "manner": [manner.locale, manner.calendar, str(manner.zone)]},
            cards=cards,
            total=len(cards),
        )
        session.add(made)
        session.flush()
        _next(work, office.clock, made)
        remember(work, actor, "group.answer", len(cards), office.clock.now())
        return len(cards)

    return office.database.run(act)


def answer_kind(office: Parts) -> JobKind:
    """The job kind `answer-group`, for the engine's registry."""

    def outside(engine: Engine, job: JobView) -> Any:
        return _answered(Office.of(office, engine), job.payload["answer"], job.payload["after"])

    def act(_: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        row = work.session.get(GroupAnswer, job.payload["answer"], with_for_update=True)
        if row is None or row.over or row.up_to != job.payload["after"]:
            return
        row.done += result["done"]
        row.refused = [*row.refused, *result["refused"]]
        row.up_to = result["up_to"]
        row.over = row.done + len(row.refused) >= row.total
        if row.over:
            row.body = {}
        else:
            _next(work, office.clock, row)

    return JobKind(ANSWER, outside=outside, act=act)


def _next(work: UnitOfWork, clock: Clock, row: GroupAnswer) -> None:
    enqueue(work, clock, ANSWER, {"answer": row.id, "after": row.up_to}, once_key=f"{ANSWER}:{row.id}:{row.up_to}")


def _answered(office: Office, answer_id: int, after: int) -> dict[str, Any]:
    """The next cards, each in a transaction of its own: what was done before is not done again."""
    with office.database.reading() as session:
        row = session.get_one(GroupAnswer, answer_id)
        cards = [id for id in row.cards if id > after][:BATCH]
        refs = dict(session.execute(select(Card.id, Card.ref).where(Card.id.in_(cards))).all())
        login, transition, body = row.by_login, row.transition, row.body
    if not body:
        return {"done": 0, "refused": [], "up_to": after}
    locale, calendar, zone = body["manner"]
    manner = Manner(locale, calendar, ZoneInfo(zone), office.clock.now())
    done, refused = 0, []
    for id in cards:
        try:
            with office.database.reading() as session:
                actor = actor_of(office, session, login, via="web", request_id=f"{ANSWER}:{answer_id}:{id}")
            act_on_card(office, actor, refs[id], transition, body["values"], None, manner=manner)
            done += 1
        except ChanceryError as error:
            fields = sorted(getattr(error, "fields", {}))
            refused.append({"card_id": id, "code": error.code, "fields": fields})
    return {"done": done, "refused": refused, "up_to": cards[-1] if cards else after}
