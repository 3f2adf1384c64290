"""SpiffWorkflow as it comes, its own parser and workflow, to compare with: none of our classes are in its way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition, SignalEventDefinition

EVENTS = {"signal": SignalEventDefinition, "message": MessageEventDefinition}
OURS = re.compile(r'\s(camunda:\w+|scriptFormat)="[^"]*"')


class OneStore(PythonScriptEngine):
    """One set of variables for all tasks, so that what is compared is where tokens go, not which copy a join kept."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__()
        self.values = values

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return eval(expression, {}, self.values)


class Plain:
    """A diagram on plain SpiffWorkflow, with the same questions as `drawing.Case`."""

    def __init__(
        self, xml: str, variables: Mapping[str, Any] | None = None, key: str = "P", *, one_store: bool = False
    ) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(OURS.sub("", xml).encode())
        self.specs = (parser.get_spec(key), parser.get_subprocess_specs(key))
        self.values = dict(variables or {})
        self.engine = OneStore(self.values) if one_store else None
        self.begin()

    def begin(self) -> Plain:
        """A new instance on the same specs."""
        self.workflow = BpmnWorkflow(*self.specs, script_engine=self.engine)
        self.workflow.task_tree.data.update({} if self.engine else self.values)
        self.workflow.do_engine_steps()
        return self

    def open(self) -> list[Any]:
        return [task for task in self.workflow.get_tasks(state=TaskState.READY) if task.task_spec.manual]

    @property
    def tasks(self) -> list[str]:
        return sorted(element_of(task) for task in self.open())

    @property
    def ended(self) -> bool:
        return bool(self.workflow.completed)

    def variables(self) -> dict[str, Any]:
        """What the first open task sees, or what the ended instance keeps."""
        tasks = self.open()
        return dict(tasks[0].data if tasks else self.workflow.data)

    def do(self, element: str, nth: int = 0, **values: Any) -> Plain:
        return self.finish([task for task in self.open() if element_of(task) == element][nth], values)

    def finish(self, task: Any, values: Mapping[str, Any]) -> Plain:
        if self.engine is not None:
            self.values.update(values)
        else:
            task.data.update(values)
        task.run()
        self.workflow.do_engine_steps()
        return self

    def tell(self, kind: str, name: str, payload: Any = None) -> Plain:
        self.workflow.send_event(BpmnEvent(EVENTS[kind](name), payload=payload or {}))
        self.workflow.do_engine_steps()
        return self

    def look_at_timers(self) -> Plain:
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()
        return self


def element_of(task: Any) -> str:
    return str(task.task_spec.name).removesuffix(" [child]")


def path_of(task: Any) -> tuple[int, ...]:
    """Indexes of the instances a task stands in, outermost first."""
    path: list[int] = []
    at = task
    while at is not None:
        if at.triggered and at.task_spec.name.endswith(" [child]"):
            data = at.internal_data
            path.append(int(data["key_or_index"] if "key_or_index" in data else data["item"]))
        parent_of_workflow = getattr(at.workflow, "parent_task_id", None)
        if at.parent is not None:
            at = at.parent
        elif parent_of_workflow is not None:
            at = at.workflow.parent_workflow.get_task_from_id(parent_of_workflow)
        else:
            at = None
    return tuple(reversed(path))
