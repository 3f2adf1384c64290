"""
Data associations: what goes into a node's local variables and what comes out of them.

A data object is a variable of the scope it is drawn in; all its references mean the same one. Data inputs, data outputs
and properties are local variables of their node. Data stores are shown: nothing is read from them or written to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.bpmn.model import Model
from engine.bpmn.names import Element, child, children, extensions, local, reference, text_of

LOCAL = frozenset({"dataInput", "dataOutput", "property", "inputDataItem", "outputDataItem"})
STORES = frozenset({"dataStore", "dataStoreReference"})
PLACEHOLDER = "__targetRef_placeholder"
"""The name Camunda Modeler gives to a property that only an arrow ends at."""
_WORD = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_PLAIN = frozenset({"int", "integer", "long", "short", "double", "float", "decimal", "boolean"})


@dataclass(frozen=True)
class Move:
    """One value that goes into or out of a node: the variable `name` gets the value of `expression`."""

    association: Element
    inward: bool
    name: str
    expression: str


@dataclass(frozen=True)
class Broken:
    """An association that moves nothing: it ends at a store, at something unknown, or says no source."""

    association: Element
    why: Literal["store", "unknown", "nothing", "target"]
    ref: str = ""


def variable_of(model: Model, ref: str | None) -> str | None:
    """The variable an element with data stands for; None when it stands for none."""
    element = model.by_id.get(ref or "")
    if element is None:
        return None
    kind = local(element)
    if kind == "dataObjectReference":
        drawn = model.by_id.get(reference(element.get("dataObjectRef")) or "")
        return word(drawn, element) if drawn is not None else word(element)
    if kind == "dataObject":
        return word(element, *_references(model, element))
    return word(element) if kind in LOCAL else None


def word(element: Element, *others: Element) -> str:
    """The first name that can be a variable's, else the id made into one."""
    for each in (element, *others):
        name = each.get("name") or ""
        if _WORD.fullmatch(name):
            return str(name)
    made = re.sub(r"\W", "_", element.get("id") or others[0].get("id", ""))
    return made if _WORD.fullmatch(made) else "_" + made


def _references(model: Model, data_object: Element) -> list[Element]:
    id = data_object.get("id")
    found = (each for each in model.by_id.values() if local(each) == "dataObjectReference")
    return [each for each in found if reference(each.get("dataObjectRef")) == id]


def associations(node: Element) -> Iterator[Element]:
    """The data associations drawn at a node."""
    yield from children(node, "dataInputAssociation", "dataOutputAssociation")


def moves_of(model: Model, node: Element) -> list[Move | Broken]:
    """What the node's associations do, in the order they are drawn."""
    return [each for association in associations(node) for each in _moves(model, association)]


def _moves(model: Model, association: Element) -> Iterator[Move | Broken]:
    inward = local(association) == "dataInputAssociation"
    target_ref = reference(text_of(child(association, "targetRef")))
    sources = [reference(text_of(each)) or "" for each in children(association, "sourceRef")]
    for ref in (*sources, *((target_ref,) if target_ref else ())):
        found = model.by_id.get(ref)
        if found is None or variable_of(model, ref) is None:
            yield Broken(association, "store" if found is not None and local(found) in STORES else "unknown", ref)
            return
    target = variable_of(model, target_ref)
    if target == PLACEHOLDER:
        return
    assignments = list(children(association, "assignment"))
    if assignments:
        for each in assignments:
            yield _assigned(association, inward, target, target_ref, each)
        return
    transformation = text_of(child(association, "transformation"))
    source = transformation or (variable_of(model, sources[0]) if sources else None)
    if source is None or target is None:
        yield Broken(association, "nothing")
    else:
        yield Move(association, inward, target, source)


def _assigned(
    association: Element, inward: bool, target: str | None, target_ref: str | None, assignment: Element
) -> Move | Broken:
    """An assignment writes the target, or the place in it that `to` names (`order.sum`)."""
    value = text_of(child(assignment, "from")) or ""
    to = (text_of(child(assignment, "to")) or "").removeprefix("=").strip()
    to = to.removeprefix("${").removeprefix("#{").removesuffix("}").strip()
    if not _PATH.fullmatch(to) and to != target_ref:
        return Broken(association, "target", to)
    head, _, path = ("", "", "") if to == target_ref else to.partition(".")
    name = target if head in ("", target_ref) and target is not None else head
    if not path:
        return Move(association, inward, name, value)
    keys = ", ".join(f'"{part}"' for part in path.split("."))
    own = value.removeprefix("=").strip()
    own = own[2:-1] if own.startswith(("${", "#{")) and own.endswith("}") else own
    return Move(association, inward, name, f"context put(if {name} = null then {{}} else {name}, [{keys}], {own})")


def locals_of(node: Element) -> list[str]:
    """Variables a node has of its own: its properties and data outputs; empty until something is written to them."""
    found = [word(each) for each in children(node, "property") if each.get("name") != PLACEHOLDER]
    if local(node) != "startEvent":  # its outputs are what the message that began the process brought
        found += [word(each) for each in outputs_of(node)]
    return found


def outputs_of(node: Element) -> list[Element]:
    box = child(node, "ioSpecification")
    return [*children(node, "dataOutput"), *(children(box, "dataOutput") if box is not None else ())]


def objects_of(model: Model, scope: Element) -> list[tuple[str, str]]:
    """
    Data objects drawn in a scope and the expression of their first value: null in a sub-process, which has its own; in a
    process only those that say a value (Flowable's and Activiti's `value`), for the others may come from outside.
    """
    found = []
    for each in children(scope, "dataObject"):
        said = next((text_of(entry) for entry in extensions(each, "value")), None)
        if said is not None or local(scope) != "process":
            found.append((variable_of(model, each.get("id")) or word(each), _first_value(each, said)))
    return found


def _first_value(data_object: Element, said: str | None) -> str:
    if said is None:
        return "null"
    kind = (data_object.get("itemSubjectRef") or "").rpartition(":")[2].lower()
    if kind in _PLAIN:
        return said
    escaped = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
