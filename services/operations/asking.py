"""What every operation of a card asks of its call."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import ScriptFailed
from engine.feel import values as feel
from engine.operations import Call
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, AccountPrincipal, Principal
from services.cards.find_card import card_id_in


def card_of(call: Call) -> int:
    """The card the process is about; ScriptFailed("operation-needs-card") without one."""
    card_id = card_id_in(call.subject_ref)
    if card_id is None:
        raise ScriptFailed("operation-needs-card", element=call.element)
    return card_id


def work_of(call: Call) -> UnitOfWork:
    """The step's open unit of work: only operations of effect `database` have one."""
    if call.work is None:
        raise ScriptFailed("operation-needs-transaction", element=call.element)
    return call.work


def text_of(call: Call, name: str) -> str:
    """An input that must be a text."""
    value = call.inputs.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ScriptFailed("operation-input-missing", element=call.element, input=name)
    return value.strip()


def typed(value: Any) -> Any:
    """A FEEL value as a form would send it: dates as ISO text, lists and contexts inside likewise."""
    return value.isoformat() if isinstance(value, date) else feel.plain(feel.convert(value))


def accounts_named(session: Session, names: Any) -> list[int]:
    """The active accounts of a list of logins and group codes, each once, in the order named."""
    given = names if isinstance(names, list | tuple) else [names]
    wanted = [str(name).strip() for name in given if name]
    found: list[int] = []
    for name in wanted:
        login = session.scalar(select(Account.id).where(Account.login == name.casefold(), Account.active))
        found += [login] if login else _members(session, name)
    return list(dict.fromkeys(found))


def _members(session: Session, group: str) -> list[int]:
    asked = (
        select(AccountPrincipal.account_id)
        .join(Principal, Principal.id == AccountPrincipal.principal_id)
        .join(Account, Account.id == AccountPrincipal.account_id)
        .where(Principal.kind.in_(("group", "role")), Principal.code == group)
        .where(AccountPrincipal.for_account_id == 0, Account.active)
        .order_by(AccountPrincipal.account_id)
    )
    return list(session.scalars(asked))
