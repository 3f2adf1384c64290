"""The engine's answers with the office's words: card numbers for subjects, names for accounts; for administrators only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import queries
from engine.actor import Actor
from engine.errors import NotAllowed, NotFound
from engine.past import Past, as_of
from engine.store.models import Deployment, Incident, Instance, Resource
from services.accounts.models import Account
from services.cards.find_card import card_id_in
from services.cards.models import Card, CardRevision


@dataclass(frozen=True)
class Subject:
    """The card a process is about."""

    ref: str
    number: str | None
    title: str


@dataclass(frozen=True)
class InstanceRow:
    """An instance in a list, with its card and the names of its open steps."""

    view: queries.InstanceView
    subject: Subject | None
    steps: tuple[str, ...]


@dataclass(frozen=True)
class InstancePage:
    """
    Everything an instance's page shows. `names` are those of every account mentioned; `pruned_at` is when its history
    outlived its time.
    """

    view: queries.InstanceView
    subject: Subject | None
    tasks: tuple[queries.TaskView, ...]
    waits: tuple[queries.WaitView, ...]
    incidents: tuple[queries.IncidentView, ...]
    history: tuple[queries.StepView, ...]
    elements: Mapping[str, queries.ElementState]
    names: Mapping[int, str]
    pruned_at: datetime | None


@dataclass(frozen=True)
class PastPage:
    """An instance as it was at `moment`, with the revision its card had then. None of the values is of today."""

    moment: datetime
    past: Past
    card_revision: int | None
    by: str | None


def may_operate(actor: Actor) -> bool:
    """Processes are for admins."""
    return "admin" in actor.roles


def instances(session: Session, actor: Actor, *, state: str, limit: int = 100) -> tuple[InstanceRow, ...]:
    """The newest instances in *state*; `incident` means running ones with an open incident."""
    admitted(actor)
    if state == "incident":
        found = [one for one in queries.instances(session, state="running", limit=1000) if one.open_incidents][:limit]
    else:
        found = queries.instances(session, state=state, limit=limit)
    about = subjects(session, (one.subject_ref for one in found))
    return tuple(
        InstanceRow(
            one,
            about.get(one.subject_ref or ""),
            tuple(task.element for task in queries.open_tasks(session, one.id)),
        )
        for one in found
    )


def instance_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many instances stand in each state, and how many have open incidents (`incident`)."""
    admitted(actor)
    counted = dict(session.execute(select(Instance.state, func.count()).group_by(Instance.state)).tuples().all())
    broken = select(func.count(func.distinct(Incident.instance_id))).where(Incident.state == "open")
    return counted | {"incident": session.scalar(broken) or 0}


def instance_page(session: Session, actor: Actor, ref: str) -> InstancePage:
    """One instance. Raises NotFound("instance-not-found")."""
    admitted(actor)
    view = queries.instance(session, ref)
    tasks = queries.open_tasks(session, view.id)
    history = queries.history(session, view.id)
    people = {task.assignee_id for task in tasks} | {step.by_id for step in history}
    return InstancePage(
        view=view,
        subject=subjects(session, [view.subject_ref]).get(view.subject_ref or ""),
        tasks=tuple(tasks),
        waits=tuple(queries.waits_of(session, view.id)),
        incidents=tuple(queries.incidents(session, instance_id=view.id)),
        history=tuple(history),
        elements=queries.element_states(session, view.id),
        names=names_of(session, people),
        pruned_at=queries.pruned_at(session, view.id),
    )


def instance_then(session: Session, actor: Actor, ref: str, moment: datetime) -> PastPage | None:
    """An instance as it was; None before its beginning and when that is not known any more. Raises NotFound."""
    admitted(actor)
    view = queries.instance(session, ref)
    return past_of(session, view.id, view.subject_ref, moment)


def past_of(session: Session, instance_id: int, subject_ref: str | None, moment: datetime) -> PastPage | None:
    """The same for whoever has been admitted already."""
    past = as_of(session, instance_id, moment)
    if past is None:
        return None
    revision = _card_revision(session, subject_ref, moment)
    by = names_of(session, [past.by_id]).get(past.by_id or 0)
    return PastPage(moment, past, past.subject_revision if revision is None else revision, by)


def _card_revision(session: Session, subject_ref: str | None, moment: datetime) -> int | None:
    """A card changes between steps too: its own saves know."""
    card_id = card_id_in(subject_ref) if subject_ref else None
    if card_id is None:
        return None
    saves = select(func.max(CardRevision.revision)).where(CardRevision.card_id == card_id, CardRevision.at <= moment)
    return session.scalar(saves)


def drawing(session: Session, actor: Actor, ref: str) -> bytes:
    """The drawn BPMN of an instance, as deployed. Raises NotFound("instance-not-found")."""
    admitted(actor)
    return queries.diagram(session, queries.instance(session, ref).id).xml


def incidents(session: Session, actor: Actor, *, state: str = "open") -> tuple[queries.IncidentView, ...]:
    """Incidents, newest first."""
    admitted(actor)
    return tuple(queries.incidents(session, state=state))


def open_incidents(session: Session) -> int:
    """How many incidents wait for an admin."""
    return session.scalar(select(func.count()).select_from(Incident).where(Incident.state == "open")) or 0


def deployments(session: Session, actor: Actor) -> tuple[queries.DeploymentView, ...]:
    """Deployed versions of every solution, newest first."""
    admitted(actor)
    return tuple(queries.deployments(session))


def running_on(session: Session, actor: Actor) -> dict[int, int]:
    """How many instances still run on each deployment."""
    admitted(actor)
    counted: dict[int, int] = {}
    for one in queries.definitions(session):
        counted[one.deployment_id] = counted.get(one.deployment_id, 0) + one.running
    return counted


def deployed_files(session: Session, actor: Actor, solution: str, version: int) -> dict[str, bytes]:
    """The files of a deployed version, byte for byte. Raises NotFound("deployment-not-found")."""
    admitted(actor)
    asked = (
        select(Resource.path, Resource.content)
        .join(Deployment, Deployment.id == Resource.deployment_id)
        .where(Deployment.solution == solution, Deployment.version == version)
        .order_by(Resource.path)
    )
    found = dict(session.execute(asked).tuples().all())
    if not found:
        raise NotFound("deployment-not-found", solution=solution)
    return found


def names_of(session: Session, accounts: Iterable[int | None]) -> dict[int, str]:
    """Names by account id, one statement."""
    ids = {account for account in accounts if account is not None}
    if not ids:
        return {}
    return dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).tuples().all())


def subjects(session: Session, refs: Iterable[str | None]) -> dict[str, Subject]:
    """The cards that subject references mean, one statement."""
    ids = {card_id: ref for ref in refs if ref and (card_id := card_id_in(ref)) is not None}
    if not ids:
        return {}
    rows = session.execute(select(Card.id, Card.ref, Card.number, Card.title).where(Card.id.in_(ids)))
    return {ids[row.id]: Subject(row.ref, row.number, row.title) for row in rows}


def admitted(actor: Actor) -> None:
    """Raise NotAllowed for others than admins."""
    if not may_operate(actor):
        raise NotAllowed("admin-only")
