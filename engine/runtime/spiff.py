"""
What we use of SpiffWorkflow 3.2.0, in one place, with types.

SpiffWorkflow is not typed; for mypy the classes below say which of its surface we touch. An override that the library
no longer calls, or a name that goes away, shows here (engine/decisions/0020 lists each private one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class TaskState:
        MAYBE: int
        FUTURE: int
        WAITING: int
        READY: int
        STARTED: int
        COMPLETED: int
        ERROR: int
        CANCELLED: int
        FINISHED_MASK: int

    class WorkflowSpec:
        name: str
        description: str | None
        task_specs: dict[str, Any]
        start: Any
        end: Any

    class BpmnProcessSpec(WorkflowSpec):
        def __init__(self, name: str | None = None, description: str | None = None, filename: str | None = None): ...

    class TaskSpec:
        name: str
        manual: bool
        lane: str | None
        _wf_spec: Any
        _inputs: list[str]
        _outputs: list[str]

        def __init__(self, wf_spec: Any, name: str, **kwargs: Any) -> None: ...
        def connect(self, taskspec: Any) -> None: ...
        def _run(self, my_task: Any) -> bool | None: ...
        def _on_error(self, my_task: Any) -> None: ...

    class BpmnSpecMixin(TaskSpec):
        bpmn_id: str
        bpmn_name: str | None

    class BpmnStartTask(TaskSpec): ...

    class NoneEventDefinition: ...

    class UserTask(BpmnSpecMixin): ...

    class ManualTask(BpmnSpecMixin): ...

    class NoneTask(BpmnSpecMixin): ...

    class ScriptTask(BpmnSpecMixin): ...

    class ServiceTask(BpmnSpecMixin): ...

    class ExclusiveGateway(BpmnSpecMixin): ...

    class ParallelGateway(BpmnSpecMixin): ...

    class InclusiveGateway(BpmnSpecMixin): ...

    class SubWorkflowTask(BpmnSpecMixin): ...

    class CallActivity(BpmnSpecMixin): ...

    class TransactionSubprocess(BpmnSpecMixin): ...

    class StartEvent(BpmnSpecMixin): ...

    class EndEvent(BpmnSpecMixin): ...

    class IntermediateCatchEvent(BpmnSpecMixin): ...

    class IntermediateThrowEvent(BpmnSpecMixin): ...

    class SendTask(BpmnSpecMixin): ...

    class ReceiveTask(BpmnSpecMixin): ...

    class BoundaryEvent(BpmnSpecMixin): ...

    class Task:
        id: Any
        workflow: Any
        task_spec: Any
        internal_data: dict[str, Any]
        triggered: bool
        _parent: Any
        _children: list[Any]
        _state: int

        def __init__(
            self, workflow: Any, task_spec: Any, parent: Any = None, state: int = 1, id: Any = None
        ) -> None: ...
        def run(self) -> bool | None: ...
        def complete(self) -> None: ...
        def has_state(self, state: int) -> bool: ...
        def _ready(self) -> None: ...

    class BpmnWorkflow:
        spec: Any
        tasks: dict[str, Any]
        task_tree: Any
        completed: bool
        subprocesses: dict[str, Any]

        def __init__(self, spec: Any, subs: Any = None, script_engine: Any = None, **kwargs: Any) -> None: ...
        @property
        def script_engine(self) -> Any: ...

    class BpmnSubWorkflow:
        spec: Any
        tasks: dict[str, Any]
        task_tree: Any
        completed: bool
        top_workflow: Any

        def __init__(self, spec: Any, parent_task_id: Any, top_workflow: Any, **kwargs: Any) -> None: ...

    class PythonScriptEngine:
        def __init__(self, environment: Any = None) -> None: ...

    class BasePythonScriptEngineEnvironment:
        def __init__(self, environment_globals: Any = None) -> None: ...

    class BpmnParser:
        process_parsers: dict[str, Any]

        def __init__(self, namespaces: Any = None, validator: Any = None) -> None: ...
        def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None: ...

    class ProcessParser:
        parser: Any
        spec: Any
        node: Any
        nsmap: Any
        lane: Any
        filename: Any
        bpmn_id: str
        process_executable: bool

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        def get_spec(self) -> Any: ...
        def get_name(self) -> str: ...

    class TaskParser:
        task: Any
        spec: Any
        node: Any
        bpmn_id: str
        process_parser: Any
        spec_class: Any

        def __init__(
            self, process_parser: Any, spec_class: Any, node: Any, nsmap: Any = None, lane: Any = None
        ) -> None: ...
        @property
        def bpmn_attributes(self) -> dict[str, Any]: ...
else:
    from SpiffWorkflow import TaskState
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
    from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
    from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
    from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine
    from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
    from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
    from SpiffWorkflow.bpmn.specs.defaults import (
        BoundaryEvent,
        CallActivity,
        EndEvent,
        ExclusiveGateway,
        InclusiveGateway,
        IntermediateCatchEvent,
        IntermediateThrowEvent,
        ManualTask,
        NoneTask,
        ParallelGateway,
        ReceiveTask,
        ScriptTask,
        SendTask,
        ServiceTask,
        StartEvent,
        SubWorkflowTask,
        TransactionSubprocess,
        UserTask,
    )
    from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
    from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
    from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
    from SpiffWorkflow.specs.base import TaskSpec
    from SpiffWorkflow.task import Task

__all__ = [
    "BasePythonScriptEngineEnvironment",
    "BoundaryEvent",
    "BpmnParser",
    "BpmnProcessSpec",
    "BpmnSpecMixin",
    "BpmnStartTask",
    "BpmnSubWorkflow",
    "BpmnWorkflow",
    "CallActivity",
    "EndEvent",
    "ExclusiveGateway",
    "InclusiveGateway",
    "IntermediateCatchEvent",
    "IntermediateThrowEvent",
    "ManualTask",
    "NoneEventDefinition",
    "NoneTask",
    "ParallelGateway",
    "ProcessParser",
    "PythonScriptEngine",
    "ReceiveTask",
    "ScriptTask",
    "SendTask",
    "ServiceTask",
    "StartEvent",
    "SubWorkflowTask",
    "Task",
    "TaskParser",
    "TaskSpec",
    "TaskState",
    "TransactionSubprocess",
    "UserTask",
]
