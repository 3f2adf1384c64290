"""What was deployed, parsed and ready to run; once per process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.dmn import Model, read_model
from engine.dmn.model import DecisionElement, DecisionTable
from engine.runtime import Definition, load
from engine.store.models import Resource
from engine.store.repositories import compiled_text, solution_of

if TYPE_CHECKING:
    from engine import Engine


def loaded(engine: Engine, session: Session, definition_id: int) -> Definition:
    """The definition of a row, shared by all threads: its text never changes under its id."""

    def make() -> Definition:
        key, compiled = compiled_text(session, definition_id)
        return load(compiled, key, str(definition_id))

    made: Definition = engine.caches.definitions.get(str(definition_id), make)
    return made


def solution(engine: Engine, session: Session, deployment_id: int) -> str:
    """The solution a deployment belongs to."""
    found: str = engine.caches.solutions.get(str(deployment_id), lambda: solution_of(session, deployment_id))
    return found


def model_of(engine: Engine, session: Session, resource_id: int, path: str, sha256: str) -> Model:
    """The decisions of a deployed DMN file."""

    def make() -> Model:
        content = session.scalars(select(Resource.content).where(Resource.id == resource_id)).one()
        return read_model(content, path)

    made: Model = engine.caches.models.get(sha256, make)
    return made


def rows_of(model: Model, ref: str, value: Any) -> list[Mapping[str, Any]]:
    """
    A decision's value as result rows, each output by its name: none when no rule matched, several for the hit policies
    that give lists. What is no table is one row of one value, named as the decision's variable.
    """
    element = model.element(ref, DecisionElement)
    table = element.logic if isinstance(element.logic, DecisionTable) else None
    several = table is not None and table.hit_policy in _LISTS and table.aggregator is None
    if value is None:
        return []
    values = value if several and isinstance(value, list) else [value]
    single = table.outputs[0].name if table is not None and table.outputs else element.variable
    named = table is not None and len(table.outputs) > 1
    return [each if named and isinstance(each, Mapping) else {single or element.variable: each} for each in values]


_LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
