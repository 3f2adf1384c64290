"""
Changing by hand where an execution stands: tokens begun before or after an element, taken away, moved.

All changes of one modification belong together: what is to begin begins first, then tokens are taken away, so that no scope
ends in between. A scope left empty by hand goes away with its owner instead of going on behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import Conflict, Invalid
from engine.runtime.effects import Ended
from engine.runtime.steps.ad_hoc import AdHocRoot
from engine.runtime.steps.boundary import GuardedActivity
from engine.runtime.steps.catching import Boundary
from engine.runtime.steps.complex_gateway import ComplexJoin
from engine.runtime.steps.gateways import EventGate, Join
from engine.runtime.steps.multi_instance import MultiInstance
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.scopes import FlatScope, Instance
    from engine.runtime.token import Token

MOST = 100
"""Changes of one modification."""


@dataclass(frozen=True)
class StartBefore:
    """Begin a token at an element, by its drawn id."""

    element: str


@dataclass(frozen=True)
class StartAfter:
    """Let a token out of an element along the flows its conditions choose, without doing the element."""

    element: str


@dataclass(frozen=True)
class StartAlong:
    """Let a token come along one drawn sequence flow."""

    flow: str


@dataclass(frozen=True)
class CancelToken:
    """Take a token away with everything inside it."""

    token: str


@dataclass(frozen=True)
class CancelAt:
    """Take away every token that stands at an element."""

    element: str


@dataclass(frozen=True)
class MoveToken:
    """Take a token away and begin another before an element."""

    token: str
    element: str


Change = StartBefore | StartAfter | StartAlong | CancelToken | CancelAt | MoveToken


@dataclass(frozen=True)
class Place:
    """Where a token stands. `inside` is the token of the sub-process or call around it, '' at the top."""

    token: str
    element: str
    kind: str
    inside: str


def places(instance: Instance) -> list[Place]:
    """Tokens that can be taken away or moved: neither armed boundary events nor the starts of event sub-processes."""
    return [
        Place(token.id, token.node.element, token.node.kind, scope.owner_id)
        for scope in instance.scopes()
        for token in scope.tasks.values()
        if token.node is not None and token.node.id and _stands(token)
    ]


def startable(definition: Definition) -> list[tuple[str, str]]:
    """(element, kind) of everything a token can be begun before, in the order of the drawing."""
    found: dict[str, str] = {}
    for step in _drawn(definition):
        if _why_not_before(step) is None:
            found.setdefault(step.node.element, step.node.kind)
    return list(found.items())


def modify(
    instance: Instance, find: Callable[[str], Token | None], changes: Sequence[Change], reason: str = ""
) -> None:
    """Do *changes* at once; `Execution.advance` does what follows from them. Raises Invalid or Conflict with the remedy."""
    if not 0 < len(changes) <= MOST:
        raise Invalid("modify-how-many", allowed=MOST)
    leaving = [each.token for each in changes if isinstance(each, CancelToken | MoveToken)]
    if len(leaving) != len(set(leaving)):
        raise Invalid("modify-token-twice")
    gone = [_leaving(find(token), token) for token in leaving]
    for change in changes:
        if isinstance(change, CancelAt):
            gone += _all_at(instance, change.element)
    for change in changes:
        if isinstance(change, StartBefore | MoveToken):
            _start_before(instance, change.element)
        elif isinstance(change, StartAfter):
            _start_after(instance, change.element)
        elif isinstance(change, StartAlong):
            _start_along(instance, change.flow)
    for token in gone:
        _take_away(token, reason)


# beginning ----------------------------------------------------------------------------------------------------------


def _drawn(definition: Definition) -> list[Step]:
    """The step of each drawn node; a loop or block around it is found by its name."""
    specs = (definition.spec, *definition.specs.values())
    return [
        step
        for spec in specs
        for name, step in spec.task_specs.items()
        if (node := getattr(step, "node", None)) is not None and node.id and node.id == name
    ]


def _step(instance: Instance, element: str) -> Step:
    found = [step for step in _drawn(instance.definition) if step.node.element == element]
    exact = [step for step in found if step.node.id == element]
    if len(exact or found) != 1:
        raise Invalid("modify-element-unknown", element=element)
    return (exact or found)[0]


def _why_not_before(step: Step) -> str | None:
    if isinstance(step, Join | ComplexJoin) and len(step.incoming) > 1:
        return "modify-at-join"
    if step.node.kind in ("startEvent", "boundaryEvent") or step.node.triggered_by_event:
        return "modify-not-before-event"
    if step.node.for_compensation:
        return "modify-not-compensation"
    return None


def _start_before(instance: Instance, element: str) -> None:
    step = _step(instance, element)
    why = _why_not_before(step)
    if why is not None:
        raise Invalid(why, element=element)
    _enter(instance, step, element)


def _enter(instance: Instance, step: Step, element: str, *, at_once: bool = False) -> None:
    """A token at *step*; sub-processes around it that are not open are opened with nothing else beginning in them."""
    spec = step._wf_spec
    name = _outermost(step)
    scope = _open_scope(instance, step, element)
    if scope is None:
        owner = _owner_of(instance.definition, spec.name)
        if owner is None or owner.node.loop is not None or isinstance(spec.start, AdHocRoot):
            raise Invalid("modify-inside-loop", element=element)
        instance.entering[spec.name] = (name,)
        _enter(instance, owner, element, at_once=True)
        return
    token = scope.spawn(name)
    if at_once:
        token.internal_data["hold"] = False
    token.task_spec._update(token)


def _outermost(step: Step) -> str:
    """Name of what a token arrives at: the block around an activity with boundary events stands for it."""
    for other in step._wf_spec.task_specs.values():
        if isinstance(other, GuardedActivity) and other.activity == step.name:
            return str(other.name)
    return str(step.name)


def _open_scope(instance: Instance, step: Step, element: str) -> FlatScope | None:
    found = [
        scope
        for scope in instance.scopes()
        if scope.spec is step._wf_spec and scope.definition is instance.definition and not scope.closed
    ]
    if len(found) > 1:
        raise Invalid("modify-several-scopes", element=element)
    return found[0] if found else None


def _owner_of(definition: Definition, inner: str) -> Step | None:
    return next((step for step in _drawn(definition) if step.node.id == inner), None)


def _start_after(instance: Instance, element: str) -> None:
    step = _step(instance, element)
    if not step.node.flows:
        raise Invalid("modify-nothing-after", element=element)
    scope = _open_scope(instance, step, element)
    if scope is None:
        raise Invalid("modify-scope-not-open", element=element)
    token = scope.spawn(step.name)
    new = step.route(token)
    scope.retire(token)
    for each in new:
        each.task_spec._update(each)


def _start_along(instance: Instance, flow: str) -> None:
    for step in _drawn(instance.definition):
        for each in step.node.flows:
            if flow in (each.id, each.element):
                scope = _open_scope(instance, step, step.node.element)
                if scope is None:
                    raise Invalid("modify-scope-not-open", element=flow)
                token = scope.spawn(step.targets[each.id], via=each)
                token.task_spec._update(token)
                return
    raise Invalid("modify-element-unknown", element=flow)


# taking away --------------------------------------------------------------------------------------------------------


def _stands(token: Token) -> bool:
    """Whether the token is somewhere by itself, not as a part of what another one does."""
    if token is token.workflow.task_tree or token.task_spec.is_trigger:
        return False
    holder = token.holder
    return holder is None or not (
        isinstance(holder.task_spec, EventGate) or (holder.task_spec.guards and isinstance(token.task_spec, Boundary))
    )


def _leaving(token: Token | None, name: str) -> Token:
    if token is None:
        raise Conflict("modify-token-gone", token=name)
    if not _stands(token):
        raise Invalid("modify-token-part", token=name, element=token.node.element if token.node else "")
    return token


def _all_at(instance: Instance, element: str) -> list[Token]:
    found = [instance.token(place.token) for place in places(instance) if place.element == element]
    if not found:
        raise Conflict("modify-nobody-there", element=element)
    return [token for token in found if token is not None]


def _take_away(token: Token, reason: str) -> None:
    """Cancel it; one instance of a loop counts as done, without output."""
    scope = token.workflow
    if token.finished or token.id not in scope.tasks:
        return  # it stood inside another one that is gone
    holder = token.holder
    while holder is not None and holder.task_spec.guards:
        token, holder = holder, holder.holder
    token.cancel()
    if holder is not None and holder.task_spec.merges_children:
        data = holder.internal_data
        data["done"] += 1
        if isinstance(holder.task_spec, MultiInstance):
            variables = scope.top_workflow.variables
            variables.declare(holder.id, "nrOfCompletedInstances", data["done"])
            variables.declare(holder.id, "nrOfActiveInstances", data["next"] - data["done"])
        else:
            data["stop"] = True
        holder.task_spec.after_child(holder)
    _leave_empty(scope, reason)


def _leave_empty(scope: FlatScope, reason: str) -> None:
    if scope.closed or scope.live() or scope.task_tree in scope.top_workflow.queue:
        return
    if scope.owner is None:
        scope.top_workflow.end(Ended("cancelled", message=reason or None))
    else:
        _take_away(scope.owner, reason)
