"""What every node does: let a token in, do its work, let tokens out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn.expressions import Text
from engine.bpmn.node import NO_DATA, Event, Flow, Listener, Node, Parameter
from engine.errors import ScriptFailed
from engine.runtime.effects import CallRequested
from engine.runtime.failures import UnknownError
from engine.runtime.host import BpmnError, OperationCall, Pending
from engine.runtime.spiff import BpmnSpecMixin, TaskState
from engine.runtime.steps import compensation
from engine.runtime.values import shown
from engine.runtime.variables import MISSING, View

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


class Step(BpmnSpecMixin):
    """
    A node's behaviour. The life of a token here, through SpiffWorkflow's hooks:

    `_update` (it arrives: admitted? entered) → `_ready` → `run` → `_run_hook` (`act`) → `complete` → `_on_complete`
    (left, and tokens go out along the flows).
    """

    node: Node
    targets: dict[str, str]
    """Flow id -> name of the spec it leads to (a guarded activity's block stands for the activity)."""
    incoming: tuple[str, ...] = ()
    outermost: bool = True
    """False for what stands inside a block or a loop: quantities and asynchronous continuations belong outside."""
    is_trigger: bool = False
    """True for the armed start of an event sub-process: it does not keep its scope alive."""
    guards: bool = False
    """True for the block around an activity with boundary events."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        """What the library's constructor of this kind of spec wants besides a name."""
        return {}

    # in ---------------------------------------------------------------------------------------------------------

    def _update(self, token: Token) -> None:
        if token.finished or token.workflow.closed or not self._admitted(token):
            return
        try:
            self.enter(token)
            if self._update_hook(token):
                token._ready()
        except BpmnError as error:
            self.raise_error(token, error)

    def _admitted(self, token: Token) -> bool:
        """False while the token waits for a job of an asynchronous continuation, or for more tokens."""
        data = token.internal_data
        if "hold" not in data and self._begins_by_job():
            data["hold"] = True
        if data.get("hold"):
            token._set_state(TaskState.STARTED)
            self._request_continuation(token)
            return False
        return self._gathered(token)

    def _begins_by_job(self) -> bool:
        """asyncBefore of the node, or of each instance of a multi-instance."""
        if self.outermost:
            return self.node.async_before
        return self.is_body and self.node.loop is not None and self.node.loop.async_before

    is_body: bool = False
    """True for what a loop repeats."""

    def _gathered(self, token: Token) -> bool:
        """startQuantity: the last of so many tokens goes on for all."""
        needed = self.node.start_quantity if self.outermost else 1
        if needed < 2:
            return True
        token._set_state(TaskState.WAITING)
        here = [other for other in token.workflow.tasks.values() if other.task_spec is self and other.waiting]
        if len(here) < needed:
            return False
        for other in here[:needed]:
            if other is not token:
                other.consume()
        return True

    def _request_continuation(self, token: Token) -> None:
        node = self.node
        token.internal_data["asks"] = "call"
        token.workflow.top_workflow.ledger.calls[token.id] = CallRequested(
            token.id,
            "continue",
            node.id,
            node.element,
            retries=self.retries(token),
            priority=self.job_priority(token),
            exclusive=node.exclusive,
        )

    def continued(self, token: Token) -> None:
        """The job of an asynchronous continuation has come."""
        token.internal_data["hold"] = False
        self._update(token)

    def enter(self, token: Token) -> None:
        """The token is in: history, input mapping, start listeners."""
        token.workflow.top_workflow.ledger.step(token, "entered")
        self.map_inputs(token)
        self.call_listeners(token, "start")

    def _update_hook(self, token: Token) -> bool | None:
        return True

    def _on_ready(self, token: Token) -> None:
        self._on_ready_hook(token)

    def _on_ready_hook(self, token: Token) -> None:
        """Nothing to prepare."""

    # work -------------------------------------------------------------------------------------------------------

    def _run_hook(self, token: Token) -> bool | None:
        try:
            return self.act(token)
        except BpmnError as error:
            self.raise_error(token, error)
            return None

    def act(self, token: Token) -> bool | None:
        """The node's own work; None when the token has to wait for its end."""
        return True

    def raise_error(self, token: Token, error: BpmnError) -> None:
        """A BPMN error in the work of this node: the nearest boundary event or event sub-process takes it."""
        from engine.runtime.steps.catching import throw_code

        if not throw_code(token, "error", error.code, error.data, error.message):
            raise UnknownError(
                "bpmn-error-not-caught", element=self.node.element, token=token.id, error=error.code, text=error.message
            ) from error

    # out --------------------------------------------------------------------------------------------------------

    def _on_complete(self, token: Token) -> None:
        self._on_complete_hook(token)
        if not token.workflow.closed:
            try:
                self.leave(token)
            except BpmnError as error:
                self.raise_error(token, error)
                return
        self.go_on(token)

    def _on_complete_hook(self, token: Token) -> None:
        """Nothing of the library's own: data objects are plain variables."""

    def leave(self, token: Token) -> None:
        """The work is done: output mapping, end listeners, history."""
        self.map_outputs(token)
        self.call_listeners(token, "end")
        token.workflow.top_workflow.ledger.step(token, "left")
        self.remember(token)

    compensation: str | None = None
    """Spec of the activity that undoes this one."""

    def remember(self, token: Token) -> None:
        """Remember what can be undone."""
        if self.compensation is not None or "undoable" in token.internal_data:
            compensation.remember(token)

    def go_on(self, token: Token) -> None:
        """Tokens out along the flows; a token inside a multi-instance reports to it instead."""
        scope = token.workflow
        holder = token.holder
        if holder is not None and holder.task_spec.merges_children and not scope.closed:
            holder.task_spec.child_done(holder, token)
            scope.retire(token)
            holder.task_spec.after_child(holder)
            return
        new = [] if scope.closed else self.route(token)
        scope.spec.start.step_left(scope, token)
        scope.retire(token)
        for kid in new:
            if not scope.closed and not kid.finished:
                kid.task_spec._update(kid)
        scope.finish_if_empty()

    def route(self, token: Token) -> list[Token]:
        """New tokens at the targets of the chosen flows."""
        flows = self.choose(token)
        hold = self.outermost_node_is_async_after()
        new = []
        for flow in flows * self.node.completion_quantity:
            for listener in flow.listeners:
                if listener.event == "take":
                    self.listen(token, listener)
            kid = token.workflow.spawn(self.targets[flow.id], via=flow)
            if hold:
                kid.internal_data["hold"] = True
            new.append(kid)
        return new

    def outermost_node_is_async_after(self) -> bool:
        return self.node.async_after

    def choose(self, token: Token) -> list[Flow]:
        """The flows that get a token: all unconditional ones and those whose condition is true, or the default."""
        flows = self.node.flows
        if all(flow.condition is None and not flow.default for flow in flows):
            return list(flows)
        plain = [flow for flow in flows if flow.condition is None and not flow.default]
        true = [flow for flow in flows if self.holds(token, flow)]
        chosen = [flow for flow in flows if flow in plain or flow in true]
        if not true:
            chosen += [flow for flow in flows if flow.default]
        if not chosen:
            raise ScriptFailed("no-flow-true", element=self.node.element, token=token.id)
        return chosen

    def holds(self, token: Token, flow: Flow) -> bool:
        """Whether the flow's condition is true; anything but true or false is a mistake in the diagram."""
        if flow.condition is None or flow.default:
            return False
        return self.truth(token, flow.condition, flow.element)

    def truth(self, token: Token, condition: feel.Expression, element: str = "", extra: Any = None) -> bool:
        value = token.workflow.top_workflow.evaluate(token, condition, extra)
        if not isinstance(value, bool):
            raise ScriptFailed(
                "condition-not-boolean",
                element=element or self.node.element,
                token=token.id,
                expression=condition.text,
                value=shown(value),
                reason="; ".join(str(each) for each in token.workflow.top_workflow.warnings),
            )
        return value

    # what only some nodes can ------------------------------------------------------------------------------------

    @property
    def event(self) -> Event:
        """What the node waits for."""
        return self.node.event

    def fire(self, token: Token, payload: Mapping[str, Any] | None = None) -> bool:
        """The event a token here waits for has come (catching events)."""
        return False

    def looks_at(self, token: Token, changed: set[str]) -> bool:
        """Whether a token here waits for one of these variables to change (conditional events)."""
        return False

    def undo(self, token: Token, record: dict[str, Any]) -> None:
        """Undo what was done inside (sub-processes)."""

    # holders ----------------------------------------------------------------------------------------------------

    merges_children: bool = False

    def child_done(self, holder: Token, child: Token) -> None:
        """A held token has finished its work (multi-instance and loops)."""

    def after_child(self, holder: Token) -> None:
        """What follows once the finished child is gone."""

    def child_gone(self, holder: Token, child: Token) -> None:
        """A held token is gone, finished or cancelled."""

    def scope_ended(self, owner: Token, scope: FlatScope) -> None:
        """The scope this token owns has ended."""

    def _on_cancel(self, token: Token) -> None:
        """The token is taken away."""

    def _predict(self, token: Token, *args: Any, **kwargs: Any) -> None:
        """No future tokens are made: prediction costs the whole graph ahead."""

    # parameters, operations ---------------------------------------------------------------------------------------

    def map_inputs(self, token: Token) -> None:
        """camunda:inputParameter, data inputs, properties: local variables of this node."""
        node = self.node
        if not node.inputs and node.data is NO_DATA:
            return
        variables = token.workflow.top_workflow.variables
        scope = self.open_scope(token)
        for name in node.data.own:
            if variables.local(scope, name) is MISSING:
                variables.declare(scope, name, None)
        self.assign(token, node.data.inputs + node.inputs, View(variables, scope))

    def open_scope(self, token: Token) -> str:
        """The token's own variable scope."""
        token.workflow.top_workflow.variables.open(token.id, token.scope)
        return token.id

    def assign(self, token: Token, parameters: tuple[Parameter, ...], view: View) -> None:
        """Evaluate one after the other, so that a later parameter sees an earlier one."""
        for parameter in parameters:
            value = self.value_of(token, parameter)
            view.variables.declare(view.scope, parameter.name, value)

    def value_of(self, token: Token, parameter: Parameter) -> Any:
        top = token.workflow.top_workflow
        return parameter.value.evaluate(lambda expression: top.evaluate(token, expression))

    def map_outputs(self, token: Token) -> None:
        """camunda:outputParameter and data outputs: evaluated inside, set in the scope around."""
        variables = token.workflow.top_workflow.variables
        for parameter in (*self.node.outputs, *self.node.data.outputs):
            value = self.value_of(token, parameter)
            outer = variables.parents.get(token.id) if token.id in variables.parents else token.workflow.scope
            variables.set(outer if outer is not None else token.workflow.scope, parameter.name, value)

    def call_listeners(self, token: Token, event: str) -> None:
        for listener in self.node.listeners:
            if listener.event == event:
                self.listen(token, listener)

    def listen(self, token: Token, listener: Listener) -> None:
        """A listener's operation, or what it computes: the entries of a context become variables."""
        if listener.expression is None:
            self.call_operation(token, listener.operation, listener.inputs, listener.event)
            return
        value = token.workflow.top_workflow.evaluate(token, listener.expression)
        for name, each in value.items() if isinstance(value, Mapping) else ():
            token.data[name] = each

    def call_operation(self, token: Token, operation: str, inputs: tuple[Parameter, ...], event: str) -> Any:
        """Call a listener's operation now; a listener cannot wait, so an operation with an outside effect is refused."""
        values = {parameter.name: self.value_of(token, parameter) for parameter in inputs}
        node = self.node
        answer = token.workflow.top_workflow.host.call(
            OperationCall(operation, values, token.id, node.id, node.element, token.workflow.definition.ref, event)
        )
        if isinstance(answer, Pending):
            raise ScriptFailed(
                "listener-cannot-wait", element=node.element, token=token.id, operation=operation, event=event
            )
        for name, value in answer.items():
            token.data[name] = value
        return answer

    def retries(self, token: Token) -> str | None:
        """How often the job is tried again, as drawn."""
        node = self.node
        drawn = node.loop.retries or node.retries if self.is_body and node.loop is not None else node.retries
        if drawn is None:
            return None
        top = token.workflow.top_workflow
        return str(drawn.evaluate(lambda expression: top.evaluate(token, expression)))

    def job_priority(self, token: Token) -> int:
        return self._number(token, self.node.job_priority)

    def task_priority(self, token: Token) -> int:
        """What an outside worker fetches first."""
        return self._number(token, self.node.task_priority)

    def _number(self, token: Token, text: Text | None) -> int:
        if text is None:
            return 0
        top = token.workflow.top_workflow
        value = text.evaluate(lambda expression: top.evaluate(token, expression))
        try:
            return max(-(2**31), min(int(value), 2**31 - 1))
        except (TypeError, ValueError) as error:
            raise ScriptFailed(
                "priority-not-a-number", element=self.node.element, token=token.id, value=str(value)
            ) from error
