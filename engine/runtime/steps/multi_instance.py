"""Multi-instance and loops: a holder that counts, and one held token per instance with its own variables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.bpmn.node import Loop
from engine.errors import ScriptFailed
from engine.runtime.spiff import TaskState
from engine.runtime.steps import throwing
from engine.runtime.steps.step import Step
from engine.runtime.steps.tasks import PersonTask
from engine.runtime.values import shown

if TYPE_CHECKING:
    from engine.runtime.token import Token

MAX_INSTANCES = 10_000


def whole_number(value: Any) -> int | None:
    """The value as a whole number, None when it is none."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value):
        return int(value)
    return None


class Looping(Step):
    """What all loops share: the node's work is done by held tokens of `body`."""

    merges_children = True
    body: str

    @property
    def loop(self) -> Loop:
        assert self.node.loop is not None
        return self.node.loop

    def enter(self, token: Token) -> None:
        """History of the whole; parameters and listeners belong to each instance."""
        token.workflow.top_workflow.ledger.step(token, "entered")

    def leave(self, token: Token) -> None:
        token.workflow.top_workflow.ledger.step(token, "left")
        self.remember(token)

    def spawn_child(self, token: Token, index: int) -> Token:
        child = token.workflow.spawn(self.body, holder=token)
        child.internal_data["index"] = index
        variables = token.workflow.top_workflow.variables
        variables.open(child.id, token.scope)
        variables.declare(child.id, "loopCounter", index)
        return child

    def finish(self, token: Token) -> None:
        """All instances are done: the token goes on."""
        token._set_state(TaskState.READY)


