"""What can fail inside a running process; all become incidents for the solution's author or an admin."""

from __future__ import annotations

from engine.errors import ScriptFailed


class StepBudget(ScriptFailed):
    """The process did not come to rest within the budget of automatic steps: a loop without a wait."""


class UnknownError(ScriptFailed):
    """A BPMN error was thrown and no boundary event or event sub-process takes its code."""
