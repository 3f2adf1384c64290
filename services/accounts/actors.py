"""From the token in a cookie to the actor: two statements, no writing (the last visit is noted apart)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from engine.actor import Actor, Via
from engine.errors import NotFound
from services.accounts.models import Account, AccountPrincipal, Principal, Substitution
from services.accounts.models import Session as SignedSession
from services.accounts.rules import TOUCH_EVERY, roles_of, session_lives
from services.fields.face import Manner
from services.organisation.models import Unit
from services.policies.models import Policy
from services.policies.queries import policies
from services.policies.rules import RULES
from services.secrets import digest

if TYPE_CHECKING:
    from services.office import Parts


INSTALLER = Actor(account_id=None, name="installer", via="cli", roles=frozenset({"admin"}))
"""Whoever has the machine's command line: makes the first accounts, deploys the shipped solutions."""


@dataclass(frozen=True)
class Me:
    """The signed-in person, for the frame of a page."""

    account_id: int
    ref: str
    login: str
    name: str
    post: str
    mail: str | None
    unit_id: int | None
    is_admin: bool
    must_change_password: bool
    theme: str | None
    manner: Manner


@dataclass(frozen=True)
class Signed:
    """A living session. When `is_due_a_touch`, call `note_visit` (at most once a minute)."""

    actor: Actor
    me: Me
    session_id: int
    is_due_a_touch: bool


_POLICIES = ("session.idle_minutes", "organisation.zone", "organisation.locale", "organisation.calendar")


def actor_for(
    office: Parts,
    session: Session,
    token: str,
    *,
    request_id: str | None = None,
    ip: str | None = None,
    via: Via = "web",
) -> Signed | None:
    """Whose session this is; None when there is none or it has ended."""
    edited = [select(Policy.value).where(Policy.name == name).scalar_subquery() for name in _POLICIES]
    found = session.execute(
        select(SignedSession, Account, *edited)
        .join(Account, Account.id == SignedSession.account_id)
        .where(SignedSession.token_sha256 == digest(token), Account.active)
    ).one_or_none()
    if found is None:
        return None
    row, account, *values = found
    in_force = {
        name: value if value is not None else RULES[name].default for name, value in zip(_POLICIES, values, strict=True)
    }
    now = office.clock.now()
    if not session_lives(now, row.seen_at, row.ends_at, in_force["session.idle_minutes"]):
        return None
    me = _me(account, in_force, now)
    actor = _actor(session, account, me.manner.today, via, request_id, ip)
    return Signed(actor, me, row.id, now - row.seen_at >= TOUCH_EVERY)


def actor_of(
    office: Parts,
    session: Session,
    login: str,
    *,
    via: Via = "cli",
    request_id: str | None = None,
    ip: str | None = None,
) -> Actor:
    """The actor of an account by login: for scenarios, the command line and API tokens. Raises NotFound."""
    account = session.scalar(select(Account).filter_by(login=login, active=True))
    if account is None:
        raise NotFound("account-not-found", login=login)
    zone = session.scalar(select(Policy.value).where(Policy.name == "organisation.zone"))
    today = office.clock.now().astimezone(ZoneInfo(zone or RULES["organisation.zone"].default)).date()
    return _actor(session, account, today, via, request_id, ip)


def _actor(session: Session, account: Account, today: date, via: Via, request_id: str | None, ip: str | None) -> Actor:
    asked = select(Principal.id, Principal.kind, Principal.code, AccountPrincipal.for_account_id)
    rows = session.execute(
        asked.join(AccountPrincipal, AccountPrincipal.principal_id == Principal.id).where(
            AccountPrincipal.account_id == account.id,
            or_(
                AccountPrincipal.for_account_id == 0, AccountPrincipal.for_account_id.in_(_stands_in(account.id, today))
            ),
        )
    ).all()
    return Actor(
        account_id=account.id,
        name=account.name,
        via=via,
        principals=frozenset(row.id for row in rows),
        request_id=request_id,
        ip=ip,
        roles=roles_of([row[1:] for row in rows], is_admin=account.is_admin),
    )


