"""What of SpiffWorkflow our kernel overrides and which of its private names it uses, found by looking at the code."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import engine.runtime

KEPT = Path(__file__).parent / "spiffworkflow_surface.json"
ROOM = Path(engine.runtime.__file__).parent
OURS = "engine.runtime."
RELIED_ON = (
    "Task.__init__",
    "TaskSpec.__init__",
    "TaskSpec._run",
    "TaskSpec.connect",
    "Workflow.__init__",
    "BpmnWorkflow.__init__",
    "BpmnSubWorkflow.__init__",
    "ProcessParser.get_spec",
)
"""What runs as it is and makes what we build on: the attributes of a task, the roots of workflows, the order of parsing."""


def classes() -> set[type]:
    """Our classes that stand on one of SpiffWorkflow's."""
    names = [each.name for each in pkgutil.walk_packages([str(ROOM)], OURS) if ".commands" not in each.name]
    found = {each for name in names for each in vars(importlib.import_module(name)).values() if inspect.isclass(each)}
    return {each for each in found if each.__module__.startswith(OURS) and any(map(is_theirs, each.__mro__))}


def is_theirs(known: type) -> bool:
    return known.__module__.startswith("SpiffWorkflow")


def overridden() -> set[str]:
    """`Class.name` of every attribute of the library that one of ours hides."""
    found = set()
    for each in classes():
        line = each.__mro__
        for at, ours in enumerate(line):
            if ours.__module__.startswith(OURS):
                found |= {
                    f"{theirs.__name__}.{name}"
                    for theirs in line[at + 1 :]
                    if is_theirs(theirs)
                    for name in vars(ours).keys() & vars(theirs).keys()
                    if not name.startswith("__")
                }
    return found


def used() -> set[str]:
    """`Class.name` of private names of the library that our code says."""
    said = {
        node.attr
        for path in ROOM.rglob("*.py")
        if "commands" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
    }
    return {f"{each.__name__}.{name}" for each in library().values() for name in said & vars(each).keys()}


def source_of(entry: str) -> str:
    """The library's text of a method, property or class attribute."""
    name, _, attribute = entry.partition(".")
    value = vars(library()[name])[attribute]
    if isinstance(value, property):
        value = value.fget
    return inspect.getsource(value) if callable(value) and not inspect.isclass(value) else repr(value)


def library() -> dict[str, type]:
    """The classes ours stand on, and what those stand on."""
    return {base.__name__: base for each in classes() for base in each.__mro__ if is_theirs(base)}


def digests() -> dict[str, str]:
    entries = sorted({*overridden(), *used(), *RELIED_ON})
    return {entry: hashlib.sha256(source_of(entry).encode()).hexdigest()[:16] for entry in entries}


def kept() -> dict[str, str]:
    known: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return known


def main() -> int:
    """Keep today's digests, after somebody has read what changed."""
    KEPT.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
    print(f"{len(digests())} names kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
