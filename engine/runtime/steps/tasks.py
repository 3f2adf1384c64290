"""Tasks: for people, for operations, for decisions, for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.expressions import Text
from engine.bpmn.node import Node, Operation
from engine.bpmn.node import UserTask as Assignment
from engine.errors import ScriptFailed
from engine.runtime import times
from engine.runtime.effects import CallRequested, TaskOpened
from engine.runtime.host import EXTERNAL, BpmnError, DecisionCall, OperationCall, Pending
from engine.runtime.spiff import ManualTask, NoneTask, ScriptTask, ServiceTask, UserTask
from engine.runtime.steps.step import Step
from engine.runtime.variables import MISSING

if TYPE_CHECKING:
    from engine.runtime.token import Token


class PersonTask(Step, UserTask):
    """A user task: READY until somebody completes it."""

    def _on_ready_hook(self, token: Token) -> None:
        self.call_task_listeners(token, "create")
        token.internal_data["asks"] = "task"
        opened = self.opened(token)
        token.workflow.top_workflow.ledger.tasks[token.id] = opened
        if opened.assignee:
            self.call_task_listeners(token, "assignment")

    def opened(self, token: Token) -> TaskOpened:
        node = self.node
        work = node.user_task or Assignment()
        users = _names(token, work.candidate_users)
        groups = _names(token, work.candidate_groups)
        assignee = _text(token, work.assignee)
        if not (assignee or users or groups) and node.lane:
            groups = (node.lane,)
        holder = token.holder
        inside = holder is not None and holder.task_spec.merges_children
        variables = token.workflow.top_workflow.variables
        loop_counter: Any = variables.get(token.scope, "loopCounter") if inside else MISSING
        return TaskOpened(
            token=token.id,
            node=node.id,
            element=node.element,
            name=_text(token, self.name_text) or node.element,
            kind=node.kind,
            scope=token.scope,
            assignee=assignee,
            candidate_users=users,
            candidate_groups=groups,
            due=self._moment(token, work.due),
            follow_up=self._moment(token, work.follow_up),
            priority=self._priority(token, work.priority),
            form_key=_text(token, work.form_key),
            lane=node.lane,
            loop_counter=int(loop_counter) if loop_counter is not MISSING else None,
            multi_instance=holder.id if inside and holder is not None else None,
            documentation=node.documentation,
            definition=token.workflow.definition.ref,
        )

    name_text: Text | None = None

    def _moment(self, token: Token, text: Text | None) -> Any:
        value = _value(token, text)
        return None if value is None or value == "" else times.moment_of(token, value)

    def _priority(self, token: Token, text: Text | None) -> int:
        value = _value(token, text)
        try:
            return 50 if value is None or value == "" else int(value)
        except (TypeError, ValueError) as error:
            raise ScriptFailed(
                "priority-not-a-number", element=self.node.element, token=token.id, value=str(value)
            ) from error

    def call_task_listeners(self, token: Token, event: str) -> None:
        for listener in self.node.task_listeners:
            if listener.event == event:
                self.listen(token, listener)

    def _on_cancel(self, token: Token) -> None:
        """The diagram takes an open task away."""
        if token.internal_data.get("asks") == "task" and not token.workflow.top_workflow.closed:
            self.call_task_listeners(token, "delete")

    def done(self, token: Token, values: Mapping[str, Any]) -> None:
        """Somebody has completed the task."""
        for name, value in values.items():
            token.data[name] = value
        self.call_task_listeners(token, "complete")
        token.settle_ask("completed")
        token.run()


class PlainTask(Step, NoneTask):
    """A task without a type: nothing to do for the engine, the token passes."""


class HandTask(Step, ManualTask):
    """A manual task is done outside the engine's knowledge: the token passes."""