@dataclass(frozen=True)
class Counted:
    """One thing somebody counts as: by itself, or as the person it stands in for (`absent` is that one's name)."""

    principal_id: int
    kind: str
    code: str
    names: Mapping[str, str]
    unit: Mapping[str, str] | None  # where a post is held
    absent: str | None


def counted_as(office: Parts, session: Session, account_id: int) -> list[Counted]:
    """Everything an account counts as today, with the words to say it in."""
    today = office.clock.now().astimezone(policies(session).zone).date()
    absent = aliased(Account)
    named = Principal.kind.in_(("unit", "head")) & (Principal.code == Unit.code)
    asked = (
        select(Principal, Unit.names, absent.name)
        .join(AccountPrincipal, AccountPrincipal.principal_id == Principal.id)
        .outerjoin(Unit, named)
        .outerjoin(absent, absent.id == AccountPrincipal.for_account_id)
        .where(
            AccountPrincipal.account_id == account_id,
            or_(
                AccountPrincipal.for_account_id == 0,
                AccountPrincipal.for_account_id.in_(_stands_in(account_id, today)),
            ),
        )
        .order_by(AccountPrincipal.for_account_id, Principal.kind, Principal.code)
    )
    rows = session.execute(asked).all()
    posts = {row.Principal.code.partition("@")[::2] for row in rows if row.Principal.kind == "post"}
    groups = select(Principal.id, Principal.names).where(Principal.id.in_([int(one) for one, _ in posts]))
    units = select(Unit.id, Unit.names).where(Unit.id.in_([int(one) for _, one in posts]))
    group_names: dict[int, Any] = dict(session.execute(groups).all())
    unit_names: dict[int, Any] = dict(session.execute(units).all())
    found = []
    for principal, names, whose in rows:
        group, _, unit = principal.code.partition("@") if principal.kind == "post" else ("", "", "")
        own = principal.names or names or {}
        shown = (group_names.get(int(group)) or {}) if group else own
        where = (unit_names.get(int(unit)) or {}) if unit else None
        found.append(Counted(principal.id, principal.kind, principal.code, shown, where, whose))
    return found


def _stands_in(account_id: int, today: date) -> Select[int]:
    return select(Substitution.absent_id).where(
        Substitution.deputy_id == account_id,
        Substitution.ended_at.is_(None),
        Substitution.from_on <= today,
        or_(Substitution.to_on.is_(None), Substitution.to_on >= today),
    )


def acting_for(session: Session, actor: Actor, assignee_id: int | None) -> Actor:
    """
    *actor* as it acts on something of *assignee_id*: with `acting_for` set when it is a person it substitutes now.

    Returns the same actor when it acts for itself, or when it does not count as the assignee at all.
    """
    if assignee_id is None or assignee_id == actor.account_id:
        return actor
    own = session.scalar(
        select(Principal.id)
        .join(Account, (Principal.kind == "user") & (Principal.code == Account.login))
        .where(Account.id == assignee_id)
    )
    return replace(actor, acting_for=assignee_id) if own in actor.principals else actor


def _me(account: Account, in_force: dict[str, Any], now: datetime) -> Me:
    manner = Manner(
        locale=account.locale or in_force["organisation.locale"],
        calendar=account.calendar or in_force["organisation.calendar"],
        zone=_zone(account.time_zone or in_force["organisation.zone"]),
        now=now,
    )
    return Me(
        account_id=account.id,
        ref=account.ref,
        login=account.login,
        name=account.name,
        post=account.post,
        mail=account.mail,
        unit_id=account.unit_id,
        is_admin=account.is_admin,
        must_change_password=account.must_change_password,
        theme=account.theme,
        manner=manner,
    )


def _zone(name: str) -> tzinfo:
    return ZoneInfo(name) if name else UTC


def note_visit(office: Parts, signed: Signed) -> None:
    """Note that the session was used now."""
    with office.database.unit_of_work() as work:
        now = office.clock.now()
        row = work.session.get(SignedSession, signed.session_id)
        if row is not None:
            row.seen_at = now
            work.session.get_one(Account, row.account_id).last_seen_at = now


def sign_out(office: Parts, signed: Signed) -> None:
    """End this session at once."""
    with office.database.unit_of_work() as work:
        row = work.session.get(SignedSession, signed.session_id)
        if row is not None:
            work.session.delete(row)
