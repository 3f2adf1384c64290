"""The files of a deployment, byte for byte as they came; and the list of deployments for the admin's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.store.models import Deployment, Resource
from services.accounts.models import Account


@dataclass(frozen=True)
class DeploymentRow:
    """A version of a solution."""

    id: int
    solution: str
    version: int
    digest: str
    note: str
    at: datetime
    by: str
    latest: bool


def solution_files(session: Session, slug: str, version: int | None = None) -> dict[str, bytes]:
    """The files of a version (the latest for None) by path. Raises NotFound("solution-not-found")."""
    asked = select(Deployment.id).where(Deployment.solution == slug).order_by(Deployment.version.desc()).limit(1)
    found = session.scalar(asked if version is None else asked.where(Deployment.version == version))
    if found is None:
        raise NotFound("solution-not-found", slug=slug)
    files = select(Resource.path, Resource.content).where(Resource.deployment_id == found)
    return dict(session.execute(files).all())


def deployments(session: Session, slug: str | None = None) -> list[DeploymentRow]:
    """All deployments, the newest first."""
    asked = select(Deployment, Account.name).outerjoin(Account, Account.id == Deployment.deployed_by)
    if slug is not None:
        asked = asked.where(Deployment.solution == slug)
    rows = session.execute(asked.order_by(Deployment.id.desc())).all()
    newest: dict[str, int] = {}
    for row, _ in rows:
        newest[row.solution] = max(newest.get(row.solution, 0), row.version)
    return [
        DeploymentRow(
            id=row.id,
            solution=row.solution,
            version=row.version,
            digest=row.digest,
            note=row.note,
            at=row.deployed_at,
            by=name or "",
            latest=row.version == newest[row.solution],
        )
        for row, name in rows
    ]
