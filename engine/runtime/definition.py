"""A compiled process, parsed and ready to be run by any number of executions at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.node import Node
from engine.bpmn.reader import parse_trusted
from engine.runtime.parser import FlatParser


@dataclass(frozen=True)
class Definition:
    """
    Never changed once made; share it between threads, cache it by `ref`.

    `nodes` finds a node by its id in the compiled text, in whichever sub-process it stands. `asks_who` is true when a start
    event keeps the login of whoever started it, `hears_holders` when some task has listeners for a new holder.
    """

    key: str
    ref: str
    spec: Any
    specs: Mapping[str, Any]
    nodes: Mapping[str, Node]
    asks_who: bool = False
    hears_holders: bool = False


def load(compiled: str, key: str, ref: str | None = None) -> Definition:
    """
    Parse a compiled text. `ref` is the name an execution keeps in its state to find the definition again
    (`Host.definition_by_ref`); without one it is made of the text's digest.
    """
    parser = FlatParser(parse_trusted(compiled))
    spec, specs = parser.parse_all(key)
    nodes = {
        step.node.id: step.node for each in (spec, *specs.values()) for step in each.task_specs.values() if step.node.id
    }
    name = ref or f"{key}:{hashlib.sha256(compiled.encode()).hexdigest()[:16]}"
    hears = any(each.event == "assignment" for node in nodes.values() for each in node.task_listeners)
    return Definition(key, name, spec, specs, nodes, any(node.initiator for node in nodes.values()), hears)
