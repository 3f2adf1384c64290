"""
Somebody leaves or moves: what they had in hand goes to one or several successors in one act.

The account is closed first (sessions ended, tokens revoked), so that nothing new comes to it. Up to BATCH objects go in
the same transaction; when there are more a job goes on with the rest, a transaction each batch, and says how far it is.
Every batch looks for what is still with the leaver, so repeating any of it is harmless and nothing is done twice.
Locks are taken in the order of the house: instances, then cards, ids ascending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound
from engine.jobs import JobKind, JobView, enqueue
from engine.runtime.commands.claim_task import hand_over as hand_task_over
from engine.store.audit import record
from engine.store.models import Task, TaskCandidate
from engine.store.repositories import locked_task
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.rewrite_access import rewrite_access_in
from services.accounts.models import Account, Principal, Substitution
from services.accounts.principals import recompute
from services.accounts.rules import must_administer
from services.accounts.shut_account import shut_account_in
from services.approval.models import ApprovalRound, Visa
from services.cards.change_card import change_card_in
from services.cards.find_card import card_id_in
from services.cards.store_card import lock_card
from services.directories.models import Directory, DirectoryItem
from services.organisation.in_hand import KINDS, asked_of
from services.organisation.models import HandOver, Unit

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Office, Parts

BATCH = 200
GO_ON = "hand-over"


@dataclass(frozen=True)
class Plan:
    """Who gets what, by login: one object (`tasks:12`) before its kind (`tasks`) before everything (`default`)."""

    default: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str, id: int) -> str | None:
        return self.objects.get(f"{kind}:{id}") or self.kinds.get(kind) or self.default

    def takes_all(self, kind: str) -> bool:
        """Whether everything of the kind has a successor, named one by one or not."""
        return bool(self.default or kind in self.kinds)

    def named(self, kind: str) -> list[int]:
        """The objects of a kind that have a successor of their own."""
        ids = (key.partition(":")[2] for key in self.objects if key.startswith(f"{kind}:"))
        return [int(id) for id in ids if id.isdecimal() and len(id) < 19]

    def logins(self) -> set[str]:
        named = {self.default, *self.kinds.values(), *self.objects.values()}
        return {login for login in named if login}


@dataclass(frozen=True)
class Done:
    """How far a handing over is."""

    ref: str
    total: int
    done: Mapping[str, int]
    ended: bool


def hand_over(office: Office, actor: Actor, login: str, plan: Plan, *, leaves: bool, batch: int = BATCH) -> Done:
    """
    Hand over what *login* has. *leaves*: the account is closed and everything must have a successor; else only what the
    plan names goes. Doing it again hands over what has come since.

    Raises NotFound, NotAllowed("admin-only"), Invalid("hand-over-refused") with fields `default` or a kind.
    """
    must_administer(actor)

    def act(work: UnitOfWork) -> Done:
        if (earlier := once(work.session, actor, "account.hand-over")) is not None:
            return Done(**earlier.result)
        session = work.session
        person = session.scalar(select(Account).filter_by(login=login).with_for_update())
        if person is None:
            raise NotFound("account-not-found", login=login)
        if leaves and person.id == actor.account_id:
            raise Invalid("hand-over-refused", {"default": ("own-account", {})})
        successors = _successors(session, plan, person)
        counts = _counts(office, session, person)
        _complete(plan, counts, leaves)
        now = office.clock.now()
        row = HandOver(
            leaver_id=person.id,
            leaves=leaves,
            plan={"default": plan.default, "kinds": dict(plan.kinds), "objects": dict(plan.objects)},
            total=sum(counts[kind] for kind in KINDS if plan.takes_all(kind) or plan.named(kind)),
            done={},
            by_id=actor.account_id,
            by_name=actor.name,
            created_at=now,
        )
        session.add(row)
        session.flush()
        if leaves:
            shut_account_in(office, work, actor, person)
        record(session, actor, "account.hand-over", f"account:{person.id}", now, leaves=leaves, total=row.total)
        _go_on(office, office.engine, work, actor, row, person, plan, successors, batch)
        result = Done(row.ref, row.total, dict(row.done), row.ended_at is not None)
        remember(work, actor, "account.hand-over", vars(result), now)
        return result

    return office.database.run(act)


def hand_over_kind(office: Parts) -> JobKind:
    """The job kind that goes on with a large handing over."""

    def act(engine: Engine, work: UnitOfWork, job: JobView, _: Any) -> None:
        session = work.session
        row = session.get_one(HandOver, job.payload["hand_over_id"])
        if row.ended_at is not None:
            return
        person = session.get_one(Account, row.leaver_id)
        plan = Plan(row.plan["default"], row.plan["kinds"], row.plan["objects"])
        actor = Actor(account_id=row.by_id, name=row.by_name, via="job", roles=frozenset({"admin"}))
        _go_on(office, engine, work, actor, row, person, plan, _successors(session, plan, person), job.payload["batch"])

    return JobKind(GO_ON, act=act)


def _successors(session: Session, plan: Plan, leaver: Account) -> dict[str, Account]:
    found = {
        row.login: row
        for row in session.scalars(select(Account).where(Account.login.in_(plan.logins()), Account.active))
    }
    where = {login: kind for kind, login in plan.kinds.items()} | ({plan.default: "default"} if plan.default else {})
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    for login in plan.logins():
        if login not in found:
            wrong[where.get(login, "default")] = ("no-such-person", {"value": login})
        elif found[login].id == leaver.id:
            wrong[where.get(login, "default")] = ("successor-is-leaver", {})
    if wrong:
        raise Invalid("hand-over-refused", wrong)
    return found


def _counts(office: Parts, session: Session, person: Account) -> dict[str, int]:
    return {
        kind: session.scalar(
            select(func.count()).select_from(asked_of(office, session, kind, person).order_by(None).subquery())
        )
        or 0
        for kind in KINDS
    }


def _complete(plan: Plan, counts: Mapping[str, int], leaves: bool) -> None:
    """Whoever leaves leaves nothing behind; substitutions of one's own end without a successor."""
    if not leaves or plan.default:
        return
    lacking: dict[str, tuple[str, dict[str, Any]]] = {
        kind: ("required", {}) for kind, count in counts.items() if count and kind not in plan.kinds
    }
    lacking.pop("substitutions", None)
    if lacking:
        raise Invalid("hand-over-refused", lacking)


