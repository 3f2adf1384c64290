"""
SpiffWorkflow's parser, without recursion over the graph and with our specs.

The text it reads has been lowered and checked: nodes first, flows second, only what can be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from engine.bpmn.expressions import Compiler
from engine.bpmn.library import Library
from engine.bpmn.names import FLOW_NODES, Element, bpmn, children, event_definitions, is_true, local, reference
from engine.bpmn.node import Event, Node
from engine.bpmn.nodes import read_node
from engine.bpmn.parameters import read_data, read_listeners
from engine.runtime.spiff import BpmnParser, BpmnProcessSpec, ProcessParser, TaskParser
from engine.runtime.steps.ad_hoc import AdHocRoot
from engine.runtime.steps.boundary import GuardedActivity
from engine.runtime.steps.catching import AllOf, Alternative, AnyOf, Boundary, CatchEvent, Receive
from engine.runtime.steps.complex_gateway import ComplexJoin
from engine.runtime.steps.gateways import Choice, EventGate, InclusiveJoin, ParallelJoin
from engine.runtime.steps.multi_instance import MultiInstance, StandardLoop
from engine.runtime.steps.starts import Root, Start, Trigger
from engine.runtime.steps.step import Step
from engine.runtime.steps.sub_process import CalledProcess, SubProcess
from engine.runtime.steps.tasks import DecisionTask, FeelScript, HandTask, OperationTask, PersonTask, PlainTask
from engine.runtime.steps.throwing import End, Send, ThrowEvent, Throwing

STEPS: dict[str, type[Step]] = {
    "userTask": PersonTask,
    "manualTask": HandTask,
    "task": PlainTask,
    "scriptTask": FeelScript,
    "serviceTask": OperationTask,
    "sendTask": Send,
    "receiveTask": Receive,
    "businessRuleTask": DecisionTask,
    "callActivity": CalledProcess,
    "subProcess": SubProcess,
    "transaction": SubProcess,
    "adHocSubProcess": SubProcess,
    "exclusiveGateway": Choice,
    "parallelGateway": ParallelJoin,
    "inclusiveGateway": InclusiveJoin,
    "complexGateway": ComplexJoin,
    "eventBasedGateway": EventGate,
    "startEvent": Start,
    "endEvent": End,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
    "boundaryEvent": Boundary,
}
BODY = " [each]"
BLOCK = " [guarded]"
TRIGGER = " [trigger]"
ROOT = "[root]"
UNDO = "[undo]"


def nth_name(id: str, index: int) -> str:
    """Name of the spec of an event's definition: the first has the event's own."""
    return id if index == 0 else f"{id} [{index}]"


class ProcessSpec(BpmnProcessSpec):
    """A process or the body of a sub-process. Its start is ours; SpiffWorkflow's end join is not needed."""

    start: Root


class NodeParser(TaskParser):
    """Makes one node's specs: the step, a loop around it, a block for its boundary events. Flows are linked later."""

    def parse_node(self) -> Step:
        node = self.process_parser.read(self.node)
        step = self._several(node) or self._make(self.spec_class, node, node.id)
        top: Step = step
        if node.loop is not None:
            loop_class = StandardLoop if node.loop.kind == "standard" else MultiInstance
            top = self._around(loop_class, node, step)
        events = self.process_parser.armed_events(node.id)
        if events:
            top = self._guard(node, top, events)
        return top

    def _several(self, node: Node) -> Step | None:
        """An event with several definitions is several waits; None when it has only one."""
        if len(node.events) < 2 or self.spec_class not in (CatchEvent, Boundary):
            return None
        single = [replace(node, events=(event,)) for event in node.events if event.kind != "compensation"]
        if self.spec_class is Boundary:
            made = [self._make(Boundary, each, nth_name(node.id, index)) for index, each in enumerate(single)]
            return made[0]
        gate = self._make(AllOf if node.parallel else AnyOf, replace(node, events=()), node.id)
        names = [f"{node.id} [{index}]" for index in range(len(single))]
        for name, each in zip(names, single, strict=True):
            self._make(Alternative, each, name).outermost = False
        gate.alternatives = tuple(names)  # type: ignore[attr-defined]  # both gate classes have it
        return gate

    def _make(self, spec_class: type[Step], node: Node, name: str) -> Step:
        step = spec_class(
            self.spec, name, lane=node.lane, bpmn_name=node.name or None, **spec_class.library_arguments(node)
        )
        step.bpmn_id = node.id
        step.node = node
        step.targets = {}
        step.manual = isinstance(step, PersonTask)
        if isinstance(step, SubProcess):
            step.inner = node.id
        if isinstance(step, PersonTask):
            step.name_text = self.process_parser.compiler.text(node.name)
        return step

    def _around(self, loop_class: type[Any], node: Node, step: Step) -> Step:
        """The loop takes the node's name, the step is its body."""
        specs = self.spec.task_specs
        del specs[step.name]
        step.name = node.id + BODY
        specs[step.name] = step
        step.outermost = False
        step.is_body = True
        loop = self._make(loop_class, node, node.id)
        loop.body = step.name  # type: ignore[attr-defined]  # both loop classes have it
        return loop

    def _guard(self, node: Node, activity: Step, events: list[str]) -> Step:
        activity.outermost = False
        block = GuardedActivity(self.spec, node.id + BLOCK)
        block.node = Node("", node.element, "", async_before=node.async_before, retries=node.retries)
        block.targets = {}
        block.activity = activity.name
        block.boundary_events = tuple(events)
        return block


