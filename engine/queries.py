"""Reading what the engine knows: frozen answers for pages, the API and the command line. Takes a reading session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from engine.errors import NotFound
from engine.jobs.incidents import OF_WORKERS
from engine.packing import unpacked
from engine.runtime.values import from_json
from engine.store.models import (
    DecisionDefinition,
    Definition,
    Deployment,
    ExternalTask,
    HistoryDecision,
    HistoryStep,
    HistoryTombstone,
    Incident,
    Instance,
    Job,
    Resource,
    Task,
    Variable,
    Wait,
)


@dataclass(frozen=True)
class InstanceView:
    """An instance in a list or at the head of its page."""

    id: int
    ref: str
    key: str
    name: str
    version: int
    solution: str
    deployment_id: int
    definition_id: int
    subject_ref: str | None
    business_key: str | None
    state: str
    revision: int
    open_incidents: int
    started_at: datetime
    started_by: int | None
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True)
class TaskView:
    """A task of an instance, open or not."""

    id: int
    ref: str
    element: str
    name: str
    kind: str
    state: str
    assignee_id: int | None
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    acting_for: int | None
    revision: int


@dataclass(frozen=True)
class ElementState:
    """What happened at a drawn element: tokens that were there, are there, and incidents open there."""

    done: int = 0
    now: int = 0
    incidents: int = 0


@dataclass(frozen=True)
class Diagram:
    """A drawing (the file as it was given) with the state of its elements by drawn id."""

    definition_key: str
    path: str
    xml: bytes
    elements: Mapping[str, ElementState] = field(default_factory=dict)


@dataclass(frozen=True)
class StepView:
    """A line of history. Lines of one transaction share their revision; its first line has `command` and `variables`."""

    revision: int
    token: str
    element: str
    what: str
    at: datetime
    by_id: int | None
    acting_for: int | None
    subject_revision: int | None
    command: str | None
    variables: tuple[tuple[str, str, Any], ...]


@dataclass(frozen=True)
class DecisionView:
    """A decision that was made: its graph's inputs, matched rules and outputs."""

    element: str
    decision: str
    at: datetime
    evaluation: Any


@dataclass(frozen=True)
class IncidentView:
    """An incident with the place it happened at; `retryable` when a job or an external task stands behind it."""

    id: int
    instance_id: int | None
    instance_ref: str | None
    subject_ref: str | None
    process: str | None
    job_id: int | None
    job_kind: str | None
    element: str | None
    code: str
    params: Mapping[str, Any]
    trace: str | None
    state: str
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None

    @property
    def retryable(self) -> bool:
        return self.state == "open" and (self.job_id is not None or self.code in OF_WORKERS)


@dataclass(frozen=True)
class WaitView:
    """What an instance sleeps on besides tasks."""

    element: str
    kind: str
    name: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class DeploymentView:
    """One version of a solution."""

    id: int
    solution: str
    version: int
    deployed_at: datetime
    deployed_by: int | None
    note: str
    digest: str


@dataclass(frozen=True)
class DefinitionView:
    """One version of a process; `running` counts instances that run on it."""

    id: int
    key: str
    name: str
    version: int
    version_tag: str | None
    solution: str
    deployment_id: int
    deployment_version: int
    executable: bool
    latest: bool
    suspended: bool
    path: str
    running: int


@dataclass(frozen=True)
class FileView:
    """A deployed file without its content."""

    id: int
    path: str
    kind: str
    sha256: str


def instance(session: Session, ref: str) -> InstanceView:
    """One instance by its public reference."""
    row = session.execute(_instances().where(Instance.ref == ref)).one_or_none()
    if row is None:
        raise NotFound("instance-not-found", ref=ref)
    return InstanceView(*row)


def instances(
    session: Session,
    *,
    subject_ref: str | None = None,
    state: str | None = None,
    key: str | None = None,
    limit: int = 50,
) -> list[InstanceView]:
    """The newest instances first."""
    asked = _instances().order_by(Instance.id.desc()).limit(limit)
    if subject_ref is not None:
        asked = asked.where(Instance.subject_ref == subject_ref)
    if state is not None:
        asked = asked.where(Instance.state == state)
    if key is not None:
        asked = asked.where(Definition.key == key)
    return [InstanceView(*row) for row in session.execute(asked)]


def _instances() -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(
        Instance.id,
        Instance.ref,
        Definition.key,
        Definition.name,
        Definition.version,
        Deployment.solution,
        Definition.deployment_id,
        Definition.id,
        Instance.subject_ref,
        Instance.business_key,
        Instance.state,
        Instance.revision,
        Instance.open_incidents,
        Instance.started_at,
        Instance.started_by,
        Instance.ended_at,
        Instance.end_reason,
    )
    return asked.select_from(Instance).join(Definition, Instance.definition_id == Definition.id).join(Deployment)