def _go_on(
    office: Parts,
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    row: HandOver,
    person: Account,
    plan: Plan,
    successors: Mapping[str, Account],
    batch: int,
) -> None:
    """One batch; then the end, or a job for the next one."""
    done, before = dict(row.done or {}), sum(_counts(office, work.session, person).values())
    left = batch
    act = _Act(office, engine, work, actor, person)
    for kind in KINDS:
        if not (plan.takes_all(kind) or plan.named(kind)) and not (row.leaves and kind == "substitutions"):
            continue
        asked = asked_of(office, work.session, kind, person)
        if not plan.takes_all(kind) and not (row.leaves and kind == "substitutions"):
            asked = asked.where(asked.selected_columns[0].in_(plan.named(kind)))
        ids = work.session.scalars(asked.limit(left)).all()
        mine = [(id, successors.get(plan.of(kind, id) or "") or person) for id in ids]
        act.hand[kind](mine)
        done[kind] = done.get(kind, 0) + len(mine)
        left -= len(mine)
        if left <= 0:
            break
    act.finish()
    row.done = done
    if left < batch and sum(_counts(office, work.session, person).values()) >= before:
        raise Conflict("hand-over-stuck")  # an incident, not a job that comes again for ever
    now = office.clock.now()
    if left > 0:
        row.ended_at = now
        record(work.session, actor, "account.handed-over", f"account:{person.id}", now, **done)
        return
    enqueue(
        work,
        office.clock,
        GO_ON,
        {"hand_over_id": row.id, "batch": batch},
        once_key=f"{GO_ON}:{row.id}:{sum(done.values())}",
    )


