"""Ad-hoc sub-processes: what is in them starts without being led there, until the completion condition is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.names import ACTIVITIES
from engine.runtime.steps.starts import Root

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


class AdHocRoot(Root):
    """
    The beginning of an ad-hoc sub-process: all its loose activities at once, or one after the other.

    After each activity the completion condition is asked. True: what still runs is taken away, or, with
    `cancelRemainingInstances="false"`, allowed to end while nothing new starts. Without a condition everything in it is
    done once.
    """

    def _on_complete(self, token: Token) -> None:
        scope = token.workflow
        token.internal_data["next"] = 0
        for name in self.triggers:
            trigger = scope.spawn(name)
            trigger.task_spec._update(trigger)
        for _ in range(1 if self.node.ad_hoc_sequential else len(self.heads)):
            if not scope.closed:
                self._next(scope)
        scope.finish_if_empty()

    def _next(self, scope: FlatScope) -> bool:
        data = scope.task_tree.internal_data
        if data.get("over") or data["next"] >= len(self.heads):
            return False
        kid = scope.spawn(self.heads[data["next"]])
        data["next"] += 1
        kid.task_spec._update(kid)
        return True

    def step_left(self, scope: FlatScope, token: Token) -> None:
        condition = self.node.ad_hoc_completion
        node = token.node
        if condition is None or node is None or node.kind not in ACTIVITIES or scope.closed:
            return
        if self.truth(token, condition, self.node.element):
            scope.task_tree.internal_data["over"] = True

    def more(self, scope: FlatScope) -> bool:
        """The scope is empty: the next activity in line, if there is one."""
        return self._next(scope)

    def settle(self, scope: FlatScope) -> None:
        if scope.task_tree.internal_data.get("over") and self.node.cancel_remaining and not scope.closed:
            scope.finish()