class FlatProcessParser(ProcessParser):
    """One process or sub-process body."""

    @property
    def library(self) -> Library:
        library: Library = self.parser.library
        return library

    @property
    def compiler(self) -> Compiler:
        compiler: Compiler = self.parser.compiler
        return compiler

    def create_spec(self) -> ProcessSpec:
        spec = ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)
        spec.task_specs.clear()
        root_class = AdHocRoot if local(self.node) == "adHocSubProcess" else Root
        spec.start = root_class(spec, ROOT)
        return spec

    def read(self, element: Element) -> Node:
        return read_node(element, self.flows_out.get(element.get("id", ""), ()), self.library, self.compiler)

    def armed_events(self, activity: str) -> list[str]:
        """Boundary events that wait; those of compensation only point to a handler."""
        return [
            nth_name(event.get("id", ""), index)
            for event in self.boundary.get(activity, ())
            for index, _ in enumerate(event_definitions(event))
        ]

    def add_tasks(self) -> None:
        self._index()
        self._make_nodes()
        self._make_event_sub_processes()
        self._link()
        root = self.spec.start
        root.undo_all = self._undo_all()
        root.objects = read_data(self.node, self.compiler).objects
        if local(self.node) == "process":
            root.listeners = read_listeners(self.node, "executionListener", self.compiler)
        if isinstance(root, AdHocRoot):
            root.node = self.parser.read_ad_hoc(self.node)

    # what is drawn ----------------------------------------------------------------------------------------------

    def _index(self) -> None:
        self.elements = {each.get("id", ""): each for each in children(self.node) if local(each) in FLOW_NODES}
        self.flows_out: dict[str, list[Element]] = {}
        self.flows_in: dict[str, list[str]] = {}
        for flow in children(self.node, "sequenceFlow"):
            self.flows_out.setdefault(reference(flow.get("sourceRef")) or "", []).append(flow)
            self.flows_in.setdefault(reference(flow.get("targetRef")) or "", []).append(flow.get("id", ""))
        self.boundary: dict[str, list[Element]] = {}
        self.event_sub_processes: list[Element] = []
        for element in self.elements.values():
            if local(element) == "boundaryEvent":
                self.boundary.setdefault(reference(element.get("attachedToRef")) or "", []).append(element)
            elif is_true(element.get("triggeredByEvent")):
                self.event_sub_processes.append(element)

    def _heads(self) -> list[Element]:
        """Where tokens begin: start events, or whatever nothing leads to."""
        starts = [each for each in self.elements.values() if local(each) == "startEvent"]
        if starts:
            return starts
        return [
            each
            for each in self.elements.values()
            if local(each) != "boundaryEvent"
            and not self.flows_in.get(each.get("id", ""))
            and not is_true(each.get("triggeredByEvent"))
            and not is_true(each.get("isForCompensation"))
        ]

    def _make_nodes(self) -> None:
        """All nodes a token can reach, in the order of the graph."""
        self.tops: dict[str, Step] = {}
        heads = self._heads()
        handlers = [
            each
            for each in self.elements.values()
            if is_true(each.get("isForCompensation")) and not is_true(each.get("triggeredByEvent"))
        ]
        todo = [*reversed(handlers), *reversed(heads)]
        while todo:
            element = todo.pop()
            id = element.get("id", "")
            if id in self.tops:
                continue
            self.tops[id] = self._make(element)
            events = self.boundary.get(id, ())
            targets = [self.elements[reference(flow.get("targetRef")) or ""] for flow in self.flows_out.get(id, ())]
            todo.extend(reversed([*targets, *events]))
        plain = [each for each in heads if local(each) != "startEvent" or not event_definitions(each)]
        chosen = plain or heads if local(self.node) == "process" else heads
        self.spec.start.heads = tuple(self.tops[each.get("id", "")].name for each in chosen)

    def _make(self, element: Element) -> Step:
        parser = NodeParser(self, STEPS[local(element)], element, self.nsmap, lane=None)
        step = parser.parse_node()
        if local(element) in ("subProcess", "transaction", "adHocSubProcess"):
            self.parser.create_parser(element, filename=self.filename)
        return step

    def _make_event_sub_processes(self) -> None:
        triggers = []
        for element in self.event_sub_processes:
            step = self._make(element)
            start = next(children(element, "startEvent"))
            node = read_node(start, (), self.library, self.compiler)
            if node.event.kind == "compensation":
                self.spec.start.undo_handler = step.name
                continue
            for index, event in enumerate(node.events):
                trigger = Trigger(self.spec, nth_name(node.id, index) + TRIGGER)
                trigger.bpmn_id = node.id
                trigger.node = replace(node, events=(event,))
                trigger.targets = {}
                trigger.handler = step.name
                triggers.append(trigger.name)
        self.spec.start.triggers = tuple(triggers)

    def _undo_all(self) -> str:
        undo = Throwing(self.spec, UNDO, event_definition=None)
        undo.node = Node("", "", "", events=(Event("compensation"),))
        undo.targets = {}
        return undo.name

    # what leads where -------------------------------------------------------------------------------------------

    def _link(self) -> None:
        specs = self.spec.task_specs
        for step in list(specs.values()):
            node = getattr(step, "node", None)
            if node is None or not node.id:
                continue
            for flow in node.flows:
                target = self.tops[flow.target]
                step.targets[flow.id] = target.name
                step.connect(target)
            reached = [flow for flow in self.flows_in.get(node.id, ()) if self._is_reached(flow)]
            step.incoming = tuple(reached)
            step.compensation = self._handler(node)
        for step in specs.values():
            if isinstance(step, InclusiveJoin):
                step.reach = self._reach(step)

    def _is_reached(self, flow_id: str) -> bool:
        return flow_id in self._sources

    @property
    def _sources(self) -> dict[str, str]:
        """Flow id -> node it comes from, of the nodes that can be reached."""
        if not hasattr(self, "_sources_cache"):
            self._sources_cache = {
                flow.get("id", ""): source
                for source, flows in self.flows_out.items()
                if source in self.tops
                for flow in flows
            }
        return self._sources_cache

    def _handler(self, node: Node) -> str | None:
        if node.compensation_handler is None:
            return None
        handler = self.tops.get(node.compensation_handler)
        return handler.name if handler is not None else None

    def _reach(self, join: InclusiveJoin) -> dict[str, frozenset[str]]:
        """For every spec: incoming flows of the join that a token there can still come along."""
        reach: dict[str, set[str]] = {}
        for flow in join.incoming:
            seen = {self._sources[flow]}
            todo = list(seen)
            while todo:
                for before in self._before(todo.pop()):
                    if before not in seen and before != join.node.id:
                        seen.add(before)
                        todo.append(before)
            for node_id in seen:
                reach.setdefault(node_id, set()).add(flow)
        named = {}
        for step in self.spec.task_specs.values():
            node = getattr(step, "node", None)
            flows = reach.get(node.id) if node is not None and node.id else None
            if flows and not step.name.endswith(BODY):
                named[step.name] = frozenset(flows)
        return named

    def _before(self, node_id: str) -> Iterable[str]:
        """Nodes with a flow to this one; an activity comes before its boundary events."""
        for flow in self.flows_in.get(node_id, ()):
            if flow in self._sources:
                yield self._sources[flow]
        attached = reference(self.elements[node_id].get("attachedToRef"))
        if attached is not None:
            yield attached


class FlatParser(BpmnParser):
    """The parser of one compiled text."""

    PROCESS_PARSER_CLASS = FlatProcessParser

    def __init__(self, root: Element) -> None:
        super().__init__()
        self.library = Library.of(root)
        self.compiler = Compiler()
        self.add_bpmn_xml(root)

    def read_ad_hoc(self, element: Element) -> Node:
        return read_node(element, (), self.library, self.compiler)

    def parse_all(self, key: str) -> tuple[Any, dict[str, Any]]:
        """The process spec of `key` and the specs of every sub-process body in it, by id."""
        main = self.process_parsers[key].get_spec()
        specs = {}
        done = {key}
        while todo := [name for name in self.process_parsers if name not in done]:
            for name in todo:
                done.add(name)
                if local(self.process_parsers[name].node) != "process":
                    specs[name] = self.process_parsers[name].get_spec()
        return main, specs

    def _add_correlations(self, root: Element) -> None:
        """Correlations are read by our library."""

    def _add_data_stores(self, root: Element) -> None:
        """Data stores are shown, not run."""


__all__ = ["FlatParser", "bpmn"]
