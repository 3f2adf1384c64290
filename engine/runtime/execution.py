"""One execution: an instance with everything it calls, in memory. See the package for how it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import Conflict, Invalid, NotFound
from engine.runtime.effects import Changes, Ended, State, Stuck
from engine.runtime.failures import StepBudget, UnknownError
from engine.runtime.migrating import Moved, Plan, Refusal, migrate, obstacles
from engine.runtime.modifying import Change, Place, modify, places
from engine.runtime.scopes import FlatScope, Instance
from engine.runtime.state import POINTS, dump, revive, wake
from engine.runtime.steps.catching import Catching, throw_code
from engine.runtime.steps.gateways import InclusiveJoin
from engine.runtime.steps.tasks import OperationTask, PersonTask
from engine.runtime.steps.throwing import broadcast, waits_for
from engine.runtime.token import Token
from engine.runtime.values import MAX_NAME, MAX_TEXT, NotData, is_name, stored
from engine.runtime.variables import TOP, RowsInMemory, StoredVariables, Variables

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.host import Host

Rows = Iterable[tuple[str, str, str]]


class Parts(Protocol):
    """The rows of sleeping children."""

    def one(self, token: str) -> tuple[str, str] | None:
        """(multi-instance token, text) of the row of that token, None when there is none."""

    def of(self, holder: str) -> Iterable[tuple[str, str]]:
        """(token, text) of every row of a multi-instance."""


BUDGET = 10_000


def named(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values from outside, which are to become variables: names that may be one, and data that can be kept."""
    for name, value in values.items():
        if not is_name(name):
            raise Invalid("variable-name", name=str(name)[:MAX_NAME])
        try:
            stored(value)
        except NotData as reason:
            raise Invalid(reason.code, name=name, allowed=MAX_TEXT) from reason
    return values


