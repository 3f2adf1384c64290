"""Sub-processes and called processes: a token that owns a scope and goes on when the scope has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn.node import Call, Node
from engine.errors import ScriptFailed
from engine.runtime.scopes import InnerScope
from engine.runtime.spiff import CallActivity, SubWorkflowTask, TaskState
from engine.runtime.steps import compensation
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


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
        for mapping in call.inputs:
            if mapping.all:
                for name, value in list(token.data.items()):
                    top.variables.declare(scope, name, value)
            elif mapping.expression is not None and mapping.target and not mapping.business_key:
                top.variables.declare(scope, mapping.target, top.evaluate(token, mapping.expression))

    def scope_ended(self, owner: Token, scope: FlatScope) -> None:
        call = self.node.call
        assert call is not None
        top = owner.workflow.top_workflow
        for mapping in call.outputs:
            if mapping.all:
                for name in top.variables.names(scope.scope):
                    owner.data[name] = top.variables.local(scope.scope, name)
            elif mapping.expression is not None and mapping.target:
                owner.data[mapping.target] = top.evaluate(scope.task_tree, mapping.expression)
        self._close(owner)
        owner._set_state(TaskState.READY)

    def _close(self, owner: Token) -> None:
        super()._close(owner)
        owner.workflow.top_workflow.variables.drop(f"{owner.id}.call")

    def _on_cancel(self, token: Token) -> None:
        super()._on_cancel(token)
        token.workflow.top_workflow.variables.drop(f"{token.id}.call")
