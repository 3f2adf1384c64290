"""
Migrating an execution: its tokens, scopes and guards are hung from one compiled definition onto another, in memory.

A `Plan` says which drawn element of the old version goes on as which of the new one. Nothing that waits is asked again:
tasks, timers, messages, jobs keep what they were opened with. What guards an activity (boundary events, the starts of event
sub-processes) follows the new drawing: new ones are armed, those that are gone are disarmed, those that fired stay fired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from engine.runtime.spiff import TaskState
from engine.runtime.steps.ad_hoc import AdHocRoot
from engine.runtime.steps.boundary import GuardedActivity
from engine.runtime.steps.catching import AnyOf, Boundary, Catching, rearm
from engine.runtime.steps.complex_gateway import ComplexJoin
from engine.runtime.steps.gateways import EventGate, Join
from engine.runtime.steps.multi_instance import Looping, MultiInstance
from engine.runtime.steps.step import Step
from engine.runtime.token import Token

if TYPE_CHECKING:
    from engine.bpmn.node import Node
    from engine.runtime.definition import Definition
    from engine.runtime.scopes import FlatScope, Instance

BLOCK = " [guarded]"


@dataclass(frozen=True)
class Plan:
    """
    `steps`: drawn element of the old version → of the new one. `rearm`: elements of the old version whose waits begin anew
    as the new version draws them (a timer is reckoned from now, a message gets its new name).
    """

    steps: Mapping[str, str] = field(default_factory=dict)
    rearm: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refusal:
    """Why an element cannot go on in the new version; the sentence of the code says what to do."""

    element: str
    code: str
    to: str = ""


@dataclass(frozen=True)
class Moved:
    """A token that asks the world for something, and the node of the new version it stands at now."""

    token: str
    node: Node
    step: Step


def elements(definition: Definition) -> list[Step]:
    """The step of every drawn node, event sub-processes' starts included, in the order of the drawing."""
    found: dict[str, Step] = {}
    for spec in _specs(definition):
        for step in spec.task_specs.values():
            node = getattr(step, "node", None)
            if node is not None and node.id and not isinstance(step, GuardedActivity):
                kept = found.get(node.element)
                if kept is None or (node.id == step.name and kept.node.id != kept.name):
                    found[node.element] = step
    return list(found.values())


def generated(source: Definition, target: Definition) -> Plan:
    """The plan that needs no thought: what has the same id, is of the same kind and stands in the same place."""
    there = {step.node.element for step in elements(target)}
    whole = Plan({step.node.element: step.node.element for step in elements(source) if step.node.element in there})
    while wrong := {refusal.element for refusal in refusals(source, target, whole)} & set(whole.steps):
        whole = Plan({old: new for old, new in whole.steps.items() if old not in wrong})
    return whole


def refusals(source: Definition, target: Definition, plan: Plan) -> list[Refusal]:
    """What is wrong with the plan itself, whatever instance it is for."""
    if source.key != target.key:
        return [Refusal("", "migrate-other-process", target.key)]
    if source.ref == target.ref:
        return [Refusal("", "migrate-same-version")]
    old = {step.node.element: step for step in elements(source)}
    new = {step.node.element: step for step in elements(target)}
    way = _Way(source, target, plan)
    found, taken = [], set()
    for element, to in plan.steps.items():
        if element not in old:
            found.append(Refusal(element, "migrate-source-unknown", to))
        elif to not in new:
            found.append(Refusal(element, "migrate-target-unknown", to))
        elif to in taken:
            found.append(Refusal(element, "migrate-target-twice", to))
        elif code := _differs(way, old[element], new[to]):
            found.append(Refusal(element, code, to))
        taken.add(to)
    found += [Refusal(element, "migrate-source-unknown") for element in sorted(plan.rearm) if element not in old]
    return found


def obstacles(instance: Instance, target: Definition, plan: Plan) -> list[Refusal]:
    """Why this execution cannot go on by the plan. Its sleeping children are awake."""
    way = _Way(instance.definition, target, plan)
    found: dict[Refusal, None] = {}
    for scope in instance.scopes():
        if scope.definition is instance.definition:
            found.update(dict.fromkeys(_obstacles_in(way, scope)))
    return list(found)


