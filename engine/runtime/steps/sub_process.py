"""Sub-processes and called processes: a token that owns a scope and goes on when the scope has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.node import Call, Node
from engine.errors import ScriptFailed
from engine.runtime.host import OperationCall, Pending
from engine.runtime.scopes import InnerScope
from engine.runtime.spiff import CallActivity, SubWorkflowTask, TaskState
from engine.runtime.steps import compensation
from engine.runtime.steps.step import Step
from engine.runtime.variables import MISSING

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


BUSINESS_KEY = "businessKey"
"""The variable by which a called process knows the business key it was given."""


class SubProcess(Step, SubWorkflowTask):
    """Embedded sub-process, transaction, event sub-process: shares the variables around, may have its own."""

    inner: str
    """Name of the process spec of the body."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"subworkflow_spec": node.id}

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.STARTED)
        self.open(token).start()
        return False

    def open(self, token: Token) -> InnerScope:
        top = token.workflow.top_workflow
        definition = token.workflow.definition
        scope = InnerScope(definition.specs[self.inner], token, definition, self.open_scope(token))
        top.subprocesses[token.id] = scope
        return scope

    def scope_ended(self, owner: Token, scope: FlatScope) -> None:
        undoable = None if owner.internal_data.get("undoing") else compensation.snapshot(scope)
        if undoable is not None:
            owner.internal_data["undoable"] = undoable
        self._close(owner)
        owner._set_state(TaskState.READY)

    def undo(self, token: Token, record: dict[str, Any]) -> None:
        """Open the completed sub-process again, as it was at its end, and undo what was done in it."""
        token._set_state(TaskState.STARTED)
        token.internal_data["undoing"] = True
        scope = self.open(token)
        scope.records = record["records"]
        compensation.restore_variables(scope, record)
        undoing = scope.spawn(scope.spec.start.undo_handler or scope.spec.start.undo_all)
        undoing.task_spec._update(undoing)

    def leave(self, token: Token) -> None:
        """Undone is not done again: no output, nothing to remember."""
        if token.internal_data.get("undoing"):
            token.workflow.top_workflow.ledger.step(token, "left")
        else:
            super().leave(token)

    def route(self, token: Token) -> list[Token]:
        return [] if token.internal_data.get("undoing") else super().route(token)

    def _close(self, owner: Token) -> None:
        owner.workflow.top_workflow.subprocesses.pop(owner.id, None)

    def _on_cancel(self, token: Token) -> None:
        scope = token.workflow.top_workflow.subprocesses.get(token.id)
        if scope is not None:
            scope.cancel()


class CalledProcess(SubProcess, CallActivity):
    """Call activity: another process with its own variables; only what is mapped goes in and comes back."""

    def _update_hook(self, token: Token) -> bool:
        call = self.node.call
        if call is None:
            raise ScriptFailed("nothing-to-call", element=self.node.element, token=token.id)
        token._set_state(TaskState.STARTED)
        top = token.workflow.top_workflow
        key = str(self._value(token, call.key))
        version = self._value(token, call.version)
        definition = top.host.definition(
            key,
            binding=call.binding,
            version=None if version is None else str(version),
            caller=token.workflow.definition,
        )
        name = f"{token.id}.call"
        top.variables.open(name, None)
        scope = InnerScope(definition.spec, token, definition, name)
        top.subprocesses[token.id] = scope
        self._pass_in(token, call, name)
        scope.start()
        return False

    def _value(self, token: Token, text: Any) -> Any:
        if text is None:
            return None
        top = token.workflow.top_workflow
        return text.evaluate(lambda expression: top.evaluate(token, expression))

    def _pass_in(self, token: Token, call: Call, scope: str) -> None:
        top = token.workflow.top_workflow
        for parameter in self.node.data.inputs:
            top.variables.declare(scope, parameter.name, token.data.get(parameter.name))
        for mapping in call.inputs:
            if mapping.all:
                for name, value in self._all_of(token, mapping.local):
                    top.variables.declare(scope, name, value)
            elif mapping.business_key is not None:
                top.variables.declare(scope, BUSINESS_KEY, self._value(token, mapping.business_key))
            elif mapping.expression is not None and mapping.target:
                top.variables.declare(scope, mapping.target, top.evaluate(token, mapping.expression))
        if call.mapper is not None:
            for name, value in self._mapped(token, call.mapper, "mapInput", dict(token.data)).items():
                top.variables.declare(scope, name, value)

    def _all_of(self, token: Token, local: bool) -> list[tuple[str, Any]]:
        if not local:
            return list(token.data.items())
        variables = token.workflow.top_workflow.variables
        return [(name, variables.local(token.scope, name)) for name in variables.names(token.scope)]

    def _mapped(self, token: Token, mapper: str, event: str, values: dict[str, Any]) -> Mapping[str, Any]:
        """What the mapping operation says."""
        node = self.node
        call = OperationCall(mapper, values, token.id, node.id, node.element, token.workflow.definition.ref, event)
        answer = token.workflow.top_workflow.host.call(call)
        if isinstance(answer, Pending):
            raise ScriptFailed(
                "listener-cannot-wait", element=node.element, token=token.id, operation=mapper, event=event
            )
        return answer

    def scope_ended(self, owner: Token, scope: FlatScope) -> None:
        call = self.node.call
        assert call is not None
        top = owner.workflow.top_workflow
        for name in self.node.data.own:
            if (value := top.variables.local(scope.scope, name)) is not MISSING:
                owner.data[name] = value
        for mapping in call.outputs:
            if mapping.all:
                values = {name: top.variables.local(scope.scope, name) for name in top.variables.names(scope.scope)}
            elif mapping.expression is not None and mapping.target:
                values = {mapping.target: top.evaluate(scope.task_tree, mapping.expression)}
            else:
                continue
            self._take_back(owner, values, mapping.local)
        if call.mapper is not None:
            inner = {name: top.variables.local(scope.scope, name) for name in top.variables.names(scope.scope)}
            self._take_back(owner, self._mapped(owner, call.mapper, "mapOutput", inner), False)
        self._close(owner)
        owner._set_state(TaskState.READY)

    def _take_back(self, owner: Token, values: Mapping[str, Any], local: bool) -> None:
        for name, value in values.items():
            if local:
                owner.workflow.top_workflow.variables.declare(self.open_scope(owner), name, value)
            else:
                owner.data[name] = value

    def _close(self, owner: Token) -> None:
        super()._close(owner)
        owner.workflow.top_workflow.variables.drop(f"{owner.id}.call")

    def _on_cancel(self, token: Token) -> None:
        super()._on_cancel(token)
        token.workflow.top_workflow.variables.drop(f"{token.id}.call")
