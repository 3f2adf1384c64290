"""Complex gateway: fires when its activation condition says so, and then waits for the rest before it starts anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.node import Flow
from engine.runtime.steps.gateways import InclusiveJoin
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.token import Token


class ComplexJoin(InclusiveJoin):
    """
    The activation condition may ask `activationCount` (how many incoming flows have a token) and, for one flow,
    `activationCounts` by flow id.

    After it has fired it waits for reset: tokens of the flows that were empty are taken as they come and nothing goes
    out for them; when all have come, or none can come any more, it starts anew.
    """

    def try_fire(self, token: Token) -> bool:
        scope = token.workflow
        firsts = self.first_per_flow(self.waiting_here(token))
        awaited = scope.task_tree.internal_data.get(self._key)
        if awaited is not None:
            return self._reset(token, firsts, awaited)
        if self.node.activation is None:
            return super().try_fire(token)
        extra = {
            "activationCount": len(firsts),
            "activationCounts": {flow: int(flow in firsts) for flow in self.incoming},
        }
        if not self.truth(token, self.node.activation, extra=extra):
            return False
        scope.task_tree.internal_data[self._key] = sorted(set(self.incoming) - set(firsts))
        survivor = next(iter(firsts.values()))
        self.merge(survivor, list(firsts.values()))
        survivor._ready()
        return True

    @property
    def _key(self) -> str:
        return f"reset {self.node.id}"

    def _reset(self, token: Token, firsts: dict[str, Token], awaited: list[str]) -> bool:
        """Take late tokens away; begin anew when nobody is awaited any more."""
        scope = token.workflow
        late = [other for flow, other in firsts.items() if flow in awaited]
        for other in late:
            other.consume()
        left = [flow for flow in awaited if flow not in firsts]
        if left and not self._hopeless(token, set(left)):
            scope.task_tree.internal_data[self._key] = left
        else:
            del scope.task_tree.internal_data[self._key]
        scope.finish_if_empty()
        return bool(late) or self._key not in scope.task_tree.internal_data

    def _hopeless(self, token: Token, left: set[str]) -> bool:
        return not any(
            self.reach.get(other.task_spec.name, frozenset()) & left
            for other in token.workflow.live()
            if other.task_spec is not self
        )

    def choose(self, token: Token) -> list[Flow]:
        return Step.choose(self, token)
