"""The world of one execution: answers the kernel's questions inside the step's transaction."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, cast

from engine.actor import Actor
from engine.deployment.loading import loaded, model_of, rows_of
from engine.dmn import Decision
from engine.errors import NotFound, ScriptFailed
from engine.operations import Call, Operation, OperationFailed
from engine.runtime import (
    EXTERNAL,
    PENDING,
    BpmnError,
    DecisionCall,
    Definition,
    OperationCall,
    Pending,
)
from engine.store.models import Instance
from engine.store.repositories import decision_file, definition_in
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


@dataclass
class World:
    """The kernel's `Host` for one step of one instance; `decisions` collects what was decided, for history."""

    engine: Engine
    work: UnitOfWork
    actor: Actor
    instance: Instance
    solution: str
    deployment_id: int
    moment: datetime
    decisions: list[tuple[DecisionCall, Decision]] = field(default_factory=list)
    _roots: Mapping[str, Any] | None = None

    def now(self) -> datetime:
        return self.moment

    @property
    def zone(self) -> tzinfo:
        return self.engine.zone

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return self.engine.functions

    def context(self) -> Mapping[str, Any]:
        if self._roots is None:
            self._roots = self.engine.context.roots(self.work, self.actor, self.instance.subject_ref)
        return self._roots

    def definition(self, key: str, *, binding: str, version: str | None, caller: Definition) -> Definition:
        session = self.work.session
        if binding == "version":
            found = definition_in(session, key, version=version or "")
        elif binding == "versionTag":
            found = definition_in(session, key, tag=version or "")
        elif binding == "deployment":
            found = definition_in(session, key, deployment_id=self.deployment_id)
        else:
            found = definition_in(session, key)
        if found is None or not found.executable:
            raise NotFound("definition-not-found", key=key, binding=binding, version=version)
        return loaded(self.engine, session, found.id)

    def definition_by_ref(self, ref: str) -> Definition:
        return loaded(self.engine, self.work.session, int(ref))

    def call(self, call: OperationCall) -> Mapping[str, Any] | Pending:
        operation = self.engine.operations.by_name.get(call.operation)
        if operation is None:
            return EXTERNAL
        if operation.effect == "outside":
            return PENDING
        return self._run(operation, call)

    def _run(self, operation: Operation, call: OperationCall) -> Mapping[str, Any]:
        asked = Call(
            actor=self.actor,
            subject_ref=self.instance.subject_ref,
            solution=self.solution,
            deployment_id=self.deployment_id,
            instance_id=self.instance.id,
            element=call.element,
            token=call.token,
            inputs=call.inputs,
            once_key=once_key(self.instance.id, call.token),
            now=self.moment,
            work=self.work,
        )
        try:
            answer = operation.run(asked)
        except OperationFailed as failed:
            raise BpmnError(failed.code, failed.message, **failed.data) from failed
        self._roots = None  # the operation may have changed what expressions read
        return answer

    def run_script(self, format: str, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ScriptFailed("script-language", language=format)

    def decide(self, call: DecisionCall) -> list[Mapping[str, Any]]:
        found = self._decision_file(call)
        if found is None:
            raise ScriptFailed("decision-not-found", element=call.element, token=call.token, decision=call.ref)
        model = model_of(self.engine, self.work.session, found[0], found[1], found[2])
        names = ChainMap(cast(MutableMapping[str, Any], call.inputs), cast(MutableMapping[str, Any], self.context()))
        decided = model.decide(call.ref, names, now=self.moment, zone=self.zone, functions=self.functions)
        self.decisions.append((call, decided))
        return rows_of(model, call.ref, decided.value)

    def _decision_file(self, call: DecisionCall) -> Any:
        session = self.work.session
        if call.binding == "version":
            return decision_file(session, call.ref, version=call.version or "")
        own = decision_file(session, call.ref, deployment_id=self.deployment_id)
        return own or decision_file(session, call.ref)


def once_key(instance_id: int, token: str) -> str:
    """The same on every try of one call."""
    return f"call:{instance_id}:{token}"
