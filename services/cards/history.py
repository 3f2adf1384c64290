"""What happened to a card and to what belongs to it: read from the audit, as far as the reader may see each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.models import Audit, Task
from services.access.queries import standing, visible_cards
from services.access.rules import Standing, may_with_files, visible_fields
from services.accounts.models import Account
from services.cards.find_card import card_id_of
from services.cards.models import Card, CardRevision
from services.cards.queries import StateView, state_view
from services.cards.references import around as around_card
from services.fields import Around, Manner
from services.files.models import Attachment
from services.registration.models import RegisteredNumber
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

_GONE = ("binned", "restored", "erased")
KINDS: Mapping[str, tuple[str, ...]] = {
    "card": tuple(f"card.{what}" for what in ("created", "changed", "registered", "moved", "annulled", *_GONE)),
    "files": ("file.added", "file.replaced", "file.removed"),
    "links": ("card.linked", "card.unlinked", "card.grouped", "card.ungrouped"),
    "tasks": ("task.claim", "task.release", "task.give", "task.answered"),
    "numbers": ("number.reserved", "number.released", "number.annulled"),
    "notes": ("note.added", "note.changed", "note.deleted"),
}
OWN = ("card",)
VIAS = ("web", "portal", "api", "mail", "cli", "job", "scenario")
_COURSE = 60
SEES_ADDRESSES = frozenset({"admin", "auditor"})


@dataclass(frozen=True)
class HistoryFilter:
    """What is shown: `kinds` (with `card` alone nothing nested), who, for whom (logins), when, from where."""

    kinds: tuple[str, ...] = OWN
    who: str = ""
    acting_for: str = ""
    since: datetime | None = None
    until: datetime | None = None
    via: str = ""


@dataclass(frozen=True)
class Event:
    """
    One thing that happened. `about`: what to (a file's name, a task's element, another card's number); `fields`: labels of
    the changed fields the reader may see; `ip` for administrators and auditors only.
    """

    id: int
    at: datetime
    kind: str
    action: str
    who: str
    by_account: bool
    acting_for: str
    via: str
    ip: str
    revision: int | None = None
    state: StateView | None = None
    fields: tuple[str, ...] = ()
    about: str = ""
    outcome: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """A page, the latest first; `cursor` leads on."""

    events: tuple[Event, ...]
    cursor: int | None


def card_history(
    office: Parts,
    session: Session,
    actor: Actor,
    ref: str,
    manner: Manner,
    wanted: HistoryFilter,
    *,
    before: int | None = None,
    limit: int = 50,
) -> History:
    """A page of a card's history. Raises NotFound for a foreign card, Invalid("list-refused") for a filter that is none."""
    card = session.get_one(Card, card_id_of(session, actor, ref))
    type = office.shelf.card_type(session, card.type)
    place = standing(session, actor, card, type)
    asked = select(Audit).where(*_conditions(session, card, wanted))
    if before is not None:
        asked = asked.where(Audit.id < before)
    rows = session.scalars(asked.order_by(Audit.id.desc()).limit(limit + 1)).all()
    around = around_card(office, session, type.solution, manner)
    known = _Known.of(session, actor, card, type, place, rows[:limit], around)
    shown = [event for row in rows[:limit] if (event := known.event(row)) is not None]
    return History(tuple(shown), rows[limit - 1].id if len(rows) > limit else None)


def _conditions(session: Session, card: Card, wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    if not set(wanted.kinds) <= set(KINDS) or wanted.via not in ("", *VIAS):
        raise Invalid("list-refused", {"kind": ("not-an-option", {})})
    actions = [action for kind in wanted.kinds for action in KINDS[kind]]
    subject = f"card:{card.id}"
    parts: list[Any] = [select(literal(subject, String))]
    if "tasks" in wanted.kinds:
        parts.append(select(literal("task:", String) + cast(Task.id, String)).where(Task.subject_ref == subject))
    if "numbers" in wanted.kinds:
        numbers = select(literal("number:", String) + cast(RegisteredNumber.id, String))
        parts.append(numbers.where(RegisteredNumber.card_id == card.id))
    about = Audit.object_ref == subject if len(parts) == 1 else Audit.object_ref.in_(union_all(*parts))
    made = [about, Audit.action.in_(actions)]
    for column, login in ((Audit.account_id, wanted.who), (Audit.acting_for, wanted.acting_for)):
        if login:
            made.append(column == select(Account.id).where(Account.login == login.casefold()).scalar_subquery())
    if wanted.since is not None:
        made.append(Audit.at >= wanted.since)
    if wanted.until is not None:
        made.append(Audit.at < wanted.until)
    if wanted.via:
        made.append(Audit.via == wanted.via)
    return made


@dataclass(frozen=True)
class _Known:
    """What a page of rows refers to, looked up at once; what the reader may not see is not among it."""

    type: CardTypeFile
    around: Around
    addresses: bool
    seen: frozenset[str]
    people: Mapping[int, str]
    revisions: Mapping[int, CardRevision]
    files: Mapping[str, str]
    cards: Mapping[str, str]
    tasks: Mapping[str, tuple[str, str]]  # element and name

    @staticmethod
    def of(
        session: Session,
        actor: Actor,
        card: Card,
        type: CardTypeFile,
        place: Standing,
        rows: Sequence[Audit],
        around: Around,
    ) -> _Known:
        classes = [one.id for one in type.file_classes if may_with_files(one, place, "see")]
        numbers = {row.details["revision"] for row in rows if "revision" in row.details}
        both = numbers | {number - 1 for number in numbers}
        kept = select(CardRevision).where(CardRevision.card_id == card.id, CardRevision.revision.in_(both))
        files = select(Attachment.ref, Attachment.name).where(
            Attachment.card_id == card.id, Attachment.file_class.in_(classes)
        )
        others = select(Card.ref, Card.number, Card.title).where(
            Card.ref.in_(_named(rows, "other")), Card.deleted_at.is_(None), visible_cards(actor)
        )
        ids = [int(row.object_ref.removeprefix("task:")) for row in rows if row.object_ref.startswith("task:")]
        tasks = session.execute(select(Task.id, Task.element, Task.name, Task.solution).where(Task.id.in_(ids)))
        people = select(Account.id, Account.name).where(Account.id.in_({row.acting_for or 0 for row in rows}))
        return _Known(
            type=type,
            around=around,
            addresses=bool(actor.roles & SEES_ADDRESSES),
            seen=visible_fields(type, place),
            people=dict(session.execute(people).all()),
            revisions={row.revision: row for row in session.scalars(kept)},
            files=dict(session.execute(files.where(Attachment.ref.in_(_named(rows, "file")))).all()),
            cards={ref: number or title for ref, number, title in session.execute(others)},
            tasks={f"task:{row.id}": (row.element, _task_name(around, row.element, row.name)) for row in tasks},
        )

    def event(self, row: Audit) -> Event | None:
        """The row as an event; None when it is about something the reader may not see."""
        about = ""
        for name, things in (("file", self.files), ("other", self.cards)):
            if name in row.details:
                if row.details[name] not in things:
                    return None
                about = things[row.details[name]]
        named = str(row.details.get("number") or row.details.get("group_name", ""))
        about = about or self.tasks.get(row.object_ref, ("", ""))[1] or named
        revision = row.details.get("revision")
        kept = self.revisions.get(revision) if revision else None
        kind = next(kind for kind, actions in KINDS.items() if row.action in actions)
        return Event(
            id=row.id,
            at=row.at,
            kind=kind,
            action=row.action,
            who=row.actor_name,
            by_account=row.account_id is not None,
            acting_for=self.people.get(row.acting_for or 0, ""),
            via=row.via,
            ip=(row.ip or "") if self.addresses else "",
            revision=revision,
            state=state_view(self.type, kept.state, self.around) if kept is not None else None,
            fields=self._changed(revision) if kept is not None and row.action == "card.changed" else (),
            about=about,
            outcome=self._outcome(row),
            details={name: row.details[name] for name in ("kind", "back", "version") if name in row.details},
        )

    def _outcome(self, row: Audit) -> str:
        """The pressed button's words: an approver's visa among them."""
        if row.object_ref not in self.tasks or not row.details.get("outcome"):
            return ""
        code = row.details["outcome"]
        key = f"task.{self.tasks[row.object_ref][0]}.outcome.{code}"
        said = self.around.label(key)
        return str(code) if said == key else said

    def _changed(self, revision: int) -> tuple[str, ...]:
        before, after = self.revisions.get(revision - 1), self.revisions[revision]
        if before is None:
            return ()
        return tuple(
            self.around.label(spec.label)
            for spec in self.type.fields
            if spec.key in self.seen and before.data.get(spec.key) != after.data.get(spec.key)
        )


def _named(rows: Iterable[Audit], name: str) -> set[str]:
    return {row.details[name] for row in rows if name in row.details}


def _task_name(around: Around, element: str, name: str) -> str:
    key = f"task.{element}.name"
    said = around.label(key)
    return name or element if said == key else said


@dataclass(frozen=True)
class Stretch:
    """A state the card was in or a task somebody had, from one moment to another (None: it lasts)."""

    what: str  # state or task
    label: str
    category: str
    who: str
    since: datetime
    until: datetime | None


def card_course(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> tuple[Stretch, ...]:
    """The card's states and tasks in time, in the order they began; the latest sixty."""
    card = session.get_one(Card, card_id_of(session, actor, ref))
    type = office.shelf.card_type(session, card.type)
    around = around_card(office, session, type.solution, manner)
    moves = session.execute(
        select(CardRevision.state, CardRevision.at)
        .where(CardRevision.card_id == card.id)
        .order_by(CardRevision.revision.desc())
        .limit(_COURSE)
    ).all()[::-1]
    states = [(state, at) for place, (state, at) in enumerate(moves) if not place or moves[place - 1].state != state]
    found = [
        Stretch("state", view.label, view.category, "", at, states[place + 1][1] if place + 1 < len(states) else None)
        for place, (state, at) in enumerate(states)
        for view in (state_view(type, state, around),)
    ]
    asked = (
        select(Task.element, Task.name, Task.created_at, Task.ended_at, Task.state, Account.name.label("holder"))
        .outerjoin(Account, Account.id == func.coalesce(Task.ended_by, Task.assignee_id))
        .where(Task.subject_ref == f"card:{card.id}")
        .order_by(Task.id.desc())
        .limit(_COURSE)
    )
    marks = {"open": "active", "completed": "done", "cancelled": "archived"}
    found += [
        Stretch(
            "task",
            _task_name(around, row.element, row.name),
            marks.get(row.state, "active"),
            row.holder or "",
            row.created_at,
            row.ended_at,
        )
        for row in session.execute(asked)
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.what))[-_COURSE:])
