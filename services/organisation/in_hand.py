"""What somebody has in hand: open tasks, cards to carry out, substitutions, items to answer for, units to head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.models import Instance, Task, TaskCandidate
from services.accounts.models import Account, Principal, Substitution
from services.accounts.rules import must_administer
from services.cards.models import Card
from services.directories.models import DirectoryItem
from services.organisation.models import HandOver, Unit
from services.organisation.units import name_in

if TYPE_CHECKING:
    from services.office import Parts

KINDS = ("tasks", "cards", "substitutions", "items", "units")
OVER = {"done", "rejected", "archived"}
SHOWN = 100


@dataclass(frozen=True)
class Held:
    """One object; `key` names it in a plan (`tasks:12`), `hint` says where it belongs."""

    key: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class InHand:
    """What of one kind somebody has: how many, and the first hundred of them."""

    kind: str
    count: int
    shown: tuple[Held, ...]


@dataclass(frozen=True)
class HandOverRow:
    """A handing over that was begun: how far it is."""

    ref: str
    leaves: bool
    total: int
    done: Mapping[str, int]
    by: str
    ended: bool


@dataclass(frozen=True)
class Leaver:
    """Somebody whose things are handed over, with what there is."""

    account_id: int
    login: str
    name: str
    active: bool
    in_hand: tuple[InHand, ...]
    earlier: tuple[HandOverRow, ...]

    @property
    def total(self) -> int:
        return sum(one.count for one in self.in_hand)


def in_hand(office: Parts, session: Session, actor: Actor, login: str, locale: str) -> Leaver:
    """The preview of a handing over: two statements a kind. Raises NotFound, NotAllowed("admin-only")."""
    must_administer(actor)
    person = session.scalar(select(Account).filter_by(login=login))
    if person is None:
        raise NotFound("account-not-found", login=login)
    found = []
    for kind in KINDS:
        asked = asked_of(office, session, kind, person)
        count = session.scalar(select(func.count()).select_from(asked.order_by(None).subquery())) or 0
        shown = _SHOW[kind](session, asked.limit(SHOWN), locale) if count else ()
        found.append(InHand(kind, count, tuple(shown)))
    earlier = session.scalars(
        select(HandOver).where(HandOver.leaver_id == person.id).order_by(HandOver.id.desc()).limit(5)
    )
    return Leaver(
        account_id=person.id,
        login=person.login,
        name=person.name,
        active=person.active,
        in_hand=tuple(found),
        earlier=tuple(
            HandOverRow(row.ref, row.leaves, row.total, row.done or {}, row.by_name, row.ended_at is not None)
            for row in earlier
        ),
    )


def asked_of(office: Parts, session: Session, kind: str, person: Account) -> Select[Any]:
    """The ids of what *person* has of a kind, in the order it is locked in."""
    asked: Select[Any]
    if kind == "tasks":
        asked = (
            select(Task.id)
            .join(Instance, Instance.id == Task.instance_id)
            .where(Task.state == "open", or_(Task.assignee_id == person.id, _is_candidate(person)))
            .order_by(func.coalesce(Instance.root_id, Instance.id), Task.instance_id, Task.id)
        )
    elif kind == "cards":
        asked = select(Card.id).where(_carried_out(office, session, person)).order_by(Card.id)
    elif kind == "substitutions":
        mine = or_(Substitution.absent_id == person.id, Substitution.deputy_id == person.id)
        asked = select(Substitution.id).where(Substitution.ended_at.is_(None), mine).order_by(Substitution.id)
    elif kind == "items":
        asked = (
            select(DirectoryItem.id)
            .where(DirectoryItem.custodian == f"user:{person.login}")
            .order_by(DirectoryItem.directory, DirectoryItem.id)
        )
    else:
        asked = select(Unit.id).where(Unit.head_id == person.id).order_by(Unit.id)
    return asked


def _is_candidate(person: Account) -> ColumnElement[bool]:
    """Named as one who may take the task, in person and not through a group."""
    own = select(Principal.id).where(Principal.kind == "user", Principal.code == person.login).scalar_subquery()
    return exists().where(TaskCandidate.task_id == Task.id, TaskCandidate.principal_id == own).correlate(Task)


def _carried_out(office: Parts, session: Session, person: Account) -> ColumnElement[bool]:
    kinds = [
        and_(
            Card.type == type.code,
            Card.state.in_([state.id for state in type.states if state.category not in OVER]),
        )
        for type in office.shelf.card_types(session)
        if type.executor_field
    ]
    return and_(Card.executor_id == person.id, Card.deleted_at.is_(None), or_(*kinds) if kinds else false())


def _tasks(session: Session, asked: Select[Any], _locale: str) -> list[Held]:
    rows = session.execute(
        asked.with_only_columns(Task.id, Task.name, Task.element, Task.subject_ref, maintain_column_froms=True)
    ).all()
    cards = {int(row.subject_ref[5:]) for row in rows if (row.subject_ref or "").startswith("card:")}
    titles = dict(session.execute(select(Card.id, Card.title).where(Card.id.in_(cards))).all()) if cards else {}
    return [
        Held(
            f"tasks:{row.id}",
            row.name or row.element,
            titles.get(int(row.subject_ref[5:]), "") if (row.subject_ref or "").startswith("card:") else "",
        )
        for row in rows
    ]


def _cards(session: Session, asked: Select[Any], _locale: str) -> list[Held]:
    rows = session.execute(asked.with_only_columns(Card.id, Card.title, Card.number, maintain_column_froms=True))
    return [Held(f"cards:{row.id}", row.title, row.number or "") for row in rows]


def _substitutions(session: Session, asked: Select[Any], _locale: str) -> list[Held]:
    rows = session.execute(
        asked.with_only_columns(
            Substitution.id, Substitution.absent_id, Substitution.deputy_id, maintain_column_froms=True
        )
    ).all()
    people = {id for row in rows for id in (row.absent_id, row.deputy_id)}
    names = dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(people))).all())
    return [Held(f"substitutions:{row.id}", names.get(row.absent_id, ""), names.get(row.deputy_id, "")) for row in rows]


def _items(session: Session, asked: Select[Any], locale: str) -> list[Held]:
    rows = session.execute(
        asked.with_only_columns(
            DirectoryItem.id,
            DirectoryItem.code,
            DirectoryItem.names,
            DirectoryItem.directory,
            maintain_column_froms=True,
        )
    )
    return [Held(f"items:{row.id}", name_in(row.names, locale, row.code), row.directory) for row in rows]


def _units(session: Session, asked: Select[Any], locale: str) -> list[Held]:
    rows = session.execute(asked.with_only_columns(Unit.id, Unit.code, Unit.names, maintain_column_froms=True))
    return [Held(f"units:{row.id}", name_in(row.names, locale, row.code), row.code) for row in rows]


_SHOW: Mapping[str, Callable[[Session, Select[Any], str], list[Held]]] = {
    "tasks": _tasks,
    "cards": _cards,
    "substitutions": _substitutions,
    "items": _items,
    "units": _units,
}