class Execution:
    """A running process; not safe for use by two threads at once, and thrown away after any exception."""

    def __init__(self, instance: Instance, parts: Parts | None = None) -> None:
        self._instance = instance
        self._parts = parts
        self._woken: set[str] = set()
        instance.wake_all = self._wake_all

    # beginning and end ------------------------------------------------------------------------------------------

    @classmethod
    def begin(
        cls,
        definition: Definition,
        host: Host,
        variables: Mapping[str, Any],
        *,
        start: str | None = None,
        payload: Mapping[str, Any] | None = None,
        business_key: str | None = None,
        initiator: str | None = None,
        at: Sequence[Change] = (),
    ) -> Execution:
        """
        A new execution, before its first step; `start` is a `Start.node` when it is not the plain one. With `at` it begins
        there and at no start event.
        """
        instance = Instance(definition, host, Variables(RowsInMemory(())))
        instance.business_key = business_key
        instance.initiator = initiator
        for name, value in named({**variables, **(payload or {})}).items():
            instance.variables.declare(TOP, name, value)
        if start is not None and start not in definition.spec.task_specs:
            raise NotFound("start-event", start=start)
        instance.start_node = start
        if at:
            instance.entering[definition.spec.name] = ()
        FlatScope.start(instance)
        made = cls(instance)
        if at:
            made.modify(at)
        return made

    @classmethod
    def restore(
        cls,
        definition: Definition,
        host: Host,
        main: str,
        *,
        variables: Rows | StoredVariables,
        parts: Parts | None = None,
    ) -> Execution:
        """
        An execution that slept. `variables` are rows, or something that reads them when needed (`StoredVariables`);
        `parts` are read for what sleeps on its own.
        """
        stored = variables if isinstance(variables, StoredVariables) else RowsInMemory(variables)
        return cls(revive(definition, host, main, stored), parts)

    @property
    def ended(self) -> bool:
        return self._instance.outcome is not None

    def state(self) -> State:
        """The text to keep. Call it last: sleeping children leave the execution."""
        return dump(self._instance, self._woken)

    def changes(self) -> Changes:
        """What to write to the world."""
        changes = self._instance.ledger.changes(self._instance.variables)
        changes.stalled = [] if self.ended else self._stuck()
        return changes

    def _stuck(self) -> list[Stuck]:
        """When nothing can ever wake the execution: the tokens that wait in vain."""
        live = [token for scope in self._instance.scopes() for token in scope.live()]
        if any("asks" in token.internal_data or token.internal_data.get("asleep") for token in live):
            return []
        return [Stuck(token.id, token.node.id, token.node.element) for token in live if token.node and token.node.id]

    # one step ---------------------------------------------------------------------------------------------------

    def advance(self, budget: int = BUDGET) -> None:
        """Do everything that needs nobody, until the process waits or ends."""
        instance = self._instance
        queue = instance.queue
        while True:
            while queue:
                budget -= 1
                if budget < 0:
                    element = queue[0].node.element if queue[0].node else ""
                    raise StepBudget("step-budget", element=element, token=queue[0].id)
                queue.popleft().run()
            if not self._settle():
                return

    def _settle(self) -> bool:
        """Nothing automatic is left: conditions whose variables changed, then inclusive joins."""
        return self._look_at_conditions() or self._fire_joins()

    def _look_at_conditions(self) -> bool:
        instance = self._instance
        changed = instance.variables.touched
        if not changed:
            return False
        instance.variables.touched = set()
        woken = False
        for token in list(instance.waiting.values()):
            if token.id in instance.waiting and token.task_spec.looks_at(token, changed):
                woken = token.task_spec.fire(token) or woken
        return woken or bool(instance.queue)

    def _fire_joins(self) -> bool:
        for scope in reversed(self._instance.scopes()):
            seen: set[str] = set()
            for token in sorted(scope.live(), key=lambda each: each.task_spec.name) if not scope.closed else ():
                spec = token.task_spec
                if isinstance(spec, InclusiveJoin) and token.waiting and spec.name not in seen:
                    seen.add(spec.name)
                    if spec.try_fire(token):
                        return True
        return False

    # what happens -----------------------------------------------------------------------------------------------

    def complete(self, token: str, values: Mapping[str, Any] | None = None) -> None:
        """Somebody has done a user task; raises Conflict when it is not open any more."""
        found, spec = self._open_task(token)
        spec.done(found, named(values or {}))

    def assigned(self, token: str) -> None:
        """An open task has another holder, or none any more: its listeners hear of it."""
        found, spec = self._open_task(token)
        spec.call_task_listeners(found, "assignment")

    def _open_task(self, token: str) -> tuple[Token, PersonTask]:
        found = self._find(token)
        spec = found.task_spec if found is not None else None
        if found is None or not isinstance(spec, PersonTask) or found.internal_data.get("asks") != "task":
            raise Conflict("task-not-open", token=token)
        return found, spec

    def fire(self, token: str, payload: Mapping[str, Any] | None = None) -> bool:
        """A timer is due, an event for this wait has come, a condition is to be looked at; False when nothing woke."""
        if token not in self._instance.waiting:
            self._find(token)
        found = self._instance.waiting.get(token)
        return found is not None and bool(found.task_spec.fire(found, named(payload or {})))

    def deliver_message(self, name: str, payload: Mapping[str, Any], keys: Mapping[str, Any] | None = None) -> bool:
        """Give a message to the first token that waits for it."""
        for waiting in list(self._instance.waiting.values()):
            if waits_for(waiting, "message", name, keys or {}, payload):
                return bool(waiting.task_spec.fire(waiting, named(payload)))
        return False

    def signal(self, name: str, payload: Mapping[str, Any] | None = None) -> int:
        """Give a signal to all tokens that wait for it; how many woke."""
        return broadcast(self._instance.task_tree, name, named(payload or {}))

    def finish_call(self, token: str, outputs: Mapping[str, Any] | None = None) -> None:
        """A job or an outside worker has done what was asked for; raises Conflict when nobody waits for it."""
        found = self._calling(token)
        found.settle_ask("finished")
        if found.internal_data.get("hold"):
            found.task_spec.continued(found)
        else:
            spec = found.task_spec
            assert isinstance(spec, OperationTask)
            spec.fulfil(found, named(outputs or {}))

    def finish_work(
        self, token: str, values: Mapping[str, Any] | None = None, local: Mapping[str, Any] | None = None
    ) -> None:
        """An outside worker has completed its task; raises Conflict when nobody waits for it."""
        found = self._calling(token)
        spec = found.task_spec
        if found.internal_data.get("hold") or not isinstance(spec, OperationTask):
            raise Conflict("call-not-open", token=token)
        found.settle_ask("finished")
        spec.worked(found, named(values or {}), named(local or {}))

    def fail_call(self, token: str, error_code: str, message: str = "", data: Mapping[str, Any] | None = None) -> None:
        """The work ended with a BPMN error; raises UnknownError when the diagram does not catch the code."""
        found = self._calling(token)
        found.settle_ask("failed")
        if not throw_code(found, "error", error_code, data or {}, message):
            node = found.node
            element = node.element if node else ""
            raise UnknownError("bpmn-error-not-caught", element=element, token=token, error=error_code, text=message)

    def throw_escalation(self, token: str, code: str, data: Mapping[str, Any] | None = None) -> bool:
        """An escalation from the work of an open task or call; False when nobody takes it."""
        found = self._find(token)
        if found is None:
            raise Conflict("task-not-open", token=token)
        return throw_code(found, "escalation", code, data or {})

    def modify(self, changes: Sequence[Change], reason: str = "") -> None:
        """Begin, take away and move tokens by hand, all at once; `advance` does what follows."""
        modify(self._instance, self._find, changes, reason)

    def obstacles(self, target: Definition, plan: Plan) -> list[Refusal]:
        """Why it cannot go on in another version by this plan; its sleeping children are woken to be asked too."""
        self._wake_everybody()
        return obstacles(self._instance, target, plan)

    def migrate(self, target: Definition, plan: Plan) -> list[Moved]:
        """Go on in another version; `obstacles` has said nothing. `advance` does what follows."""
        return migrate(self._instance, target, plan)

    def tell_again(self, tokens: Iterable[str]) -> None:
        """Let the history say anew where these tokens stand, if they still do."""
        for id in tokens:
            token = self._instance.token(id)
            if token is not None:
                self._instance.ledger.born[id] = token

    def standing(self) -> list[tuple[str, str, str]]:
        """(token, element, holder) of everything drawn, sleeping children too, as the history keeps it."""
        self._wake_everybody()
        self.tell_again(
            [token.id for scope in self._instance.scopes() for token in scope.tasks.values() if token.drawn]
        )
        return [(each.token, each.element, each.holder) for each in self.changes().born]

    def _wake_everybody(self) -> None:
        for scope in self._instance.scopes():
            for token in list(scope.tasks.values()):
                if token.internal_data.get("asleep"):
                    self._wake_all(token.id)

    def cancel(self, reason: str = "") -> None:
        """End the execution; everything open is taken away."""
        self._instance.end(Ended("cancelled", message=reason or None))

    def _calling(self, token: str) -> Token:
        found = self._find(token)
        if found is None or found.internal_data.get("asks") != "call":
            raise Conflict("call-not-open", token=token)
        return found

    def _find(self, token: str) -> Token | None:
        """A live token; a sleeping one is woken."""
        found = self._instance.token(token)
        if found is not None or self._parts is None:
            return found
        child, part = token, self._parts.one(token)
        if part is not None and part[1] == POINTS:
            child, part = part[0], self._parts.one(part[0])
        if part is not None:
            self._woken.update(wake(self._instance, part[0], child, part[1]))
        return self._instance.token(token)

    def _wake_all(self, holder: str) -> None:
        """Every sleeping child of a multi-instance that is taken away with what is inside it."""
        for child, text in self._parts.of(holder) if self._parts is not None else ():
            self._woken.update(wake(self._instance, holder, child, text))

    # looking ----------------------------------------------------------------------------------------------------

    def variables(self, scope: str = TOP) -> dict[str, Any]:
        """Values of exactly this scope."""
        variables = self._instance.variables
        return {name: variables.local(scope, name) for name in variables.names(scope)}

    def set_variables(self, values: Mapping[str, Any], scope: str = TOP, local: bool = False) -> None:
        """Write variables from outside; conditions that read them are looked at by `advance`."""
        variables = self._instance.variables
        if scope not in variables.parents:
            raise NotFound("variable-scope", scope=scope)
        for name, value in named(values).items():
            if local:
                variables.declare(scope, name, value)
            else:
                variables.set(scope, name, value)

    def remove_variables(self, names: Iterable[str], scope: str = TOP) -> None:
        """Take variables away from outside; a name nobody has changes nothing."""
        for name in names:
            self._instance.variables.remove(scope, name)

    def places(self) -> list[Place]:
        """Where tokens stand that can be taken away or moved; sleeping children of a wide multi-instance are not told."""
        return places(self._instance)

    def tokens(self) -> list[tuple[str, str]]:
        """(token, node id) of everything alive, for screens and tests."""
        return [
            (token.id, token.node.id)
            for scope in self._instance.scopes()
            for token in scope.tasks.values()
            if token.node is not None and token.drawn
        ]


__all__ = ["Catching", "Execution"]
