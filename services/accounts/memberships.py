"""Who is in which group and unit, and who stands in for whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, Membership, Principal, Substitution
from services.accounts.principals import recompute
from services.accounts.rules import must_administer
from services.accounts.shut_account import shut_account_in
from services.organisation.appoint import appoint_in, end_main_in
from services.organisation.models import Unit
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts


def set_groups(office: Parts, actor: Actor, login: str, groups: set[str]) -> None:
    """Put the account in exactly these groups."""
    must_administer(actor)
    office.database.run(lambda work: set_groups_in(office, work, actor, login, groups))


def set_groups_in(office: Parts, work: UnitOfWork, actor: Actor, login: str, groups: set[str]) -> None:
    """The same in an open unit of work."""
    session, account = work.session, _account(work, login)
    asked = select(Principal.code, Principal.id).where(Principal.kind == "group", Principal.code.in_(groups))
    wanted = dict(session.execute(asked).all())
    if missing := groups - set(wanted):
        raise Invalid("account-refused", {"groups": ("no-such-group", {"value": ", ".join(sorted(missing))})})
    held = select(Membership).join(Principal).where(Membership.account_id == account.id, Principal.kind == "group")
    now_in = {row.principal_id: row for row in session.scalars(held)}
    for principal in set(now_in) - set(wanted.values()):
        session.delete(now_in[principal])
    session.add_all(Membership(account_id=account.id, principal_id=new) for new in set(wanted.values()) - set(now_in))
    _changed(office, work, actor, account, "account.groups-set", groups=sorted(groups))


def move_to_unit(office: Parts, actor: Actor, login: str, unit: str | None) -> None:
    """Somebody works in another unit from now on."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        account = _account(work, login)
        now_in = work.session.scalar(select(Unit.code).where(Unit.id == account.unit_id)) if account.unit_id else None
        if now_in == unit:
            return
        today = office.clock.now().astimezone(policies(work.session).zone).date()
        if unit:
            appoint_in(office, work, account, unit, account.post, today)
        else:
            end_main_in(office, work, account, today)
        _changed(office, work, actor, account, "account.moved", unit=unit)

    office.database.run(act)


def set_active(office: Parts, actor: Actor, login: str, active: bool) -> None:
    """Let somebody in, or out: an inactive account counts as nobody and its sessions end."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        account = _account(work, login)
        if account.id == actor.account_id and not active:
            raise Invalid("account-refused", {"active": ("own-account", {})})
        if not active:
            shut_account_in(office, work, actor, account)
            return
        account.active = True
        _changed(office, work, actor, account, "account.let-in")

    office.database.run(act)


def substitute(office: Parts, actor: Actor, absent: str, deputy: str, from_on: date, to_on: date | None) -> int:
    """*deputy* stands in for *absent* on these days (both included); an admin or the absent person says so."""

    def act(work: UnitOfWork) -> int:
        away, stands_in = _account(work, absent), _account(work, deputy)
        if actor.account_id != away.id:
            must_administer(actor)
        if away.id == stands_in.id:
            raise Invalid("substitution-refused", {"deputy": ("deputy-is-absent", {})})
        if to_on is not None and to_on < from_on:
            raise Invalid("substitution-refused", {"to_on": ("ends-before-it-begins", {})})
        row = Substitution(absent_id=away.id, deputy_id=stands_in.id, from_on=from_on, to_on=to_on)
        work.session.add(row)
        work.session.flush()
        _changed(office, work, actor, stands_in, "substitution.made", absent=absent)
        return row.id

    return office.database.run(act)


def end_substitution(office: Parts, actor: Actor, substitution_id: int) -> None:
    """It ends now."""

    def act(work: UnitOfWork) -> None:
        row = work.session.get(Substitution, substitution_id)
        if row is None or (actor.account_id not in {row.absent_id, row.deputy_id} and "admin" not in actor.roles):
            raise NotFound("substitution-not-found")
        row.ended_at = office.clock.now()
        _changed(office, work, actor, work.session.get_one(Account, row.deputy_id), "substitution.ended")

    office.database.run(act)


def _account(work: UnitOfWork, login: str) -> Account:
    account = work.session.scalar(select(Account).filter_by(login=login))
    if account is None:
        raise NotFound("account-not-found", login=login)
    return account


def _changed(office: Parts, work: UnitOfWork, actor: Actor, account: Account, action: str, **details: Any) -> None:
    recompute(work.session, [account.id])
    record(work.session, actor, action, f"account:{account.id}", office.clock.now(), **details)
