"""How a check reports: at an element, with its id, name and line."""

from __future__ import annotations

from typing import Any

from engine.bpmn.model import ANONYMOUS, Model
from engine.bpmn.names import Element
from engine.findings import Finding, Rule, rule


class Missing:
    """
    Something an executable process needs: an error there, a warning in a draft.

    The warning is a rule of its own (`…-yet`), for a rule has one severity.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.error = rule(code, reason, remedy)
        self.warning = rule(code + "-yet", reason, remedy, severity="warning")


class Report:
    """Collects the findings of one file."""

    def __init__(self, model: Model, file: str) -> None:
        self.model = model
        self.file = file
        self.findings: list[Finding] = []
        self.lacking: set[int] = set()
        """Processes that lack something to run."""

    def at(self, element: Element, broken: Rule | Missing, **params: Any) -> None:
        """A finding at an element; what has no id of its own is found by the nearest element around it that has one."""
        named = element
        while (not named.get("id") or named.get(ANONYMOUS)) and named.getparent() is not None:
            named = named.getparent()
        if isinstance(broken, Missing):
            draft = self.model.is_draft(element)
            broken = broken.warning if draft else broken.error
        self.findings.append(
            Finding(
                broken,
                self.file,
                element=named.get("id") or None,
                name=named.get("name"),
                line=element.sourceline,
                params=params,
            )
        )
