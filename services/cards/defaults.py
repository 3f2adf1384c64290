"""What stands in the fields of a new card before anybody types: constants and FEEL of the card type file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from services.accounts.models import Account
from services.fields import Around
from services.organisation.models import Unit
from services.solutions.card_type import CardTypeFile
from services.solutions.formulas import USER, default_of, is_formula


def default_values(session: Session, actor: Actor, type: CardTypeFile, around: Around) -> dict[str, Any]:
    """The kept defaults by field key; one that cannot be this field's value now is left out."""
    given = [spec for spec in type.fields if spec.default is not None]
    if not given:
        return {}
    user = user_facts(session, actor) if any(is_formula(spec.default) for spec in given) else {}
    found = {spec.key: default_of(spec, {"user": user}, around) for spec in given}
    return {key: value for key, value in found.items() if value is not None}


def user_facts(session: Session, actor: Actor) -> dict[str, Any]:
    """Who makes the card, as defaults read it."""
    asked = (
        select(Account.login, Account.name, Account.post, Unit.code)
        .outerjoin(Unit, Unit.id == Account.unit_id)
        .where(Account.id == (actor.account_id or 0))
    )
    row = session.execute(asked).one_or_none()
    return dict(zip(USER, row, strict=True)) if row is not None else dict.fromkeys(USER)
