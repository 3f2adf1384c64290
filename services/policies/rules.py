"""The policies: their types, defaults and limits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from engine.errors import Invalid
from services.calendar.working import countries

LANGUAGES = ("ru", "en", "fa")
CALENDARS = ("gregorian", "jalali")


@dataclass(frozen=True)
class PolicyRule:
    """One policy: `default` also gives the type; `low`/`high` for numbers, `choices` for words."""

    name: str
    default: Any
    help: str
    unit: str = ""
    low: int = 0
    high: int = 1_000_000
    choices: Callable[[], tuple[str, ...]] = tuple


RULES: dict[str, PolicyRule] = {
    rule.name: rule
    for rule in (
        PolicyRule("organisation.name", "Chancery", "Name of the organisation, on pages, letters and in mail."),
        PolicyRule("organisation.address", "", "Postal address, printed on letters."),
        PolicyRule("organisation.requisites", "", "Codes and phones printed on the letterhead."),
        PolicyRule("organisation.locale", "ru", "Language of the organisation.", choices=lambda: LANGUAGES),
        PolicyRule("organisation.calendar", "gregorian", "How dates are shown by default.", choices=lambda: CALENDARS),
        PolicyRule("organisation.zone", "Europe/Moscow", "Time zone dates are read in."),
        PolicyRule("organisation.country", "RU", "Country whose holidays are days off.", choices=countries),
        PolicyRule("organisation.opens_hour", 9, "Working time begins at this hour.", "hours", 0, 23),
        PolicyRule("organisation.closes_hour", 18, "Working time ends at this hour.", "hours", 1, 24),
        PolicyRule("mail.held", False, "Outgoing mail waits until this is taken off."),
        PolicyRule("mail.sender_name", "", "Name beside the sender's address."),
        PolicyRule("session.idle_minutes", 30, "A session unused for so long ends.", "minutes", 1, 1440),
        PolicyRule("session.hours", 12, "A session ends after so long in any case.", "hours", 1, 168),
        PolicyRule("password.least_length", 10, "Shortest password that is taken.", "characters", 8, 128),
        PolicyRule("password.reset_minutes", 30, "How long a reset link works.", "minutes", 5, 1440),
        PolicyRule("bin.days", 30, "A document stays in the bin so long, then it is destroyed.", "days", 1, 3650),
        PolicyRule(
            "history.days", 0, "What finished processes did is kept so long; 0 keeps it for ever.", "days", 0, 36500
        ),
        PolicyRule("history.pack_days", 30, "So long after its end a process's history is packed.", "days", 0, 3650),
        PolicyRule(
            "task.near_due_percent", 75, "Part of the term after which a task counts as near its end.", "%", 1, 99
        ),
    )
}


@dataclass(frozen=True)
class Policies:
    """The policies in force at one moment."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def organisation(self) -> str:
        return str(self.values["organisation.name"])

    @property
    def locale(self) -> str:
        return str(self.values["organisation.locale"])

    @property
    def calendar(self) -> str:
        return str(self.values["organisation.calendar"])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.values["organisation.zone"])


def in_force(edited: Mapping[str, Any]) -> Policies:
    """The defaults with the *edited* values over them; names this version does not know are left out."""
    return Policies({name: edited.get(name, rule.default) for name, rule in RULES.items()})


def checked(name: str, value: Any) -> Any:
    """The value as it is kept; raises Invalid beside the policy's name."""
    rule = RULES.get(name)
    if rule is None:
        raise Invalid("policy-refused", {name: ("policy-unknown", {})})
    if isinstance(rule.default, bool):
        return value in (True, "true", "on", "1", 1)
    if isinstance(rule.default, int):
        return _number(rule, value)
    text = str(value).strip()
    if rule.choices() and text not in rule.choices():
        raise Invalid("policy-refused", {name: ("not-a-choice", {"choices": ", ".join(rule.choices())})})
    if name == "organisation.zone" and text not in available_timezones():
        raise Invalid("policy-refused", {name: ("zone-unknown", {"zone": text})})
    return text


def _number(rule: PolicyRule, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Invalid("policy-refused", {rule.name: ("not-a-number", {})}) from None
    if not rule.low <= number <= rule.high:
        raise Invalid("policy-refused", {rule.name: ("out-of-range", {"low": rule.low, "high": rule.high})})
    return number
