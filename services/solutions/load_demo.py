"""The people, units and policies of a demo organisation come in from a solution's CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.unit_of_work import UnitOfWork
from services.accounts.create_account import NewAccount, create_account_in
from services.accounts.models import Account
from services.accounts.passwords import hashed
from services.organisation.models import Unit
from services.organisation.units import add_unit_in, set_head_in, unit_by_code
from services.policies.change_policies import change_policies_in
from services.policies.models import Policy
from services.policies.rules import checked

if TYPE_CHECKING:
    from services.office import Parts

ADMIN = "admin"  # among an account's groups: makes an administrator, is no group itself


@dataclass(frozen=True)
class Loaded:
    """What was new; what stood there already is left as it is."""

    units: int
    logins: tuple[str, ...]


def load_demo(
    office: Parts, actor: Actor, units: bytes, accounts: bytes, password: str, policies: bytes = b""
) -> Loaded:
    """
    Make the units (`code,parent,kind,name_<language>…,head`, parents first) and the accounts
    (`login,name,post,unit,groups,locale`, groups separated by blanks) that are not there yet, all with *password*, and set
    the policies (`name,value`) nobody has set yet.
    """
    if ADMIN not in actor.roles:
        raise NotAllowed("admin-only")
    kept = hashed(password)
    rules = {row["name"]: checked(row["name"], row["value"]) for row in _rows(policies)}

    def act(work: UnitOfWork) -> Loaded:
        rows = _rows(units)
        new = [row for row in rows if _add_unit(office, work, actor, row)]
        logins = tuple(row["login"] for row in _rows(accounts) if _add_account(office, work, actor, row, kept))
        _set_heads(work, new)
        _set_policies(office, work, actor, rules)
        return Loaded(len(new), logins)

    return office.database.run(act)


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))


def _add_unit(office: Parts, work: UnitOfWork, actor: Actor, row: Mapping[str, str]) -> bool:
    if work.session.scalar(select(Unit.id).filter_by(code=row["code"])) is not None:
        return False
    names = {column.removeprefix("name_"): text for column, text in row.items() if column.startswith("name_") and text}
    add_unit_in(office, work, actor, row["code"], names, parent=row["parent"] or None, kind=row["kind"])
    return True


def _add_account(office: Parts, work: UnitOfWork, actor: Actor, row: Mapping[str, str], kept: str) -> bool:
    if work.session.scalar(select(Account.id).filter_by(login=row["login"])) is not None:
        return False
    groups = row["groups"].split()
    new = NewAccount(
        login=row["login"],
        name=row["name"],
        post=row["post"],
        unit=row["unit"] or None,
        groups=tuple(group for group in groups if group != ADMIN),
        must_change_password=False,
        is_admin=ADMIN in groups,
        locale=row["locale"] or None,
    )
    create_account_in(office, work, actor, new, kept)
    return True


def _set_policies(office: Parts, work: UnitOfWork, actor: Actor, rules: Mapping[str, Any]) -> None:
    already = set(work.session.scalars(select(Policy.name)))
    if new := {name: value for name, value in rules.items() if name not in already}:
        change_policies_in(office, work, actor, new)


def _set_heads(work: UnitOfWork, rows: Iterable[Mapping[str, str]]) -> None:
    """Heads are accounts, and accounts need their units first."""
    for row in rows:
        if row["head"]:
            head = work.session.scalar(select(Account.id).filter_by(login=row["head"]))
            set_head_in(work, unit_by_code(work.session, row["code"]), head)
