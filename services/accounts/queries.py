"""People as pages see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from engine.store.text import normalise
from services.accounts.models import AccessToken, Account, Membership, Principal, Substitution
from services.organisation.models import Unit


@dataclass(frozen=True)
class PersonRow:
    """One account in a list."""

    id: int
    ref: str
    login: str
    name: str
    post: str
    mail: str | None
    unit: str | None
    unit_names: Mapping[str, str]
    active: bool
    is_admin: bool
    groups: tuple[str, ...]


@dataclass(frozen=True)
class GroupRow:
    """A group or role."""

    code: str
    names: Mapping[str, str]
    solution: str | None
    members: tuple[str, ...]


@dataclass(frozen=True)
class TokenRow:
    """A machine's token, without the token."""

    id: int
    login: str
    name: str
    created_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class SubstitutionRow:
    """A substitution that has not been ended."""

    id: int
    absent: str
    absent_name: str
    deputy: str
    deputy_name: str
    from_on: date
    to_on: date | None


def find_people(
    session: Session, words: str = "", *, group: str | None = None, limit: int = 20, everybody: bool = False
) -> list[PersonRow]:
    """Active people whose name or login begins or contains what was typed; *everybody*: inactive ones too."""
    asked = _people()
    if not everybody:
        asked = asked.where(Account.active)
    for word in normalise(words).split():
        asked = asked.where(
            or_(Account.name_norm.contains(word, autoescape=True), Account.login.contains(word, autoescape=True))
        )
    if group:
        inside = select(Membership.account_id).join(Principal).where(Principal.kind == "group", Principal.code == group)
        asked = asked.where(Account.id.in_(inside))
    return _rows(session, asked.order_by(Account.name_sort, Account.id).limit(limit))


def _people() -> Select[Account, str, Any]:
    return select(Account, Unit.code, Unit.names).outerjoin(Unit, Unit.id == Account.unit_id)


def _rows(session: Session, asked: Select[Account, str, Any]) -> list[PersonRow]:
    found = session.execute(asked).all()
    groups = groups_of(session, [account.id for account, _, _ in found])
    return [
        PersonRow(
            id=account.id,
            ref=account.ref,
            login=account.login,
            name=account.name,
            post=account.post,
            mail=account.mail,
            unit=unit,
            unit_names=names or {},
            active=account.active,
            is_admin=account.is_admin,
            groups=groups.get(account.id, ()),
        )
        for account, unit, names in found
    ]


def logins(session: Session, wanted: Iterable[str]) -> dict[str, int]:
    """The active accounts among these sign-in names, by name."""
    asked = select(Account.login, Account.id).where(Account.login.in_([one for one in wanted if one]), Account.active)
    return dict(session.execute(asked).all())


def groups_of(session: Session, account_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The group codes of each account, by memberships."""
    asked = (
        select(Membership.account_id, Principal.code)
        .join(Principal, Principal.id == Membership.principal_id)
        .where(Membership.account_id.in_(list(account_ids)))
        .order_by(Principal.code)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for account, code in session.execute(asked):
        found[account].append(code)
    return {account: tuple(codes) for account, codes in found.items()}


def tokens(session: Session, login: str | None = None) -> list[TokenRow]:
    """Machines' tokens, of one account or of all, the newest last."""
    asked = (
        select(
            AccessToken.id,
            Account.login,
            AccessToken.name,
            AccessToken.created_at,
            AccessToken.ends_at,
            AccessToken.revoked_at,
            AccessToken.seen_at,
        )
        .join(Account, Account.id == AccessToken.account_id)
        .order_by(AccessToken.id)
    )
    if login is not None:
        asked = asked.where(Account.login == login)
    return [TokenRow(*row) for row in session.execute(asked)]


def groups(session: Session) -> list[GroupRow]:
    """Every group and role with the logins in it."""
    asked = (
        select(Principal, Account.login)
        .outerjoin(Membership, Membership.principal_id == Principal.id)
        .outerjoin(Account, Account.id == Membership.account_id)
        .where(Principal.kind.in_(("group", "role")))
        .order_by(Principal.code, Account.login)
    )
    members: dict[int, list[str]] = defaultdict(list)
    rows: dict[int, Principal] = {}
    for principal, login in session.execute(asked):
        rows[principal.id] = principal
        if login:
            members[principal.id].append(login)
    return [GroupRow(row.code, row.names or {}, row.solution, tuple(members[row.id])) for row in rows.values()]


def members_of(session: Session, code: str, kind: str = "group") -> list[PersonRow]:
    """Everybody in a group or role, shut accounts too."""
    inside = select(Membership.account_id).join(Principal).where(Principal.kind == kind, Principal.code == code)
    return _rows(session, _people().where(Account.id.in_(inside)).order_by(Account.name_sort, Account.id))


def substitutions(session: Session, account_id: int | None = None) -> list[SubstitutionRow]:
    """Substitutions not ended, all or those *account_id* takes part in."""
    absent, deputy = Account.__table__.alias("absent"), Account.__table__.alias("deputy")
    asked = (
        select(Substitution, absent.c.login, absent.c.name, deputy.c.login, deputy.c.name)
        .join(absent, absent.c.id == Substitution.absent_id)
        .join(deputy, deputy.c.id == Substitution.deputy_id)
        .where(Substitution.ended_at.is_(None))
        .order_by(Substitution.from_on, Substitution.id)
    )
    if account_id is not None:
        asked = asked.where(or_(Substitution.absent_id == account_id, Substitution.deputy_id == account_id))
    return [
        SubstitutionRow(row.id, a_login, a_name, d_login, d_name, row.from_on, row.to_on)
        for row, a_login, a_name, d_login, d_name in session.execute(asked)
    ]
