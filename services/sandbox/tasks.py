"""The only functions a sandbox child runs: name → `module:function`. Each takes and gives plain JSON data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Task = Callable[[Mapping[str, Any]], Mapping[str, Any]]

TASKS: Mapping[str, str] = {
    "docx.render": "services.printing.rendering:render",
    "docx.draft": "services.printing.drafting:draft",
    "docx.append": "services.printing.drafting:append",
    "docx.text": "services.printing.drafting:text",
    "docx.names": "services.printing.rendering:names",
}


def resolve(table: Mapping[str, str], name: str) -> Task:
    """The function of a task; KeyError for a name nobody registered."""
    module, function = table[name].split(":")
    task: Task = getattr(import_module(module), function)
    return task
