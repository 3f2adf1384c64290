"""
Personal values stand in one table and are referred to from everywhere else (`{"$personal": id}`), so that erasing a person
blanks one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.audit import record
from engine.store.text import normalise
from engine.store.unit_of_work import UnitOfWork
from services.fields.digits import latin_digits
from services.privacy.models import PersonalValue

if TYPE_CHECKING:
    from services.office import Parts

KEY = "$personal"
CLASSES = ("name", "contact", "address", "code", "health", "text")


def keep(
    session: Session, owner_ref: str, field: str, personal_class: str, value: Any, now: datetime
) -> dict[str, int] | None:
    """Keep a personal value and give the reference to be stored in its place; None for None."""
    if value is None:
        return None
    searchable = str(value) if personal_class == "name" else None
    row = PersonalValue(
        owner_ref=owner_ref,
        field=field,
        personal_class=personal_class,
        value=value,
        value_norm=searchable,
        value_sort=searchable,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return {KEY: row.id}


def is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {KEY}


def resolved(session: Session, values: Iterable[Any]) -> dict[int, Any]:
    """The values behind the references among *values*, by id, in one statement; erased ones are None."""
    ids = {value[KEY] for value in values if is_reference(value)}
    if not ids:
        return {}
    asked = select(PersonalValue.id, PersonalValue.value).where(PersonalValue.id.in_(ids))
    return dict(session.execute(asked).all())


def value_of(value: Any, known: Mapping[int, Any]) -> Any:
    """*value*, or what it refers to."""
    return known.get(value[KEY]) if is_reference(value) else value


def masked(personal_class: str, value: Any) -> str:
    """
    A value as it is shown to somebody who need not know it.

    >>> masked("contact", "+7 900 000-00-14"), masked("contact", "anna@example.org"), masked("name", "Покупатель 014")
    ('•••••••••14', 'a•••@example.org', 'Покупатель 014')
    """
    text = "" if value is None else str(value)
    if not text or personal_class == "name":
        return text
    if "@" in text:
        local, _, domain = text.rpartition("@")
        return f"{local[:1]}•••@{domain}"
    if personal_class == "contact":
        digits = [char for char in text if char.isdigit()]
        return "•" * max(len(digits) - 2, 3) + "".join(digits[-2:])
    return "•••"


def phone_key(text: str) -> str:
    """A phone number as it is compared: digits; a Russian 8… or ten digits as 7…, an Iranian 0… as 98…."""
    digits = re.sub(r"\D", "", latin_digits(text))
    if len(digits) == 11 and digits.startswith("8"):
        return "7" + digits[1:]
    if len(digits) == 11 and digits.startswith("0"):
        return "98" + digits[1:]
    return "7" + digits if len(digits) == 10 else digits.removeprefix("00")


def mail_key(text: str) -> str:
    """A mail address as it is compared."""
    return normalise(text)


def note_reveal(
    office: Parts, work: UnitOfWork, actor: Actor, object_ref: str, fields: Iterable[str], purpose: str
) -> None:
    """Note that *actor* saw these personal values in full; the values themselves are never written down."""
    if actor.account_id is None:
        raise NotAllowed("reveal-needs-account")
    now = office.clock.now()
    record(work.session, actor, "personal.revealed", object_ref, now, fields=sorted(fields), purpose=purpose[:200])
