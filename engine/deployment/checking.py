"""Looking at a bundle: everything that is wrong with it at once, and its processes compiled. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn import CompiledDefinition, CompiledFile, Knowledge, OperationOffer, compile_file
from engine.bpmn.reader import Unreadable, read
from engine.deployment.bundle import Bundle
from engine.dmn import Model, check_model, read_model
from engine.errors import SolutionError
from engine.findings import Finding, has_errors, rule
from engine.operations import Operations
from engine.store.models import DecisionDefinition, Definition, Deployment

if TYPE_CHECKING:
    from engine import Engine

BAD_SLUG = rule(
    "bundle-slug",
    "The solution is called {slug}, which cannot be an address.",
    "Use lower-case Latin letters, digits, - and _, beginning with a letter, at most 64.",
)
BAD_PATH = rule(
    "bundle-path",
    "The path of this file cannot be kept: {path}.",
    "Use relative paths of at most 255 characters, without .. and without a leading slash.",
)
EMPTY = rule("bundle-empty", "The bundle has no files.", "Upload the files of a solution.")
TAKEN = rule(
    "key-of-another-solution",
    "The {what} {key} belongs to the solution {owner} already.",
    "Give it another id; a process or decision belongs to one solution.",
)
TWICE = rule(
    "key-twice",
    "The {what} {key} is drawn in {other} too.",
    "Give one of the two another id, or leave one of the files out.",
)
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Checked:
    """A bundle with what was found; `compiled` and `models` by path are empty where a file was refused."""

    bundle: Bundle
    findings: tuple[Finding, ...]
    compiled: dict[str, CompiledFile]
    models: dict[str, Model]

    @property
    def refused(self) -> bool:
        return has_errors(self.findings)

    @property
    def definitions(self) -> list[tuple[str, CompiledDefinition]]:
        """Path and process, in the order of paths."""
        return [(path, made) for path, file in sorted(self.compiled.items()) for made in file.definitions]

    @property
    def decisions(self) -> list[tuple[str, str, str]]:
        """Path, key and name of each decision."""
        return [
            (path, decision.id, decision.name)
            for path, model in sorted(self.models.items())
            for decision in model.decisions
        ]


def check(engine: Engine, session: Session, bundle: Bundle, groups: Iterable[str] | None = None) -> Checked:
    """
    Compile every process and decision of the bundle in the light of all its files and of what is deployed.

    *groups* are the codes of candidate groups the solution declares; None leaves groups unchecked. Takes time: call it
    in a reading session, before the unit of work that deploys.
    """
    findings = list(_names(bundle))
    models = _models(bundle, findings, frozenset(engine.functions))
    knowledge = _knowledge(engine, session, bundle, models, groups)
    compiled = {path: compile_file(source, path, knowledge) for path, source in bundle.of_kind("bpmn")}
    findings += [found for file in compiled.values() for found in file.findings]
    findings += [found for checker in engine.checkers for found in checker(bundle)]
    checked = Checked(bundle, (), compiled, models)
    findings += _owners(session, checked)
    return Checked(bundle, tuple(findings), compiled, models)


def _names(bundle: Bundle) -> Iterable[Finding]:
    if not _SLUG.fullmatch(bundle.solution):
        yield Finding(BAD_SLUG, params={"slug": bundle.solution})
    if not bundle.files:
        yield Finding(EMPTY)
    for path in bundle.files:
        if path.startswith("/") or ".." in path.split("/") or not path or len(path) > 255 or "\\" in path:
            yield Finding(BAD_PATH, path, params={"path": path})


def _models(bundle: Bundle, findings: list[Finding], functions: frozenset[str]) -> dict[str, Model]:
    models = {}
    for path, source in bundle.of_kind("dmn"):
        try:
            models[path] = model = read_model(source, path)
        except SolutionError as refused:
            findings.extend(refused.findings)
        else:
            findings.extend(check_model(model, functions))
    return models


def _knowledge(
    engine: Engine, session: Session, bundle: Bundle, models: dict[str, Model], groups: Iterable[str] | None
) -> Knowledge:
    decisions = {decision.id for model in models.values() for decision in model.decisions}
    all_read = len(models) == sum(1 for _ in bundle.of_kind("dmn"))
    processes = {key for path, source in bundle.of_kind("bpmn") for key in _process_ids(source, path)}
    return Knowledge(
        operations=offers(engine.operations),
        forms=frozenset(_form_keys(bundle)),
        decisions=frozenset(decisions.union(session.scalars(select(DecisionDefinition.key).distinct())))
        if all_read
        else None,
        processes=frozenset(processes.union(session.scalars(select(Definition.key).distinct()))),
        groups=None if groups is None else frozenset(groups),
        functions=frozenset(engine.functions),
        files=lambda name: _content_of(bundle, name),
    )


def _content_of(bundle: Bundle, name: str) -> bytes | None:
    """A file of the bundle by its path, or by its name alone."""
    for path, content in bundle.files.items():
        if name in (path, path.rpartition("/")[2]):
            return content
    return None


def offers(operations: Operations) -> dict[str, OperationOffer]:
    """The registered operations as a diagram sees them."""
    return {
        name: OperationOffer(
            tuple(each.name for each in operation.parameters),
            operation.effect,
            tuple(each.name for each in operation.parameters if each.required),
        )
        for name, operation in operations.by_name.items()
    }


def _process_ids(source: bytes, path: str) -> Iterable[str]:
    """Ids of the file's processes; an unreadable file has its finding from the compiler."""
    try:
        root = read(source, path)
    except Unreadable:
        return []
    return [process.get("id", "") for process in root.iterchildren("{*}process")]


def _form_keys(bundle: Bundle) -> Iterable[str]:
    """A form is named by its path or, as diagrams do, by its file name without ending."""
    for path, _ in bundle.of_kind("form"):
        yield path
        yield path.rpartition("/")[2].removesuffix(".form")


def _owners(session: Session, checked: Checked) -> Iterable[Finding]:
    """A key is drawn once, and belongs to one solution."""
    drawn = [("process", made.key, path) for path, made in checked.definitions]
    drawn += [("decision", key, path) for path, key, _ in checked.decisions]
    seen: dict[tuple[str, str], str] = {}
    for what, key, path in drawn:
        if (what, key) in seen:
            yield Finding(TWICE, path, key, params={"what": what, "key": key, "other": seen[what, key]})
        seen.setdefault((what, key), path)
        owner = _owner(session, what, key)
        if owner not in (None, checked.bundle.solution):
            yield Finding(TAKEN, path, key, params={"what": what, "key": key, "owner": owner})


def _owner(session: Session, what: str, key: str) -> str | None:
    table = Definition if what == "process" else DecisionDefinition
    asked = select(Deployment.solution).join(table, table.deployment_id == Deployment.id).where(table.key == key)
    return session.execute(asked.limit(1)).scalar_one_or_none()