def migrate(instance: Instance, target: Definition, plan: Plan) -> list[Moved]:
    """Hang everything over. `obstacles` has said nothing; `advance` does what follows."""
    source = instance.definition
    way = _Way(source, target, plan)
    later: list[Callable[[], None]] = []
    ours = [scope for scope in instance.scopes() if scope.definition is source]
    for scope in ours:
        _disarm(way, scope)
    for scope in ours:
        _hang(way, scope, later)
    instance.subprocess_specs = target.specs  # type: ignore[attr-defined]  # the library's own
    for arm in later:
        arm()
    for scope in ours:
        for token in list(scope.tasks.values()):
            _wait_anew(scope, token, plan, way)
    return [
        Moved(token.id, token.node, token.task_spec)
        for scope in ours
        for token in scope.tasks.values()
        if token.node is not None and token.node.id
    ]


# the way from one version to the other -------------------------------------------------------------------------------


def _specs(definition: Definition) -> list[Any]:
    return [definition.spec, *definition.specs.values()]


class _Way:
    """Names of specs and steps of the old version in the new one."""

    def __init__(self, source: Definition, target: Definition, plan: Plan) -> None:
        self.source, self.target, self.plan = source, target, plan
        self.back = {new: old for old, new in plan.steps.items()}
        self._owners = {
            step.node.id: step
            for spec in _specs(source)
            for step in spec.task_specs.values()
            if getattr(step, "node", 0)
        }

    def spec(self, old: Any) -> Any | None:
        """The body of a process or sub-process."""
        if old is self.source.spec:
            return self.target.spec
        owner = self._owners.get(old.name)
        name = None if owner is None else self._id(owner.node)
        return None if name is None else self.target.specs.get(name)

    def name(self, step: Any) -> str | None:
        """The name a step has in the new version, if the plan maps its element; whether it is there is not said."""
        if step.name.startswith("["):
            return str(step.name)
        base, _, rest = step.name.partition(" ")
        mapped = self._renamed(base, step.node.element)
        return None if mapped is None else f"{mapped} {rest}" if rest else mapped

    def step(self, old: Any, new_spec: Any) -> Any | None:
        name = self.name(old)
        return None if name is None else new_spec.task_specs.get(name)

    def _id(self, node: Any) -> str | None:
        return self._renamed(node.id, node.element)

    def _renamed(self, id: str, element: str) -> str | None:
        to = self.plan.steps.get(element)
        if to is None or id == element:
            return to
        return to + id[len(element) :] if id.startswith(element) else id


def _differs(way: _Way, old: Step, new: Step) -> str | None:
    if type(old) is not type(new):
        loops = isinstance(old, Looping) or isinstance(new, Looping)
        return "migrate-loop" if loops else "migrate-kind"
    if isinstance(old, MultiInstance) and old.loop.kind != new.loop.kind:  # type: ignore[attr-defined]  # the same class
        return "migrate-loop"
    if isinstance(old, Looping) and old.node.kind != new.node.kind:
        return "migrate-kind"
    if [each.kind for each in old.node.events] != [each.kind for each in new.node.events]:
        return "migrate-event"
    if way.spec(old._wf_spec) is not new._wf_spec:
        return "migrate-scope"
    attached = old.node.attached_to
    if attached is not None:
        at = way.source.nodes[attached].element
        if way.plan.steps.get(at) != way.target.nodes[new.node.attached_to or ""].element:
            return "migrate-attached"
    return None


