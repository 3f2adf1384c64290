"""Somebody holds a post in a unit from a day on, perhaps until a day; several at once, one of them the main one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.jobs import JobKind, JobView, enqueue
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.access.follow_moves import follow_person_in
from services.accounts.models import Account
from services.accounts.principals import recompute
from services.accounts.rules import must_administer
from services.organisation.models import Appointment, Unit
from services.organisation.units import name_in
from services.policies.queries import policies

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

TURN = "appointment-turns"
LONGEST_POST = 200


def appoint(
    office: Parts,
    actor: Actor,
    login: str,
    unit: str,
    post: str,
    from_on: date,
    to_on: date | None = None,
    *,
    main: bool = True,
) -> int:
    """
    Give somebody a post. A main one takes the place of the main one before, which ends the day before it begins.

    Raises NotFound, NotAllowed("admin-only"), Invalid("account-refused").
    """
    must_administer(actor)

    def act(work: UnitOfWork) -> int:
        account = work.session.scalar(select(Account).filter_by(login=login).with_for_update())
        if account is None:
            raise NotFound("account-not-found", login=login)
        row = appoint_in(office, work, account, unit, post, from_on, to_on, main=main)
        now = office.clock.now()
        record(work.session, actor, "appointment.made", f"account:{account.id}", now, unit_id=row.unit_id, post=post)
        return row.id

    return office.database.run(act)


def appoint_in(
    office: Parts,
    work: UnitOfWork,
    account: Account,
    unit: str,
    post: str,
    from_on: date,
    to_on: date | None = None,
    *,
    main: bool = True,
) -> Appointment:
    """The same in an open unit of work."""
    session, post = work.session, " ".join(post.split())
    found = session.execute(select(Unit.id, Unit.closed_on).where(Unit.code == unit)).one_or_none()
    if found is None:
        raise Invalid("account-refused", {"unit": ("no-such-unit", {"value": unit})})
    if found.closed_on is not None and found.closed_on <= from_on:
        raise Invalid("account-refused", {"unit": ("unit-closed", {"name": unit})})
    if to_on is not None and to_on < from_on:
        raise Invalid("account-refused", {"to_on": ("ends-before-it-begins", {})})
    if len(post) > LONGEST_POST:
        raise Invalid("account-refused", {"post": ("too-long", {"most": LONGEST_POST, "length": len(post)})})
    if main:
        _end_main(session, account.id, from_on - timedelta(days=1))
    row = Appointment(account_id=account.id, unit_id=found.id, post=post, from_on=from_on, to_on=to_on, main=main)
    session.add(row)
    session.flush()
    turn_in(office, work, account)
    return row


def end_appointment(office: Parts, actor: Actor, appointment_id: int, to_on: date) -> None:
    """The post is held until *to_on*, the day included. Raises NotFound, NotAllowed, Invalid."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        row = work.session.get(Appointment, appointment_id)
        if row is None:
            raise NotFound("appointment-not-found")
        if to_on < row.from_on:
            raise Invalid("account-refused", {"to_on": ("ends-before-it-begins", {})})
        row.to_on = to_on
        account = work.session.get_one(Account, row.account_id)
        turn_in(office, work, account)
        now = office.clock.now()
        about = {"until": to_on.isoformat()}
        record(work.session, actor, "appointment.ended", f"account:{account.id}", now, unit_id=row.unit_id, **about)

    office.database.run(act)


@dataclass(frozen=True)
class AppointmentRow:
    """A post somebody holds, held or will hold."""

    id: int
    unit: str
    unit_name: str
    post: str
    from_on: date
    to_on: date | None
    main: bool
    active: bool


def appointments_of(session: Session, account_id: int, locale: str) -> list[AppointmentRow]:
    """The latest first."""
    asked = (
        select(Appointment, Unit.code, Unit.names)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.account_id == account_id)
        .order_by(Appointment.from_on.desc(), Appointment.id.desc())
    )
    return [
        AppointmentRow(
            row.id, code, name_in(names, locale, code), row.post, row.from_on, row.to_on, row.main, row.active
        )
        for row, code, names in session.execute(asked)
    ]


def end_main_in(office: Parts, work: UnitOfWork, account: Account, from_on: date) -> None:
    """From that day on the person has no main post."""
    _end_main(work.session, account.id, from_on - timedelta(days=1))
    had, account.unit_id = account.unit_id, None
    turn_in(office, work, account)
    if had is not None and account.unit_id is None:
        follow_person_in(office, work, account.id)


def _end_main(session: Session, account_id: int, last: date) -> None:
    """Main posts that would overlap end; one that had not begun by then never was."""
    rows = session.scalars(select(Appointment).where(Appointment.account_id == account_id, Appointment.main))
    for row in rows:
        if row.from_on > last:
            session.delete(row)
        elif row.to_on is None or row.to_on > last:
            row.to_on = last


def turn_in(office: Parts, work: UnitOfWork, account: Account) -> None:
    """Bring what follows from the days in line with today, and wake a job when the next of them comes."""
    session = work.session
    session.flush()
    zone = policies(session).zone
    today = office.clock.now().astimezone(zone).date()
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.account_id == account.id)
        .order_by(Appointment.main.desc(), Appointment.id)
    ).all()
    for row in rows:
        row.active = row.from_on <= today and (row.to_on is None or today <= row.to_on)
    main = next((row for row in rows if row.active), None)
    before = account.unit_id
    if rows:
        account.unit_id, account.post = (main.unit_id, main.post) if main else (None, "")
    if account.unit_id != before:
        follow_person_in(office, work, account.id)
    recompute(session, [account.id])
    turns = {row.from_on for row in rows} | {row.to_on + timedelta(days=1) for row in rows if row.to_on}
    coming = min((day for day in turns if day > today), default=None)
    if coming is not None:
        enqueue(
            work,
            office.clock,
            TURN,
            {"account_id": account.id},
            once_key=f"{TURN}:{account.id}:{coming.isoformat()}",
            run_at=datetime.combine(coming, time(), tzinfo=zone),
        )


def appointment_kind(office: Parts) -> JobKind:
    """The job kind that wakes on the day a post begins or is over."""

    def act(_: Engine, work: UnitOfWork, job: JobView, __: Any) -> None:
        turn_in(office, work, work.session.get_one(Account, job.payload["account_id"]))

    return JobKind(TURN, act=act)
