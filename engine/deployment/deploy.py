"""Deploy a bundle: a new version of everything in it; running instances stay on theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.bpmn import CompiledDefinition
from engine.deployment.bundle import Bundle, DeployResult, kind_of
from engine.deployment.checking import Checked, check
from engine.deployment.starts import start_wait
from engine.store import audit
from engine.store.models import DecisionDefinition, Definition, Deployment, Resource, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def deploy(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    bundle: Bundle,
    *,
    groups: Iterable[str] | None = None,
    checked: Checked | None = None,
    note: str = "",
) -> DeployResult:
    """
    Check the bundle (unless *checked* is what `check` said of it before the transaction) and store it whole, or nothing.

    The very bundle that is the solution's latest already is left alone (`unchanged`).
    """
    checked = checked or check(engine, work.session, bundle, groups)
    if checked.refused:
        return DeployResult(None, checked.findings)
    _one_at_a_time(engine, work.session)
    latest = _latest(work.session, bundle.solution)
    if latest is not None and latest.digest == bundle.digest:
        return DeployResult(latest.id, checked.findings, unchanged=True, version=latest.version)
    deployment = _store(engine, work.session, actor, bundle, latest, note)
    files = _resources(work.session, deployment)
    _forget_starts(work.session, bundle.solution)
    for path, made in checked.definitions:
        _define(engine, work.session, deployment, files[path], made)
    for path, key, name in checked.decisions:
        _decide(work.session, deployment, files[path], key, name)
    now = engine.clock.now()
    audit.record(
        work.session, actor, "solution.deploy", f"deployment:{deployment.id}", now, solution=bundle.solution,
        version=deployment.version,
    )  # fmt: skip
    work.session.flush()
    return DeployResult(deployment.id, checked.findings, version=deployment.version)


def _one_at_a_time(engine: Engine, session: Session) -> None:
    """SQLite's writer is alone anyway."""
    if not engine.database.is_sqlite:
        session.execute(text("SELECT pg_advisory_xact_lock(7212001)"))


def _latest(session: Session, solution: str) -> Deployment | None:
    newest = select(Deployment).where(Deployment.solution == solution).order_by(Deployment.version.desc())
    return session.scalars(newest.limit(1)).one_or_none()


def _store(
    engine: Engine, session: Session, actor: Actor, bundle: Bundle, latest: Deployment | None, note: str
) -> Deployment:
    deployment = Deployment(
        solution=bundle.solution,
        version=1 if latest is None else latest.version + 1,
        digest=bundle.digest,
        note=note,
        deployed_at=engine.clock.now(),
        deployed_by=actor.account_id,
    )
    session.add(deployment)
    session.flush()
    rows = [
        {
            "deployment_id": deployment.id,
            "path": path,
            "kind": kind_of(path),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content,
        }
        for path, content in sorted(bundle.files.items())
    ]
    session.execute(insert(Resource).execution_options(render_nulls=True), rows)
    return deployment


def _resources(session: Session, deployment: Deployment) -> dict[str, int]:
    asked = select(Resource.path, Resource.id).where(Resource.deployment_id == deployment.id)
    return {row.path: row.id for row in session.execute(asked)}


def _forget_starts(session: Session, solution: str) -> None:
    """Only the newest deployment of a solution starts by clock, message or signal."""
    older = select(Definition.id).join(Deployment).where(Deployment.solution == solution)
    starts = delete(Wait).where(Wait.definition_id.in_(older), Wait.instance_id.is_(None), Wait.kind != "correlation")
    session.execute(starts)


def _define(
    engine: Engine, session: Session, deployment: Deployment, resource_id: int, made: CompiledDefinition
) -> None:
    newest = session.scalar(select(func.max(Definition.version)).where(Definition.key == made.key)) or 0
    latest = made.executable or newest == 0
    if latest:
        session.execute(update(Definition).where(Definition.key == made.key, Definition.latest).values(latest=False))
    definition = Definition(
        deployment_id=deployment.id,
        resource_id=resource_id,
        key=made.key,
        version=newest + 1,
        version_tag=made.version_tag,
        time_to_live=(made.time_to_live or "").strip()[:32] or None,
        name=made.name,
        executable=made.executable,
        latest=latest,
        compiler_version=made.compiler_version,
        compiled=made.compiled,
        compiled_sha256=hashlib.sha256(made.compiled.encode()).hexdigest(),
        source_map=dict(made.source_map),
        uses=asdict(made.uses),
    )
    session.add(definition)
    session.flush()
    if made.executable:
        session.add_all(start_wait(engine, definition, start) for start in made.starts if start.kind != "none")
        _correlate(engine, session, definition, made)


def _correlate(engine: Engine, session: Session, definition: Definition, made: CompiledDefinition) -> None:
    """Where messages carry their keys, once for all versions: running instances still wait for them."""
    known = select(Wait.name, Wait.details).where(
        Wait.kind == "correlation", Wait.name.in_({name for name, _, _ in made.correlations})
    )
    told = {(row.name, row.details["property"], row.details["path"]) for row in session.execute(known)}
    session.add_all(
        Wait(
            definition_id=definition.id,
            element="",
            kind="correlation",
            name=name,
            details={"property": prop, "path": path},
            created_at=engine.clock.now(),
        )
        for name, prop, path in made.correlations
        if (name, prop, path) not in told
    )


def _decide(session: Session, deployment: Deployment, resource_id: int, key: str, name: str) -> None:
    newest = session.scalar(select(func.max(DecisionDefinition.version)).where(DecisionDefinition.key == key)) or 0
    session.execute(
        update(DecisionDefinition).where(DecisionDefinition.key == key, DecisionDefinition.latest).values(latest=False)
    )
    session.add(
        DecisionDefinition(
            deployment_id=deployment.id,
            resource_id=resource_id,
            key=key,
            version=newest + 1,
            name=name,
            latest=True,
        )
    )