def tasks_of(session: Session, instance_id: int, *, state: str | None = None) -> list[TaskView]:
    """Tasks of an instance in the order they opened."""
    asked: Select[*tuple[Any, ...]] = select(
        Task.id,
        Task.ref,
        Task.element,
        Task.name,
        Task.kind,
        Task.state,
        Task.assignee_id,
        Task.due_at,
        Task.created_at,
        Task.ended_at,
        Task.ended_by,
        Task.acting_for,
        Task.revision,
    ).where(Task.instance_id == instance_id)
    if state is not None:
        asked = asked.where(Task.state == state)
    return [TaskView(*row) for row in session.execute(asked.order_by(Task.id))]


def open_tasks(session: Session, instance_id: int) -> list[TaskView]:
    """Tasks somebody still has to do."""
    return tasks_of(session, instance_id, state="open")


def waits_of(session: Session, instance_id: int) -> list[WaitView]:
    """Timers, messages, signals, conditions and outside workers an instance sleeps on."""
    asked = select(Wait.element, Wait.kind, Wait.name, Wait.due_at).where(Wait.instance_id == instance_id)
    outside = select(ExternalTask.element, ExternalTask.topic).where(ExternalTask.instance_id == instance_id)
    waits = [WaitView(*row) for row in session.execute(asked.order_by(Wait.id))]
    waits += [WaitView(element, "external", topic, None) for element, topic in session.execute(outside)]
    return waits


def variables_of(session: Session, instance_id: int, scope: str = "") -> dict[str, Any]:
    """Variables of a scope as values."""
    asked = select(Variable.name, Variable.value).where(Variable.instance_id == instance_id, Variable.scope == scope)
    return {name: from_json(value) for name, value in session.execute(asked.order_by(Variable.name))}


def diagram(session: Session, instance_id: int) -> Diagram:
    """The drawing an instance runs on, with where its tokens were and are."""
    asked = (
        select(Definition.key, Resource.path, Resource.content)
        .join(Instance, Instance.definition_id == Definition.id)
        .join(Resource, Definition.resource_id == Resource.id)
        .where(Instance.id == instance_id)
    )
    row = session.execute(asked).one_or_none()
    if row is None:
        raise NotFound("instance-not-found", instance=instance_id)
    return Diagram(row[0], row[1], row[2], element_states(session, instance_id))


def element_states(session: Session, instance_id: int) -> dict[str, ElementState]:
    """Where tokens were and are, and where incidents are open, by drawn element."""
    counted = select(HistoryStep.element, HistoryStep.what, func.count())
    counted = counted.where(HistoryStep.instance_id == instance_id, HistoryStep.element != "")
    found = session.execute(counted.group_by(HistoryStep.element, HistoryStep.what)).all()
    counts: dict[str, dict[str, int]] = {}
    for element, what, number in found or _packed_counts(session, instance_id):
        counts.setdefault(element, {})[what] = number
    broken = select(Incident.element, func.count()).where(Incident.instance_id == instance_id, Incident.state == "open")
    for broken_element, number in session.execute(broken.group_by(Incident.element)):
        counts.setdefault(broken_element or "", {})["incidents"] = number
    return {element: _state(seen) for element, seen in counts.items() if element}


def _packed_counts(session: Session, instance_id: int) -> list[tuple[str, str, int]]:
    seen = Counter((line.element, line.what) for line in unpacked(session, instance_id) if line.element)
    return [(element, what, number) for (element, what), number in seen.items()]


def _state(seen: Mapping[str, int]) -> ElementState:
    done = seen.get("left", 0) + seen.get("fired", 0)
    now = seen.get("entered", 0) - done - seen.get("cancelled", 0)
    return ElementState(done, max(0, now), seen.get("incidents", 0))


def history(session: Session, instance_id: int, *, limit: int = 1000) -> list[StepView]:
    """What happened, newest transaction first, lines of a transaction in their order."""
    asked = select(HistoryStep).where(HistoryStep.instance_id == instance_id)
    asked = asked.order_by(HistoryStep.revision.desc(), HistoryStep.seq).limit(limit)
    found = list(session.scalars(asked))
    if not found:
        found = sorted(unpacked(session, instance_id), key=lambda line: (-line.revision, line.seq))[:limit]
    return [_step(line) for line in found]


def pruned_at(session: Session, instance_id: int) -> datetime | None:
    """When the history of an instance outlived its time to live; None while it is there."""
    return session.scalar(select(HistoryTombstone.at).where(HistoryTombstone.instance_id == instance_id))


