"""Who answers for an item: a unit (its bare code), `user:<login>` or `group:<code>`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account, Principal
from services.organisation.models import Unit
from services.organisation.units import name_in


def custodian_names(session: Session, custodians: Iterable[str | None], locale: str) -> dict[str, str]:
    """How custodians are called, at most a statement a kind; one nobody knows is called by its code."""
    wanted = {one for one in custodians if one}
    people = {one.removeprefix("user:") for one in wanted if one.startswith("user:")}
    groups = {one.removeprefix("group:") for one in wanted if one.startswith("group:")}
    units = {one.removeprefix("unit:") for one in wanted if not one.startswith(("user:", "group:"))}
    found = {one: one.rpartition(":")[2] for one in wanted}
    if people:
        asked = select(Account.login, Account.name).where(Account.login.in_(people))
        found |= {f"user:{login}": name for login, name in session.execute(asked)}
    if groups:
        named = select(Principal.code, Principal.names).where(Principal.kind == "group", Principal.code.in_(groups))
        found |= {f"group:{code}": name_in(names or {}, locale, code) for code, names in session.execute(named)}
    if units:
        placed = select(Unit.code, Unit.names).where(Unit.code.in_(units))
        for code, names in session.execute(placed):
            found |= {one: name_in(names, locale, code) for one in (code, f"unit:{code}") if one in wanted}
    return found