def _obstacles_in(way: _Way, scope: FlatScope) -> Iterable[Refusal]:
    new = way.spec(scope.spec)
    owner = scope.owner.task_spec.node.element if scope.owner is not None else ""
    if new is None:
        yield Refusal(owner, "migrate-no-mapping")
        return
    if isinstance(scope.spec.start, AdHocRoot):
        heads = [way.name(scope.spec.task_specs[name]) for name in scope.spec.start.heads]
        if heads != list(getattr(new.start, "heads", ())):
            yield Refusal(owner, "migrate-ad-hoc")
    yield from _records_in(way, scope, new)
    for token in scope.tasks.values():
        spec = token.task_spec
        if token is scope.task_tree or _is_guard(token):
            continue
        if {"undo", "chosen", "undoing"} & set(token.internal_data):
            yield Refusal(spec.node.element, "migrate-undoing")
            continue
        if isinstance(spec, GuardedActivity):
            continue  # it is made or left out as the new drawing wants
        found = way.step(spec, new)
        if found is None:
            yield Refusal(spec.node.element, "migrate-no-mapping", way.plan.steps.get(spec.node.element, ""))
        elif isinstance(spec, Join | ComplexJoin) and token.waiting and _via(way, token, found) is None:
            yield Refusal(spec.node.element, "migrate-join", found.node.element)


def _records_in(way: _Way, scope: FlatScope, new: Any) -> Iterable[Refusal]:
    for record in scope.records:
        if "scope" in record:
            yield Refusal(record["activity"], "migrate-undo-scope")
        elif _record(way, scope, new, record) is None:
            yield Refusal(record["activity"], "migrate-no-mapping")


