"""Somebody chooses the language and calendar of their own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account

if TYPE_CHECKING:
    from services.office import Parts

LANGUAGES = ("ru", "en", "fa")
CALENDARS = ("gregorian", "jalali")


def choose_language(office: Parts, actor: Actor, language: str, calendar: str | None = None) -> None:
    """The calendar is the language's own (Jalali for Persian) unless it is chosen too."""
    calendar = calendar or ("jalali" if language == "fa" else "gregorian")
    if language not in LANGUAGES or calendar not in CALENDARS:
        raise Invalid("account-refused", {"locale": ("not-an-option", {"value": language})})

    def act(work: UnitOfWork) -> None:
        account = work.session.get_one(Account, actor.account_id)
        if (account.locale, account.calendar) == (language, calendar):
            return
        account.locale, account.calendar = language, calendar
        record(work.session, actor, "account.language-chosen", f"account:{account.id}", office.clock.now())

    office.database.run(act)