class MultiInstance(Looping):
    """Parallel or sequential instances over a collection or a number."""

    def items(self, token: Token) -> Sequence[Any]:
        top = token.workflow.top_workflow
        if self.loop.collection is not None:
            return self._collection(token, top.evaluate(token, self.loop.collection))
        assert self.loop.cardinality is not None
        value = top.evaluate(token, self.loop.cardinality)
        whole = whole_number(value)
        if whole is None or whole < 0:
            raise ScriptFailed(
                "cardinality-not-a-number", element=self.node.element, token=token.id, value=shown(value)
            )
        self._allow(token, whole)
        return range(whole)

    def _collection(self, token: Token, value: Any) -> Sequence[Any]:
        if not isinstance(value, list | tuple):
            raise ScriptFailed("collection-not-a-list", element=self.node.element, token=token.id, value=shown(value))
        self._allow(token, len(value))
        return value

    def _allow(self, token: Token, count: int) -> None:
        if count > MAX_INSTANCES:
            raise ScriptFailed(
                "too-many-instances", element=self.node.element, token=token.id, count=count, allowed=MAX_INSTANCES
            )

    def _update_hook(self, token: Token) -> bool:
        items = self.items(token)
        count = len(items)
        token.internal_data.update(total=count, next=0, done=0)
        top = token.workflow.top_workflow
        scope = self.open_scope(token)
        for name, value in (("nrOfInstances", count), ("nrOfCompletedInstances", 0), ("nrOfActiveInstances", 0)):
            top.variables.declare(scope, name, value)
        if self.loop.output_collection:
            top.variables.set(token.workflow.scope, self.loop.output_collection, [None] * count)
        if count == 0:
            return True
        token._set_state(TaskState.STARTED)
        for _ in range(1 if self.loop.kind == "sequential" else count):
            if token.finished:
                break
            self._next(token, items)
        return False

    def _next(self, token: Token, items: Sequence[Any]) -> None:
        """Start the next instance with its own variables."""
        data = token.internal_data
        index = data["next"]
        data["next"] = index + 1
        child = self.spawn_child(token, index)
        variables = token.workflow.top_workflow.variables
        if self.loop.element_variable and self.loop.collection is not None:
            variables.declare(child.id, self.loop.element_variable, items[index])
        if self.loop.output_variable:
            variables.declare(child.id, self.loop.output_variable, None)
        variables.declare(token.id, "nrOfActiveInstances", data["next"] - data["done"])
        child.task_spec._update(child)

    def child_done(self, holder: Token, child: Token) -> None:
        """Count, collect the output, ask the completion condition."""
        data = holder.internal_data
        variables = holder.workflow.top_workflow.variables
        data["done"] += 1
        variables.declare(holder.id, "nrOfCompletedInstances", data["done"])
        variables.declare(holder.id, "nrOfActiveInstances", data["next"] - data["done"])
        self._collect(holder, child)
        condition = self.loop.completion
        data["stop"] = condition is not None and self.truth(child, condition)
        self._throw_implicit(holder, child)

    def _throw_implicit(self, holder: Token, child: Token) -> None:
        """
        What `behavior` says: an event for each finished instance (None), for the first (One), or for the first whose
        condition is true, which also ends the rest (Complex).
        """
        loop, data = self.loop, holder.internal_data
        if loop.behavior == "none" and loop.none_event is not None:
            throwing.throw_implicit(holder, loop.none_event)
        elif loop.behavior == "one" and loop.one_event is not None and data["done"] == 1:
            throwing.throw_implicit(holder, loop.one_event)
        elif loop.behavior == "complex":
            for condition, event in loop.complex_events:
                if self.truth(child, condition):
                    throwing.throw_implicit(holder, event)
                    data["stop"] = True
                    break

    def _collect(self, holder: Token, child: Token) -> None:
        loop = self.loop
        if not loop.output_collection:
            return
        top = holder.workflow.top_workflow
        if loop.output_element is not None:
            value = top.evaluate(child, loop.output_element)
        elif loop.output_variable:
            value = child.data.get(loop.output_variable)
        else:
            return
        collected = list(holder.data[loop.output_collection])
        collected[child.internal_data["index"]] = value
        holder.data[loop.output_collection] = collected

    def after_child(self, holder: Token) -> None:
        data = holder.internal_data
        if holder.finished:
            return
        if data.pop("stop", False):
            self._sweep(holder)
            self.finish(holder)
        elif data["done"] >= data["total"]:
            self.finish(holder)
        elif self.loop.kind == "sequential":
            self._next(holder, self.items(holder))

    def _sweep(self, holder: Token) -> None:
        """Take the instances away that are not done: those awake, and those asleep in rows of their own."""
        top = holder.workflow.top_workflow
        for_people = isinstance(holder.workflow.spec.task_specs[self.body], PersonTask)
        if holder.internal_data.get("asleep") and not for_people and top.wake_all is not None:
            top.wake_all(holder.id)  # what is inside them has to be taken away one by one
        for other in holder.held:
            other.cancel()
        if holder.internal_data.get("asleep"):
            top.ledger.swept.append(holder.id)
            holder.internal_data["asleep"] = 0

    def _on_cancel(self, token: Token) -> None:
        self._sweep(token)


class StandardLoop(Looping):
    """Again while the condition is true, at most so many times."""

    def _update_hook(self, token: Token) -> bool:
        token.internal_data["done"] = 0
        if self.loop.test_before and self._over(token, token):
            return True
        token._set_state(TaskState.STARTED)
        self._next(token)
        return False

    def _next(self, token: Token) -> None:
        child = self.spawn_child(token, token.internal_data["done"])
        child.task_spec._update(child)

    def _over(self, token: Token, seen_from: Token) -> bool:
        top = token.workflow.top_workflow
        if self.loop.maximum is not None:
            maximum = whole_number(top.evaluate(token, self.loop.maximum))
            if maximum is not None and token.internal_data["done"] >= maximum:
                return True
        condition = self.loop.condition
        return condition is not None and not self.truth(seen_from, condition)

    def child_done(self, holder: Token, child: Token) -> None:
        holder.internal_data["done"] += 1
        holder.internal_data["stop"] = self._over(holder, child)

    def after_child(self, holder: Token) -> None:
        if holder.finished:
            return
        if holder.internal_data.pop("stop"):
            self.finish(holder)
        else:
            self._next(holder)