def _record(way: _Way, scope: FlatScope, new: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    """What can be undone, in the words of the new version."""
    handler = scope.spec.task_specs.get(record["handler"])
    activity = way._id(way.source.nodes[record["activity"]])
    found = None if handler is None else way.step(handler, new)
    return None if found is None or activity is None else {"activity": activity, "handler": found.name}


def _is_guard(token: Token) -> bool:
    """An armed boundary event, or the armed start of an event sub-process."""
    holder = token.holder
    if token.task_spec.is_trigger:
        return True
    return isinstance(token.task_spec, Boundary) and holder is not None and holder.task_spec.guards


def _via(way: _Way, token: Token, new: Any) -> str | None:
    """The flow of the new version a token at a join has come along."""
    via = token.internal_data.get("via", "")
    if via in new.incoming:
        return str(via)
    spec = token.workflow.spec
    source = next((s for s in spec.task_specs.values() for flow in _flows(s) if flow.id == via), None)
    if source is None:
        return None
    to = way.plan.steps.get(source.node.element)
    there = [
        flow.id
        for step in new._wf_spec.task_specs.values()
        if (node := getattr(step, "node", None)) is not None and node.element == to and node.id == step.name
        for flow in node.flows
        if flow.target == new.node.id
    ]
    return there[0] if len(there) == 1 else None


def _flows(step: Any) -> Iterable[Any]:
    node = getattr(step, "node", None)
    return node.flows if node is not None and node.id == step.name else ()


# hanging over --------------------------------------------------------------------------------------------------------


def _disarm(way: _Way, scope: FlatScope) -> None:
    """Guards the new version does not have."""
    new = way.spec(scope.spec)
    for token in list(scope.tasks.values()):
        if _is_guard(token) and way.step(token.task_spec, new) is None:
            token.cancel()


def _hang(way: _Way, scope: FlatScope, later: list[Callable[[], None]]) -> None:
    old, new = scope.spec, way.spec(scope.spec)
    assert new is not None
    scope.records = [made for record in scope.records if (made := _record(way, scope, new, record)) is not None]
    tokens = [token for token in scope.tasks.values() if token is not scope.task_tree]
    before = {token.id: token.task_spec for token in tokens}
    for token in tokens:
        spec = token.task_spec
        if isinstance(spec, GuardedActivity):
            continue
        found = way.step(spec, new)
        if isinstance(spec, Join | ComplexJoin) and token.waiting:
            token.internal_data["via"] = _via(way, token, found)
        token.task_spec = found  # type: ignore[assignment]  # obstacles have said it is there
    scope.spec, scope.definition = new, way.target
    scope.task_tree.task_spec = new.start
    for token in tokens:
        _guard(way, scope, token, before[token.id], later)
    known = {way.name(old.task_specs[name]) for name in old.start.triggers}
    for name in new.start.triggers:
        if name not in known:
            later.append(_arming(scope, name, None))
    new.start.declare_objects(scope.task_tree)


def _guard(way: _Way, scope: FlatScope, token: Token, before: Any, later: list[Callable[[], None]]) -> None:
    """The block around an activity, and the alternatives behind an event-based gateway, as the new version draws them."""
    if isinstance(before, GuardedActivity):
        _block(way, scope, token, before, later)
    elif token.internal_data.get("hold") is True and _block_of(token.task_spec) is not None:
        token.task_spec = cast(Step, _block_of(token.task_spec))  # it has not begun: the block will be its beginning
    elif _wants_block(token):
        _put_block(scope, token, later)
    elif isinstance(token.task_spec, EventGate) and not isinstance(token.task_spec, AnyOf):
        known = {way.plan.steps.get(scope_node) for scope_node in _targets(before)}
        for flow in token.task_spec.node.flows:
            if way.target.nodes[flow.target].element not in known:
                later.append(_arming(scope, token.task_spec.targets[flow.id], token, flow))


def _targets(gate: Any) -> list[str]:
    specs = gate._wf_spec.task_specs
    return [specs[gate.targets[flow.id]].node.element for flow in gate.node.flows]


def _block(way: _Way, scope: FlatScope, block: Token, before: Any, later: list[Callable[[], None]]) -> None:
    new = block.workflow.spec.task_specs.get(way.name(before) or "")
    if new is None:
        activity = [held for held in block.held if not isinstance(held.task_spec, Boundary)]
        holder = block.holder
        for held in activity:
            held.move_to(holder)
        if block.internal_data.get("hold") is True:  # nothing had begun: the activity itself will
            base = (way.name(before) or "").removesuffix(BLOCK)
            block.task_spec = scope.spec.task_specs[base]
            return
        del scope.tasks[block.id]
        if holder is not None:
            holder._children.remove(block.id)
        return
    block.task_spec = new
    if block.internal_data.get("hold") is not True:
        known = {way.name(before._wf_spec.task_specs[name]) for name in before.boundary_events}
        for name in new.boundary_events:
            if name not in known:
                later.append(_arming(scope, name, block))


def _block_of(step: Any) -> Any | None:
    found = step._wf_spec.task_specs.get(f"{step.name}{BLOCK}")
    return found if isinstance(found, GuardedActivity) and found.activity == step.name else None


def _wants_block(token: Token) -> bool:
    holder = token.holder
    return _block_of(token.task_spec) is not None and (holder is None or not holder.task_spec.guards)


def _put_block(scope: FlatScope, token: Token, later: list[Callable[[], None]]) -> None:
    spec = _block_of(token.task_spec)
    assert spec is not None
    block = Token(scope, spec, token.holder or scope.task_tree, state=TaskState.STARTED)
    token.move_to(block)
    order = [each for each in scope.tasks.values() if each is not block]
    order.insert(order.index(token), block)  # whoever holds stands before what it holds
    scope.tasks.clear()
    scope.tasks.update((each.id, each) for each in order)
    later.extend(_arming(scope, name, block) for name in spec.boundary_events)


def _arming(scope: FlatScope, name: str, holder: Token | None, via: Any = None) -> Callable[[], None]:
    def arm() -> None:
        if not scope.closed and (holder is None or holder.id in scope.tasks):
            token = scope.spawn(name, holder=holder, via=via)
            token.task_spec._update(token)

    return arm


def _wait_anew(scope: FlatScope, token: Token, plan: Plan, way: _Way) -> None:
    """Waits the plan wants to begin anew; a condition is always looked at with the new version's words."""
    if token.internal_data.get("asks") != "wait" or token.id in scope.top_workflow.ledger.waits:
        return
    spec = token.task_spec
    if not isinstance(spec, Catching):
        return
    if way.back.get(spec.node.element) in plan.rearm:
        token.internal_data.pop("previous", None)
        token.settle_ask("cancelled")
        spec.arm(token)
    elif spec.event.kind == "conditional":
        token.settle_ask("cancelled")
        rearm(spec, token)
