"""Ad-hoc sub-processes: what is in them starts without being led there, until the completion condition is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.names import ACTIVITIES
from engine.errors import ScriptFailed
from engine.runtime.steps.starts import Root
from engine.runtime.values import shown

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.steps.step import Step
    from engine.runtime.token import Token


class AdHocRoot(Root):
    """
    The beginning of an ad-hoc sub-process: all its loose activities at once, or one after the other.

    After each activity the completion condition is asked. True: what still runs is taken away, or, with
    `cancelRemainingInstances="false"`, allowed to end while nothing new starts. Without a condition everything in it is
    done once.
    """

    def _on_complete(self, token: Token) -> None:
        self.declare_objects(token)
        scope = token.workflow
        token.internal_data["next"] = 0
        chosen = self._chosen(token)
        if chosen is not None:
            token.internal_data["heads"] = chosen
        if self.node.collects is not None:
            token.data[self.node.collects.variable] = []
        for name in self.triggers:
            trigger = scope.spawn(name)
            trigger.task_spec._update(trigger)
        for _ in range(1 if self.node.ad_hoc_sequential else len(self._offered(scope))):
            if not scope.closed:
                self._next(scope)
        scope.finish_if_empty()

    def _chosen(self, token: Token) -> list[str] | None:
        """Elements to offer, by id, when the diagram chooses them."""
        if self.node.active_elements is None:
            return None
        value = token.workflow.top_workflow.evaluate(token, self.node.active_elements)
        known = {self.spec_of(name).node.element: name for name in self.heads}
        if not isinstance(value, list | tuple) or any(each not in known for each in value):
            raise ScriptFailed(
                "ad-hoc-elements", element=self.node.element, token=token.id, value=shown(value), known=", ".join(known)
            )
        return [known[each] for each in value]

    def spec_of(self, name: str) -> Step:
        spec: Step = self._wf_spec.task_specs[name]
        return spec

    def _offered(self, scope: FlatScope) -> list[str]:
        return list(scope.task_tree.internal_data.get("heads", self.heads))

    def _next(self, scope: FlatScope) -> bool:
        data = scope.task_tree.internal_data
        heads = self._offered(scope)
        if data.get("over") or data["next"] >= len(heads):
            return False
        kid = scope.spawn(heads[data["next"]])
        data["next"] += 1
        kid.task_spec._update(kid)
        return True

    def step_left(self, scope: FlatScope, token: Token) -> None:
        condition = self.node.ad_hoc_completion
        node = token.node
        if self.node.collects is not None and node is not None and node.kind in ACTIVITIES:
            name = self.node.collects.variable
            value = scope.top_workflow.evaluate(token, self.node.collects.element)
            token.data[name] = [*token.data.get(name, []), value]
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