def _step(line: HistoryStep) -> StepView:
    details = line.details or {}
    written = tuple(
        (scope, name, None if text is None else from_json(text)) for scope, name, text in details.get("variables", [])
    )
    return StepView(
        line.revision,
        line.token,
        line.element,
        line.what,
        line.at,
        line.by_id,
        line.acting_for,
        line.subject_revision,
        details.get("command"),
        written,
    )


def decisions_of(session: Session, instance_id: int) -> list[DecisionView]:
    """Decisions made in an instance, oldest first."""
    asked = select(HistoryDecision).where(HistoryDecision.instance_id == instance_id).order_by(HistoryDecision.id)
    return [DecisionView(made.element, made.decision, made.at, made.evaluation) for made in session.scalars(asked)]


def incidents(
    session: Session, *, state: str | None = "open", instance_id: int | None = None, limit: int = 100
) -> list[IncidentView]:
    """The newest incidents first; `state=None` gives all."""
    asked = _incidents().order_by(Incident.id.desc()).limit(limit)
    if state is not None:
        asked = asked.where(Incident.state == state)
    if instance_id is not None:
        asked = asked.where(Incident.instance_id == instance_id)
    return [IncidentView(*row) for row in session.execute(asked)]


def incident(session: Session, incident_id: int) -> IncidentView:
    """One incident."""
    row = session.execute(_incidents().where(Incident.id == incident_id)).one_or_none()
    if row is None:
        raise NotFound("incident-not-found", incident=incident_id)
    return IncidentView(*row)


def _incidents() -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(
        Incident.id,
        Incident.instance_id,
        Instance.ref,
        Instance.subject_ref,
        Definition.key,
        Incident.job_id,
        Job.kind,
        Incident.element,
        Incident.code,
        Incident.params,
        Incident.trace,
        Incident.state,
        Incident.created_at,
        Incident.ended_at,
        Incident.ended_by,
    )
    return (
        asked.select_from(Incident)
        .join(Instance, Incident.instance_id == Instance.id, isouter=True)
        .join(Definition, Instance.definition_id == Definition.id, isouter=True)
        .join(Job, Incident.job_id == Job.id, isouter=True)
    )


def deployments(session: Session, solution: str | None = None) -> list[DeploymentView]:
    """Deployments, the newest first; of one solution or of all."""
    asked = select(
        Deployment.id,
        Deployment.solution,
        Deployment.version,
        Deployment.deployed_at,
        Deployment.deployed_by,
        Deployment.note,
        Deployment.digest,
    ).order_by(Deployment.id.desc())
    if solution is not None:
        asked = asked.where(Deployment.solution == solution)
    return [DeploymentView(*row) for row in session.execute(asked)]


def definitions(
    session: Session, *, solution: str | None = None, deployment_id: int | None = None, only_latest: bool = False
) -> list[DefinitionView]:
    """Processes with the number of instances running on each, by key and newest version first."""
    running = (
        select(func.count())
        .where(Instance.definition_id == Definition.id, Instance.state.in_(("running", "suspended")))
        .correlate(Definition)
        .scalar_subquery()
    )
    asked: Select[*tuple[Any, ...]] = select(
        Definition.id,
        Definition.key,
        Definition.name,
        Definition.version,
        Definition.version_tag,
        Deployment.solution,
        Deployment.id,
        Deployment.version,
        Definition.executable,
        Definition.latest,
        Definition.suspended,
        Resource.path,
        running,
    )
    asked = asked.select_from(Definition).join(Deployment).join(Resource, Definition.resource_id == Resource.id)
    if solution is not None:
        asked = asked.where(Deployment.solution == solution)
    if deployment_id is not None:
        asked = asked.where(Deployment.id == deployment_id)
    if only_latest:
        asked = asked.where(Definition.latest)
    return [DefinitionView(*row) for row in session.execute(asked.order_by(Definition.key, Definition.version.desc()))]


def files(session: Session, deployment_id: int) -> list[FileView]:
    """Files of a deployment by path."""
    asked = select(Resource.id, Resource.path, Resource.kind, Resource.sha256)
    asked = asked.where(Resource.deployment_id == deployment_id).order_by(Resource.path)
    return [FileView(*row) for row in session.execute(asked)]


def file_content(session: Session, deployment_id: int, path: str) -> bytes:
    """A deployed file, byte for byte as it was given."""
    asked = select(Resource).where(Resource.deployment_id == deployment_id, Resource.path == path)
    found = session.scalars(asked.options(undefer(Resource.content))).one_or_none()
    if found is None:
        raise NotFound("file-not-deployed", deployment=deployment_id, path=path)
    return found.content


def decision_keys(session: Session, deployment_id: int) -> list[str]:
    """Decisions of a deployment."""
    asked = select(DecisionDefinition.key).where(DecisionDefinition.deployment_id == deployment_id)
    return list(session.scalars(asked.order_by(DecisionDefinition.key)))
