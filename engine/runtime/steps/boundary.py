"""The block around an activity that has boundary events: holds the armed events beside the activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.spiff import TaskState
from engine.runtime.steps.catching import Boundary
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.token import Token


class GuardedActivity(Step):
    """Arms the boundary events, then starts the activity. Gone when the activity is gone."""

    guards = True
    activity: str
    boundary_events: tuple[str, ...]

    def enter(self, token: Token) -> None:
        """The block is nothing drawn."""

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.STARTED)
        scope = token.workflow
        kids = [scope.spawn(name, holder=token) for name in (*self.boundary_events, self.activity)]
        for kid in kids:
            if not kid.finished and token.id in scope.tasks:
                kid.task_spec._update(kid)
        return False

    def child_gone(self, holder: Token, child: Token) -> None:
        """When the activity has gone the events are disarmed."""
        if isinstance(child.task_spec, Boundary) or holder.finished:
            return
        for other in holder.held:
            other.cancel()
        holder.consume()
