"""
Who counts as whom, materialised: rewritten when memberships, units or substitutions change, never while asking.

Every account has a principal of its own (`user:<login>`), every unit one for its people (`unit:<code>`) and one for its head
(`head:<code>`), groups and roles come from solutions, and `everyone` is one row. A group held in a unit is a post
(`post:<group>@<unit>`, by ids): whoever is in the group and works in that very unit holds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.accounts.models import Account, AccountPrincipal, Membership, Principal, Substitution
from services.organisation.models import Appointment, Unit


def principal_id(session: Session, kind: str, code: str, names: Mapping[str, str] | None = None) -> int:
    """The id of a principal; made when it does not exist yet."""
    found = session.scalar(select(Principal).filter_by(kind=kind, code=code))
    if found is None:
        found = Principal(kind=kind, code=code, names=dict(names or {}))
        session.add(found)
        session.flush()
    return found.id


def recompute(session: Session, account_ids: Iterable[int]) -> None:
    """Rewrite the principals of these accounts and of whoever substitutes them now or later."""
    changed = set(account_ids)
    if not changed:
        return
    session.flush()
    affected = changed | _deputies(session, changed)
    make_posts(session, {post for posts in _posts(session, affected).values() for post in posts})
    counted = principals_of(session, affected)
    session.execute(delete(AccountPrincipal).where(AccountPrincipal.account_id.in_(affected)))
    rows = [
        {"account_id": account, "principal_id": principal, "for_account_id": whose}
        for account in sorted(affected)
        for principal, whose in sorted(counted[account])
    ]
    if rows:
        session.execute(insert(AccountPrincipal), rows)


def principals_of(session: Session, accounts: set[int]) -> dict[int, set[tuple[int, int]]]:
    """What each account counts as now: principals with the account it stands in for (0: itself)."""
    standing_in = _absent_of(session, accounts)
    own = _own(session, accounts | {absent for ids in standing_in.values() for absent in ids})
    return {
        account: {
            (principal, whose if whose != account else 0)
            for whose in (account, *standing_in[account])
            for principal in own[whose]
        }
        for account in accounts
    }


def _deputies(session: Session, absent: set[int]) -> set[int]:
    asked = select(Substitution.deputy_id).where(Substitution.absent_id.in_(absent), Substitution.ended_at.is_(None))
    return set(session.scalars(asked))


def _absent_of(session: Session, deputies: set[int]) -> dict[int, set[int]]:
    asked = select(Substitution.deputy_id, Substitution.absent_id).where(
        Substitution.deputy_id.in_(deputies), Substitution.ended_at.is_(None)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for deputy, absent in session.execute(asked):
        found[deputy].add(absent)
    return found


def _own(session: Session, accounts: set[int]) -> dict[int, set[int]]:
    """What each account counts as by itself; somebody inactive counts as nobody."""
    own: dict[int, set[int]] = defaultdict(set)
    further = _further_paths(session, accounts)
    everyone = principal_id(session, "everyone", "everyone")
    people = session.execute(
        select(Account.id, Principal.id, Unit.path)
        .join(Principal, (Principal.kind == "user") & (Principal.code == Account.login))
        .outerjoin(Unit, Unit.id == Account.unit_id)
        .where(Account.id.in_(accounts), Account.active)
    ).all()
    paths = {account: path for account, _, path in people}
    unit_principals = _unit_principals(
        session, [*paths.values(), *(path for many in further.values() for path in many)]
    )
    for account, principal, path in people:
        own[account] |= {principal, everyone} | {
            unit_principals[unit]
            for one in (path, *further.get(account, ()))
            for unit in _ids(one)
            if unit in unit_principals
        }
    asked = select(Membership.account_id, Membership.principal_id).where(Membership.account_id.in_(list(paths)))
    for account, principal in session.execute(asked):
        own[account].add(principal)
    headed = (
        select(Unit.head_id, Principal.id)
        .join(Principal, (Principal.kind == "head") & (Principal.code == Unit.code))
        .where(Unit.head_id.in_(list(paths)))
    )
    for head, principal in session.execute(headed):
        if head is not None:
            own[head].add(principal)
    posts = _posts(session, set(paths))
    made = post_ids(session, {post for several in posts.values() for post in several})
    for account, several in posts.items():
        own[account] |= {made[post] for post in several if post in made}
    return own


def make_posts(session: Session, codes: set[str]) -> None:
    """Make the principals of these posts which are not there; two who make one at the same time both find it."""
    missing = codes - set(post_ids(session, codes))
    for code in sorted(missing):
        made = _insert(session).values(kind="post", code=code, names={})
        session.execute(made.on_conflict_do_nothing(index_elements=["kind", "code"]))


def post_ids(session: Session, codes: set[str]) -> dict[str, int]:
    """The principals of these posts by code."""
    if not codes:
        return {}
    asked = select(Principal.code, Principal.id).where(Principal.kind == "post", Principal.code.in_(codes))
    return dict(session.execute(asked).all())


def _insert(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(Principal)


def _posts(session: Session, accounts: set[int]) -> dict[int, set[str]]:
    """The posts each account holds by itself: each of its groups in each unit it works in."""
    group = (Principal.id == Membership.principal_id) & (Principal.kind == "group")
    main = (
        select(Account.id, Membership.principal_id, Account.unit_id)
        .join(Membership, Membership.account_id == Account.id)
        .join(Principal, group)
        .where(Account.id.in_(accounts), Account.active, Account.unit_id.is_not(None))
    )
    further = (
        select(Account.id, Membership.principal_id, Appointment.unit_id)
        .join(Membership, Membership.account_id == Account.id)
        .join(Principal, group)
        .join(Appointment, (Appointment.account_id == Account.id) & Appointment.active)
        .where(Account.id.in_(accounts), Account.active)
    )
    found: dict[int, set[str]] = defaultdict(set)
    for account, group_id, unit_id in session.execute(main.union(further)):
        found[account].add(f"{group_id}@{unit_id}")
    return found


def _further_paths(session: Session, accounts: set[int]) -> dict[int, list[str]]:
    """Where somebody holds further posts today."""
    asked = (
        select(Appointment.account_id, Unit.path)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.account_id.in_(accounts), Appointment.active)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for account, path in session.execute(asked):
        found[account].append(path)
    return found


def _unit_principals(session: Session, paths: Iterable[str | None]) -> dict[int, int]:
    units = {unit for path in paths for unit in _ids(path)}
    asked = (
        select(Unit.id, Principal.id)
        .join(Principal, (Principal.kind == "unit") & (Principal.code == Unit.code))
        .where(Unit.id.in_(units))
    )
    return dict(session.execute(asked).all())


def _ids(path: str | None) -> list[int]:
    return [int(part) for part in (path or "").split("/") if part]