class _Act:
    """What happens to each kind within one transaction."""

    def __init__(self, office: Parts, engine: Engine, work: UnitOfWork, actor: Actor, leaver: Account) -> None:
        self._office, self._engine, self._work = office, engine, work
        self._actor, self._leaver = actor, leaver
        self._seen: set[int] = set()  # cards whose access follows
        self._people: set[int] = {leaver.id}  # whose principals follow
        self.hand: Mapping[str, Callable[[list[tuple[int, Account]]], None]] = {
            "tasks": self._tasks,
            "cards": self._cards,
            "substitutions": self._substitutions,
            "items": self._items,
            "units": self._units,
        }

    def finish(self) -> None:
        """What follows from what was handed over, cards in the order of their ids."""
        for card_id in sorted(self._seen):
            rewrite_access_in(self._office, self._work, card_id)
        recompute(self._work.session, self._people)

    def _tasks(self, tasks: list[tuple[int, Account]]) -> None:
        session = self._work.session
        own = self._principals([self._leaver.login, *(to.login for _, to in tasks)])
        for task_id, to in tasks:
            found = locked_task(session, self._actor, task_id)
            task = found.task
            session.refresh(task)
            if task.state != "open":
                continue
            if task.assignee_id == self._leaver.id:
                hand_task_over(self._engine, self._work, self._actor, found, to.id, "task.handed-over")
                self._visa(task, to)
            self._candidate(task, own.get(self._leaver.login), own.get(to.login))
            card_id = card_id_in(task.subject_ref)
            if card_id is not None:
                self._seen.add(card_id)

    def _candidate(self, task: Task, was: int | None, now: int | None) -> None:
        """Whoever might take the task in person: the successor in the leaver's stead."""
        session = self._work.session
        mine = (TaskCandidate.task_id == task.id) & (TaskCandidate.principal_id == was)
        if was is None or now is None or session.scalar(select(TaskCandidate.task_id).where(mine)) is None:
            return
        there = select(TaskCandidate.task_id).where(TaskCandidate.task_id == task.id, TaskCandidate.principal_id == now)
        if session.scalar(there) is None:
            session.execute(update(TaskCandidate).where(mine).values(principal_id=now))
        else:
            session.execute(delete(TaskCandidate).where(mine))
        if task.assignee_id is None:
            task.revision += 1
            about = {"before": self._leaver.id, "after": now}
            at = self._office.clock.now()
            record(session, self._actor, "task.handed-over", f"task:{task.id}", at, unit_id=task.unit_id, **about)

    def _visa(self, task: Task, to: Account) -> None:
        """A visa still waited for becomes the successor's; nobody gives two in one round."""
        session = self._work.session
        waiting = session.scalar(
            select(Visa)
            .join(ApprovalRound, ApprovalRound.id == Visa.round_id)
            .where(
                ApprovalRound.instance_id == task.instance_id,
                ApprovalRound.ended_at.is_(None),
                Visa.account_id == self._leaver.id,
                Visa.decision == "waiting",
            )
        )
        if waiting is None:
            return
        taken = select(Visa.id).where(Visa.round_id == waiting.round_id, Visa.account_id == to.id)
        if session.scalar(taken) is not None:
            raise Invalid("hand-over-refused", {"tasks": ("successor-approves-already", {"name": to.name})})
        waiting.account_id = to.id

    def _cards(self, cards: list[tuple[int, Account]]) -> None:
        by_machine = replace(self._actor, via="job")
        for card_id, to in cards:
            card = lock_card(self._work, card_id)
            type = self._office.shelf.card_type(self._work.session, card.type)
            field = str(type.executor_field)
            try:
                change_card_in(self._office, self._work, by_machine, card_id, {field: to.login}, what="handed-over")
            except Invalid as error:
                code, params = error.fields.get(field, ("not-a-choice", {}))
                raise Invalid("hand-over-refused", {"cards": (code, params)}) from error
            if card.executor_id == self._leaver.id:  # the column alone said so
                card.executor_id = to.id
            self._seen.discard(card_id)

    def _substitutions(self, rows: list[tuple[int, Account]]) -> None:
        """One's own absence ends; whom one stood in for gets the successor for the days that are left."""
        session, now = self._work.session, self._office.clock.now()
        for id, to in rows:
            row = session.get_one(Substitution, id)
            row.ended_at = now
            self._people |= {row.absent_id, row.deputy_id}
            goes_on = row.deputy_id == self._leaver.id and to.id not in (row.absent_id, self._leaver.id)
            if goes_on:
                session.add(
                    Substitution(
                        absent_id=row.absent_id,
                        deputy_id=to.id,
                        from_on=row.from_on,
                        to_on=row.to_on,
                        scope=row.scope or {},
                    )
                )
                self._people.add(to.id)
            after = to.id if goes_on else None
            record(session, self._actor, "substitution.handed-over", f"account:{row.absent_id}", now, after=after)

    def _items(self, rows: list[tuple[int, Account]]) -> None:
        session, now = self._work.session, self._office.clock.now()
        found = {row.id: row for row in session.scalars(select(DirectoryItem).where(DirectoryItem.id.in_(dict(rows))))}
        session.execute(
            update(Directory)
            .where(Directory.code.in_({row.directory for row in found.values()}))
            .values(revision=Directory.revision + 1)
        )
        for id, to in rows:
            row = found[id]
            row.custodian = f"user:{to.login}"
            row.revision += 1
            about: dict[str, Any] = {"code": row.code, "after": to.id}
            record(session, self._actor, "directory.item-handed-over", f"directory:{row.directory}", now, **about)

    def _units(self, rows: list[tuple[int, Account]]) -> None:
        session, now = self._work.session, self._office.clock.now()
        for id, to in rows:
            unit = session.get_one(Unit, id)
            unit.head_id = to.id
            unit.revision += 1
            self._people.add(to.id)
            record(session, self._actor, "unit.handed-over", f"unit:{id}", now, before=self._leaver.id, after=to.id)

    def _principals(self, logins: list[str]) -> dict[str, int]:
        asked = select(Principal.code, Principal.id).where(Principal.kind == "user", Principal.code.in_(set(logins)))
        return dict(self._work.session.execute(asked).all())


def progress(session: Session, ref: str) -> Done:
    """How far it is. Raises NotFound."""
    row = session.scalar(select(HandOver).filter_by(ref=ref))
    if row is None:
        raise NotFound("account-not-found")
    return Done(row.ref, row.total, row.done or {}, row.ended_at is not None)
