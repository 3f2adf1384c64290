"""
One answer to all cards of a group: the same transition, or the same step of their routes, with the same values; a card a
transaction, some of them a job.

A job that runs again finds what it did done; a card that refuses is listed with its reason and delays nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

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
from services.cards.models import Card, CardGroup, GroupAnswer, GroupedCard
from services.fields import Manner
from services.inbox.group_tasks import complete_for_card, shared_form
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

    def known(work: UnitOfWork, group: CardGroup, _: list[int]) -> None:
        if office.shelf.card_type(work.session, group.type).transition(transition) is None:
            raise NotFound("transition-not-found", transition=transition)

    return _begun(office, actor, ref, transition, {"values": dict(values)}, manner, known)


def answer_group_step(
    office: Parts, actor: Actor, ref: str, element: str, answers: Mapping[str, Any], manner: Manner
) -> int:
    """
    The same for cards led by a diagram: *answers* (`outcome`, `remark` and fields of the form by key, those that are filled
    in) complete what their routes wait for at *element*, wherever this actor may.

    Raises NotFound("group-not-found"), Invalid("group-refused") for a group without cards, Invalid("form-refused") without
    an outcome or a remark it needs, NotFound("task-not-found") when no card waits for it.
    """

    def known(work: UnitOfWork, _: CardGroup, cards: list[int]) -> None:
        page = shared_form(office, work.session, actor, cards, element, manner)[1]
        button = next((one for one in page.buttons if one.code == answers.get("outcome")), None)
        if button is None or button.needs_password:
            raise Invalid("form-refused", {"outcome": ("outcome-required", {})})
        if button.needs_remark and not str(answers.get("remark") or "").strip():
            raise Invalid("form-refused", {"remark": ("remark-required", {})})

    step = {"element": element, "outcome": answers.get("outcome")}
    return _begun(office, actor, ref, "", {"values": dict(answers), "step": step}, manner, known)


def _begun(
    office: Parts,
    actor: Actor,
    ref: str,
    transition: str,
    body: Mapping[str, Any],
    manner: Manner,
    check: Callable[[UnitOfWork, CardGroup, list[int]], None],
) -> int:
    def act(work: UnitOfWork) -> int:
        session = work.session
        if (earlier := once(session, actor, "group.answer")) is not None:
            return int(earlier.result)
        group = group_of(session, actor, ref)
        cards = list(session.scalars(_seen_in(group, actor)))
        if not cards:
            raise Invalid("group-refused", {"card": ("group-empty", {})})
        check(work, group, cards)
        login = session.scalars(select(Account.login).where(Account.id == actor.account_id)).one()
        made = GroupAnswer(
            group_id=group.id,
            at=office.clock.now(),
            by_login=login,
            transition=transition,
            body={**body, "manner": [manner.locale, manner.calendar, str(manner.zone)]},
            cards=cards,
            total=len(cards),
        )
        session.add(made)
        session.flush()
        _next(work, office.clock, made)
        remember(work, actor, "group.answer", len(cards), office.clock.now())
        return len(cards)

    return office.database.run(act)


def _seen_in(group: CardGroup, actor: Actor) -> Select[int]:
    """The cards of the group this actor sees."""
    inside = select(Card.id).join(GroupedCard, GroupedCard.card_id == Card.id)
    seen = inside.where(GroupedCard.group_id == group.id, Card.deleted_at.is_(None), visible_cards(actor))
    return seen.order_by(Card.id)


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
            row.body = {key: kept for key, kept in row.body.items() if key == "step"}
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
    if "values" not in body:
        return {"done": 0, "refused": [], "up_to": after}
    locale, calendar, zone = body["manner"]
    manner = Manner(locale, calendar, ZoneInfo(zone), office.clock.now())
    done, refused = 0, []
    for id in cards:
        try:
            with office.database.reading() as session:
                actor = actor_of(office, session, login, via="web", request_id=f"{ANSWER}:{answer_id}:{id}")
            if "step" in body:
                complete_for_card(office, actor, id, body["step"]["element"], body["values"], manner)
            else:
                act_on_card(office, actor, refs[id], transition, body["values"], None, manner=manner)
            done += 1
        except ChanceryError as error:
            fields = sorted(getattr(error, "fields", {}))
            refused.append({"card_id": id, "code": error.code, "fields": fields})
    return {"done": done, "refused": refused, "up_to": cards[-1] if cards else after}
