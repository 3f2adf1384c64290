"""Gateways: choices, forks, and joins that count tokens per incoming flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.node import Flow
from engine.errors import ScriptFailed
from engine.runtime.spiff import ExclusiveGateway, InclusiveGateway, ParallelGateway, TaskState
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.token import Token


class Choice(Step, ExclusiveGateway):
    """Exclusive gateway: the first flow whose condition is true, else the default. Every token passes by itself."""

    def choose(self, token: Token) -> list[Flow]:
        flows = self.node.flows
        if len(flows) == 1 and flows[0].condition is None:
            return list(flows)
        for flow in flows:
            if flow.condition is None and not flow.default:
                return [flow]
            if self.holds(token, flow):
                return [flow]
        default = [flow for flow in flows if flow.default]
        if not default and flows:
            raise ScriptFailed("no-flow-true", element=self.node.element, token=token.id)
        return default


class Join(Step):
    """A gateway where tokens wait for each other, each knowing the flow it came along."""

    def waiting_here(self, token: Token) -> list[Token]:
        """Tokens that have arrived and wait, oldest first."""
        return [other for other in token.workflow.tasks.values() if other.task_spec is self and other.waiting]

    def first_per_flow(self, tokens: list[Token]) -> dict[str, Token]:
        """The oldest token of each incoming flow."""
        firsts: dict[str, Token] = {}
        for token in tokens:
            firsts.setdefault(token.internal_data.get("via", ""), token)
        return firsts

    def enter(self, token: Token) -> None:
        """A join has been entered when it fires: see `merge`."""

    def merge(self, survivor: Token, tokens: list[Token]) -> None:
        """One token goes on for all."""
        for other in tokens:
            if other is not survivor:
                other.consume()
        Step.enter(self, survivor)


class ParallelJoin(Join, ParallelGateway):
    """Parallel gateway: fires when every incoming flow has a token, takes one of each; what is too much stays."""

    def _update_hook(self, token: Token) -> bool:
        if len(self.incoming) > 1:
            token._set_state(TaskState.WAITING)
            firsts = self.first_per_flow(self.waiting_here(token))
            if len(firsts) < len(self.incoming):
                return False
            self.merge(token, list(firsts.values()))
            if token not in firsts.values():
                raise AssertionError("the arriving token completes the set")
        else:
            Step.enter(self, token)
        return True

    def choose(self, token: Token) -> list[Flow]:
        return list(self.node.flows)


class InclusiveJoin(Join, InclusiveGateway):
    """
    Inclusive gateway, as BPMN 2.0 defines it.

    It fires when at least one incoming flow has a token and no token elsewhere can still reach an empty incoming flow,
    unless that token can also reach a flow which already has one. Decided when nothing automatic is left to run.
    """

    reach: dict[str, frozenset[str]]
    """Spec name -> incoming flows a token there can reach without passing through this gateway."""

    def _update_hook(self, token: Token) -> bool:
        if len(self.incoming) < 2:
            Step.enter(self, token)
            return True
        token._set_state(TaskState.WAITING)
        return False

    def try_fire(self, token: Token) -> bool:
        """Fire for the tokens that wait in the scope of `token`, if nothing more can come."""
        waiting = self.waiting_here(token)
        firsts = self.first_per_flow(waiting)
        if not self.enabled(token, set(firsts)):
            return False
        survivor = next(iter(firsts.values()))
        self.merge(survivor, list(firsts.values()))
        survivor._ready()
        return True

    def enabled(self, token: Token, full: set[str]) -> bool:
        empty = set(self.incoming) - full
        if not empty:
            return True
        for other in token.workflow.live():
            armed = other.waiting and other.holder is not None and other.holder.task_spec.guards
            if armed or (other.task_spec is self and other.waiting):
                continue  # an armed boundary event is no token: the activity it guards stands for it
            reachable = self.reach.get(other.task_spec.name, frozenset())
            if reachable & empty and not reachable & full:
                return False
        return True


class EventGate(Step):
    """
    Event-based gateway: holds one waiting token per alternative; the first to fire takes the others away.

    The holder has no work of its own; the alternative goes on for it.
    """

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.STARTED)
        scope = token.workflow
        alternatives = [scope.spawn(self.targets[flow.id], via=flow, holder=token) for flow in self.node.flows]
        for alternative in alternatives:
            if not alternative.finished and token.id in scope.tasks:
                alternative.task_spec._update(alternative)
        return False

    def chosen(self, holder: Token, alternative: Token) -> None:
        """One alternative has fired."""
        alternative.move_to(None)
        for other in holder.held:
            other.cancel()
        self.let_go(holder)
        holder._set_state(TaskState.COMPLETED)
        holder.workflow.retire(holder)

    def let_go(self, holder: Token) -> None:
        holder.workflow.top_workflow.ledger.step(holder, "left")
