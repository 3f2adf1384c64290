"""A person's inbox, a page at a time, in a bounded number of statements; how its tasks are found is `walk`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.models import Task, TaskCandidate
from engine.store.rows import ask
from engine.store.text import normalise
from services.accounts.models import Account
from services.cards.find_card import card_id_in
from services.cards.models import Card
from services.fields import Manner
from services.inbox.task_sheet import stands_in_for
from services.inbox.walk import LISTED, MANY, NEVER, ListedTask, Place, figures_of_groups, nearest
from services.solutions.texts import Texts

if TYPE_CHECKING:
    from services.office import Parts

Filter = Literal["all", "mine", "group", "overdue", "today", "done"]
FILTERS: tuple[Filter, ...] = ("all", "mine", "group", "overdue", "today", "done")
_MOST = 200


@dataclass(frozen=True)
class InboxRow:
    """One task in the list; `name` and `state_label` are in the reader's language."""

    ref: str
    name: str
    element: str
    kind: str
    solution: str
    card_ref: str | None
    number: str | None
    title: str
    state_label: str
    due_at: datetime | None
    overdue: bool
    created_at: datetime
    ended_at: datetime | None
    priority: int
    holder: str | None
    mine: bool


@dataclass(frozen=True)
class InboxCounts:
    """How many open tasks each filter has (`done` is not counted); `walk.MANY` means as many or more."""

    all: int
    mine: int
    group: int
    overdue: int
    today: int


@dataclass(frozen=True)
class InboxPage:
    """A page of the list; `next_cursor` asks for the next one."""

    rows: tuple[InboxRow, ...]
    counts: InboxCounts
    next_cursor: str | None


