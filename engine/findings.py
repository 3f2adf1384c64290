"""
Findings: what `chancery check` says about a solution's files.

A `Rule` is declared once, beside the code that checks it; its English sentences are the message ids which the
catalogues translate. A `Finding` is one place where a rule is broken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
RULES: dict[str, Rule] = {}


@dataclass(frozen=True)
class Rule:
    """One rule: `reason` and `remedy` are English templates (`str.format` with the finding's params)."""

    code: str
    severity: Severity
    reason: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """A broken rule at a place: `file` relative to the solution's root, `element` the drawn id, `line` from 1."""

    rule: Rule
    file: str = ""
    element: str | None = None
    name: str | None = None
    line: int | None = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def reason(self) -> str:
        return self.rule.reason.format(**self.params)

    @property
    def remedy(self) -> str:
        return self.rule.remedy.format(**self.params)


def rule(code: str, reason: str, remedy: str, severity: Severity = "error") -> Rule:
    """Declare a rule; a code is declared once in the whole product."""
    if code in RULES:
        raise ValueError(f"rule {code} is declared twice")
    made = RULES[code] = Rule(code, severity, reason, remedy)
    return made


def has_errors(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """True when a file with these findings is refused."""
    return any(found.severity == "error" for found in findings)