class OperationTask(Step, ServiceTask):
    """Service, send, and business rule tasks that call an operation."""

    def act(self, token: Token) -> bool | None:
        if self.node.script is not None:
            return self._computed(token)
        if self.node.operation is None:
            raise ScriptFailed("nothing-to-call", element=self.node.element, token=token.id)
        return self.request(token, self.node.operation)

    def _computed(self, token: Token) -> bool:
        run_script(self, token)
        return True

    def request(self, token: Token, operation: Operation) -> bool | None:
        """Call it; what has to wait is asked for and finishes later."""
        inputs = self.inputs_of(token, operation)
        top = token.workflow.top_workflow
        node = self.node
        call = OperationCall(operation.name, inputs, token.id, node.id, node.element, token.workflow.definition.ref)
        answer = top.host.call(call)
        if not isinstance(answer, Pending):
            self.accept(token, operation, answer)
            return True
        token.internal_data["asks"] = "call"
        outside = answer is EXTERNAL
        top.ledger.calls[token.id] = CallRequested(
            token.id,
            "external" if outside else "operation",
            node.id,
            node.element,
            operation.name,
            inputs,
            self.retries(token),
            self.task_priority(token) if outside else self.job_priority(token),
            node.exclusive,
            top.variables.chain(token.scope),
            token.workflow.definition.ref,
        )
        return None

    def inputs_of(self, token: Token, operation: Operation) -> dict[str, Any]:
        """Input parameters (already local variables of the token) and injected fields."""
        named = (*self.node.data.inputs, *self.node.inputs)
        inputs = {parameter.name: token.data.get(parameter.name) for parameter in named}
        return inputs | {parameter.name: self.value_of(token, parameter) for parameter in operation.inputs}

    def accept(self, token: Token, operation: Operation, outputs: Mapping[str, Any]) -> None:
        """
        Take an operation's outputs: into the result variable; into the token's own scope when output parameters say what
        becomes of them; else each one is a variable.
        """
        if operation.result_variable:
            token.data[operation.result_variable] = dict(outputs)
        elif self.node.outputs:
            scope = self.open_scope(token)
            for name, value in outputs.items():
                token.workflow.top_workflow.variables.declare(scope, name, value)
        else:
            for name, value in outputs.items():
                token.data[name] = value

    def fulfil(self, token: Token, outputs: Mapping[str, Any]) -> None:
        """A job or an outside worker has done it."""
        assert self.node.operation is not None
        self.accept(token, self.node.operation, outputs)
        error = self._said_wrong(token, self.node.operation, outputs)
        if error is not None:
            self.raise_error(token, BpmnError(error))
        else:
            token.complete()

    def worked(self, token: Token, values: Mapping[str, Any], local: Mapping[str, Any]) -> None:
        """
        An outside worker has done it: *values* are set as Camunda's setVariable does, *local* ones in the token's own
        scope, where output mappings read them.
        """
        assert self.node.operation is not None
        top = token.workflow.top_workflow
        for name, value in local.items():
            top.variables.declare(self.open_scope(token), name, value)
        for name, value in values.items():
            token.data[name] = value
        error = self._said_wrong(token, self.node.operation, {**values, **local})
        if error is not None:
            self.raise_error(token, BpmnError(error))
        else:
            token.complete()

    def _said_wrong(self, token: Token, operation: Operation, outputs: Mapping[str, Any]) -> str | None:
        """camunda:errorEventDefinition: the answer itself may mean an error of the diagram."""
        for code, condition in operation.errors:
            if self.truth(token, condition, extra=outputs):
                return code
        return None


class DecisionTask(OperationTask):
    """Business rule task: asks the host for a decision."""

    def act(self, token: Token) -> bool | None:
        decision = self.node.decision
        if decision is None:
            return super().act(token)
        top = token.workflow.top_workflow
        evaluate = lambda expression: top.evaluate(token, expression)  # noqa: E731
        version = decision.version.evaluate(evaluate) if decision.version is not None else None
        rows = top.host.decide(
            DecisionCall(
                str(decision.ref.evaluate(evaluate)),
                token.data,
                token.id,
                self.node.element,
                token.workflow.definition.ref,
                decision.binding,
                None if version is None else str(version),
            )
        )
        self._keep(token, decision.result_variable, decision.map_result, rows)
        return True

    def _keep(self, token: Token, variable: str | None, how: str, rows: list[Mapping[str, Any]]) -> None:
        value = fold(rows, how, self.node.element, token.id)
        if variable:
            token.data[variable] = value
        elif isinstance(value, Mapping):
            for name, each in value.items():
                token.data[name] = each
        else:
            token.data["decisionResult"] = value


def fold(rows: list[Mapping[str, Any]], how: str, element: str, token: str) -> Any:
    """Camunda's mapDecisionResult: singleEntry, singleResult, collectEntries, resultList."""
    if how in ("singleEntry", "singleResult") and len(rows) > 1:
        raise ScriptFailed("decision-gave-several-rows", element=element, token=token, rows=len(rows))
    if how == "singleResult":
        return dict(rows[0]) if rows else None
    if how in ("singleEntry", "collectEntries"):
        if any(len(row) != 1 for row in rows):
            raise ScriptFailed("decision-gave-several-columns", element=element, token=token)
        values = [next(iter(row.values())) for row in rows]
        return values if how == "collectEntries" else values[0] if values else None
    return [dict(row) for row in rows]


class FeelScript(OperationTask, ScriptTask):
    """Script task: a FEEL expression, whose value goes into the result variable (or whose entries become variables)."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"script": node.script.text if node.script is not None else ""}

    def act(self, token: Token) -> bool | None:
        run_script(self, token)
        return True


def run_script(step: Step, token: Token) -> None:
    """Run the node's script: FEEL here, a registered language by the host."""
    script = step.node.script
    assert script is not None
    top = token.workflow.top_workflow
    if script.expression is None:
        outputs = top.host.run_script(script.format, script.text, token.data)
        for name, each in outputs.items():
            token.data[name] = each
        return
    value = top.evaluate(token, script.expression)
    if script.result_variable:
        token.data[script.result_variable] = value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            token.data[name] = each


def _value(token: Token, text: Text | None) -> Any:
    if text is None:
        return None
    top = token.workflow.top_workflow
    return text.evaluate(lambda expression: top.evaluate(token, expression))


def _text(token: Token, text: Text | None) -> str | None:
    value = _value(token, text)
    return None if value is None or value == "" else str(value)


def _names(token: Token, texts: tuple[Text, ...]) -> tuple[str, ...]:
    """Candidates: strings, comma-separated strings or lists of them; each once, in order."""
    names: dict[str, None] = {}
    for text in texts:
        value = _value(token, text)
        for entry in value if isinstance(value, list) else [value]:
            names.update(dict.fromkeys(part.strip() for part in str(entry or "").split(",") if part.strip()))
    return tuple(names)
