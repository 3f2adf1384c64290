"""All checks of one file, all findings at once."""

from __future__ import annotations

from collections.abc import Sequence

from engine.bpmn.compiled import Knowledge
from engine.bpmn.lint import (
    activities,
    correlation,
    data,
    events,
    expressions,
    gateways,
    messages,
    outside,
    shown,
    structure,
)
from engine.bpmn.lint.reporting import Report
from engine.bpmn.model import Model
from engine.bpmn.names import Element
from engine.findings import Finding


def lint(model: Model, file: str, knowledge: Knowledge | None, nowhere: Sequence[Element] = ()) -> tuple[Finding, ...]:
    """Every broken rule, by line; *nowhere* are imports of files that are not there."""
    report = Report(model, file)
    structure.check(report, nowhere)
    gateways.check(report)
    events.check(report)
    messages.check(report)
    activities.check(report, knowledge)
    expressions.check(report, knowledge)
    data.check(report)
    correlation.check(report)
    outside.check(report, knowledge)
    shown.check(report)
    return tuple(sorted(report.findings, key=lambda found: (found.line or 0, found.code)))