def inbox(
    office: Parts,
    session: Session,
    actor: Actor,
    manner: Manner,
    *,
    which: Filter = "all",
    words: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> InboxPage:
    """
    The actor's tasks: own ones, those of whom it stands in for, and unclaimed ones of its groups; by term, then age.

    *words* are looked for in number and title of the card. Raises Invalid("cursor-bad").
    """
    people = stands_in_for(session, actor)
    rows, more = page_of(
        office, session, actor, manner, which=which, words=words, cursor=cursor, limit=limit, people=people
    )
    return InboxPage(rows, inbox_counts(session, actor, manner, people=people), more)


def page_of(
    office: Parts,
    session: Session,
    actor: Actor,
    manner: Manner,
    *,
    which: Filter = "all",
    words: str = "",
    cursor: str | None = None,
    limit: int = 50,
    people: frozenset[int] | None = None,
) -> tuple[tuple[InboxRow, ...], str | None]:
    """The rows of `inbox` without its figures, and what asks for the next ones."""
    known = stands_in_for(session, actor) if people is None else people
    size = min(limit, _MOST)
    if words.strip() or which == "done":
        found = _looked_for(session, actor, known, which, words, cursor, manner, size + 1)
    else:
        found = _nearest(session, actor, known, which, cursor, manner, size + 1)
    more = _cursor(found[size - 1], which) if len(found) > size else None
    return _rows(office, session, found[:size], known, manner), more


def _nearest(
    session: Session,
    actor: Actor,
    people: frozenset[int],
    which: Filter,
    cursor: str | None,
    manner: Manner,
    most: int,
) -> list[ListedTask]:
    return nearest(
        session,
        actor,
        people,
        own=which != "group",
        groups=which != "mine",
        before={"overdue": manner.now, "today": _midnight(manner)}.get(which),
        after=_place(cursor) if cursor else None,
        most=most,
    )


def _looked_for(
    session: Session,
    actor: Actor,
    people: frozenset[int],
    which: Filter,
    words: str,
    cursor: str | None,
    manner: Manner,
    most: int,
) -> list[ListedTask]:
    asked = select(*LISTED).where(_belongs(actor, people, which, manner))
    for word in normalise(words).split():
        asked = asked.where(Task.subject_ref.in_(_cards_with(word)))
    due = func.coalesce(Task.due_at, literal(NEVER, Task.due_at.type))
    if which == "done":
        asked = asked.order_by(Task.id.desc())
        asked = asked.where(Task.id < _number(cursor)) if cursor else asked
    else:
        asked = asked.order_by(due, Task.id)
        asked = asked.where(tuple_(due, Task.id) > tuple_(*map(literal, _place(cursor)))) if cursor else asked
    return [ListedTask(*row) for row in session.execute(asked.limit(most))]


def inbox_counts(
    session: Session, actor: Actor, manner: Manner, *, people: frozenset[int] | None = None
) -> InboxCounts:
    """The counters of the filters, in two statements (three when *people* is not given); they end at `walk.MANY`."""
    known = stands_in_for(session, actor) if people is None else people
    moments = (manner.now, _midnight(manner))
    row = {"now": moments[0], "midnight": moments[1], **{f"account_{at}": id for at, id in enumerate(sorted(known))}}
    own = ask(session, _held(len(known)), row)[0]
    free = figures_of_groups(session, actor, moments) if actor.principals else [0, 0, 0]
    whole, overdue, today = (min(mine + others, MANY) for mine, others in zip(own, free, strict=True))
    return InboxCounts(whole, own[0], free[0], overdue, today)


@cache
def _held(accounts: int) -> Select[Any]:
    """How many so many accounts hold: in all, due by now, due by midnight."""
    due = Task.due_at
    early = [case((due < bindparam(at, type_=due.type), 1), else_=0) for at in ("now", "midnight")]
    asked = select(func.count(), *(func.coalesce(func.sum(each), 0) for each in early))
    held = [Task.assignee_id == bindparam(f"account_{at}", type_=Integer) for at in range(accounts)]
    return asked.where(or_(false(), *held), Task.state == "open")


def _open(actor: Actor, people: frozenset[int]) -> ColumnElement[bool]:
    return and_(Task.state == "open", or_(Task.assignee_id.in_(people), _of_groups(actor)))


def _of_groups(actor: Actor) -> ColumnElement[bool]:
    if not actor.principals:
        return false()
    mine = select(TaskCandidate.task_id).where(
        TaskCandidate.principal_id.in_(actor.principals), TaskCandidate.state == "open"
    )
    return and_(Task.assignee_id.is_(None), Task.id.in_(mine))


def _belongs(actor: Actor, people: frozenset[int], which: Filter, manner: Manner) -> ColumnElement[bool]:
    if which == "done":
        return and_(Task.state == "completed", Task.ended_by == actor.account_id)
    if which == "mine":
        return and_(Task.state == "open", Task.assignee_id.in_(people))
    if which == "group":
        return and_(Task.state == "open", _of_groups(actor))
    everything = _open(actor, people)
    if which == "overdue":
        return and_(everything, Task.due_at < manner.now)
    if which == "today":
        return and_(everything, Task.due_at < _midnight(manner))
    return everything


def _midnight(manner: Manner) -> datetime:
    """The end of the reader's day."""
    return datetime.combine(manner.today + timedelta(days=1), time(), manner.zone)


def _cards_with(word: str) -> Any:
    reference = literal("card:") + cast(Card.id, String)
    number, title = (column.contains(word, autoescape=True) for column in (Card.number_norm, Card.title_norm))
    return select(reference).where(or_(number, title), Card.deleted_at.is_(None))


def _rows(
    office: Parts, session: Session, tasks: list[ListedTask], people: frozenset[int], manner: Manner
) -> tuple[InboxRow, ...]:
    cards = _cards(session, {id for task in tasks if (id := card_id_in(task.subject_ref)) is not None})
    holders = _names(session, {task.assignee_id for task in tasks if task.assignee_id})
    texts = {slug: office.shelf.texts(session, slug) for slug in {task.solution for task in tasks}}
    return tuple(_row(texts[task.solution], task, cards, holders, people, manner) for task in tasks)


def _row(
    texts: Texts,
    task: ListedTask,
    cards: dict[int, Card],
    holders: dict[int, str],
    people: frozenset[int],
    manner: Manner,
) -> InboxRow:
    card = cards.get(card_id_in(task.subject_ref) or 0)
    key = f"task.{task.element}.name"
    name = texts.get(key, manner.locale)
    return InboxRow(
        ref=task.ref,
        name=task.name if name == key else name,
        element=task.element,
        kind=task.kind,
        solution=task.solution,
        card_ref=card.ref if card else None,
        number=card.number if card else None,
        title=card.title if card else "",
        state_label=texts.get(f"card.{card.type}.state.{card.state}", manner.locale) if card else "",
        due_at=task.due_at,
        overdue=task.state == "open" and task.due_at is not None and task.due_at < manner.now,
        created_at=task.created_at,
        ended_at=task.ended_at,
        priority=task.priority,
        holder=holders.get(task.assignee_id or 0),
        mine=task.assignee_id in people,
    )


def _cards(session: Session, ids: set[int]) -> dict[int, Card]:
    if not ids:
        return {}
    asked = select(Card).where(Card.id.in_(ids), Card.deleted_at.is_(None))
    return {card.id: card for card in session.scalars(asked)}


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all())


def _cursor(task: ListedTask, which: Filter) -> str:
    return str(task.id) if which == "done" else f"{(task.due_at or NEVER).isoformat()}_{task.id}"


def _place(cursor: str) -> Place:
    moment, _, id = cursor.rpartition("_")
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError:
        raise Invalid("cursor-bad") from None
    if at.tzinfo is None:
        raise Invalid("cursor-bad")
    return at, _number(id)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("cursor-bad")
    return int(text)
