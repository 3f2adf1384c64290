"""A solution's files as they are given to be deployed, and what each of them is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.findings import Finding, has_errors

ResourceKind = Literal["bpmn", "dmn", "form", "docx", "card", "texts", "directory", "scenario", "solution", "other"]


@dataclass(frozen=True)
class Bundle:
    """
    All files of one solution. Paths have `/` and are those of a checkout's solution without the slug:
    `orders.bpmn`, `cards/order.toml`, `texts/ru.toml`, `forms/register.form`, `templates_docx/reply.docx`.
    """

    solution: str
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """sha256 over paths and contents."""
        whole = hashlib.sha256()
        for path in sorted(self.files):
            content = hashlib.sha256(self.files[path]).hexdigest()
            whole.update(f"{path}\0{content}\n".encode())
        return whole.hexdigest()

    def of_kind(self, kind: ResourceKind) -> Iterator[tuple[str, bytes]]:
        """Path and content of the files of a kind, by path."""
        return ((path, self.files[path]) for path in sorted(self.files) if kind_of(path) == kind)


def kind_of(path: str) -> ResourceKind:
    """
    What a file is, by its name and folder alone.

    >>> kind_of("cards/order.toml"), kind_of("bpmn/orders.bpmn"), kind_of("notes.md")
    ('card', 'bpmn', 'other')
    """
    folder, _, name = path.rpartition("/")
    if path == "solution.toml":
        return "solution"
    if (ending := name.rpartition(".")[2].lower()) in _BY_ENDING:
        return _BY_ENDING[ending]
    return _BY_FOLDER.get((folder.split("/")[0], ending), "other")


_BY_ENDING: Mapping[str, ResourceKind] = {"bpmn": "bpmn", "bpmn2": "bpmn", "dmn": "dmn", "form": "form", "docx": "docx"}
_BY_FOLDER: Mapping[tuple[str, str], ResourceKind] = {
    ("cards", "toml"): "card",
    ("texts", "toml"): "texts",
    ("directories", "csv"): "directory",
    ("scenarios", "toml"): "scenario",
}


@dataclass(frozen=True)
class DeployResult:
    """`deployment_id` is None when the bundle was refused; `unchanged` when this very bundle was the latest already."""

    deployment_id: int | None
    findings: tuple[Finding, ...] = ()
    unchanged: bool = False
    version: int | None = None

    @property
    def refused(self) -> bool:
        return has_errors(self.findings)
