"""`chancery verify`: everything that must hold in the data of an office is looked at, while the office works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import Invalid
from engine.findings import Rule
from services.upkeep import rules
from services.upkeep.checking import CHECKS, Found, Look

if TYPE_CHECKING:
    from services.office import Parts

MOST = 1000
"""Objects named for one rule; further ones are only counted."""


@dataclass(frozen=True)
class Violation:
    """An object that breaks a rule."""

    rule: Rule
    object_ref: str
    params: dict[str, Any]

    @property
    def what(self) -> str:
        return self.rule.reason.format(**self.params)

    @property
    def remedy(self) -> str:
        return self.rule.remedy.format(**self.params)


@dataclass(frozen=True)
class Checked:
    """One rule, looked at: how many rows were read, how many objects break it, how long it took."""

    rule: Rule
    read: int
    broken: int
    seconds: float


@dataclass
class Report:
    """What a verification found; `clean` when nothing."""

    checked: list[Checked] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @property
    def broken(self) -> int:
        return sum(one.broken for one in self.checked)

    @property
    def clean(self) -> bool:
        return self.broken == 0


def verify(
    office: Parts,
    codes: Iterable[str] | None = None,
    *,
    whole_files: bool = True,
    watch: Callable[[Rule, int], None] | None = None,
) -> Report:
    """
    Look for what breaks the rules *codes* (all of them when None); *watch* is told each rule before it is looked at, with
    how many were done. Without *whole_files* contents are looked for and measured, not hashed.

    Raises Invalid("verify-rule-unknown") for a code no rule has.
    """
    wanted = list(CHECKS if codes is None else codes)
    for code in wanted:
        if code not in CHECKS:
            raise Invalid("verify-rule-unknown", rule=code)
    report = Report()
    for done, code in enumerate(wanted):
        rule, check = CHECKS[code]
        if watch is not None:
            watch(rule, done)
        look, began, broken = Look(office, office.clock.now(), whole_files), time.perf_counter(), 0
        for found in check(look):
            broken += 1
            if broken <= MOST:
                report.violations.append(_violation(rule, found))
        report.checked.append(Checked(rule, look.read, broken, round(time.perf_counter() - began, 3)))
    return report


def _violation(rule: Rule, found: Found) -> Violation:
    return Violation(rule, found.object_ref, found.params)


__all__ = ["MOST", "Checked", "Report", "Violation", "rules", "verify"]
