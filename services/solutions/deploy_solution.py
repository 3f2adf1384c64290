"""A new version of a solution goes live: definitions, card types, roles and directories in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.deployment.bundle import Bundle, DeployResult
from engine.deployment.checking import Checked, check
from engine.deployment.deploy import deploy
from engine.findings import Finding
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Principal
from services.accounts.rules import must_administer
from services.solutions.changed_types import lost_values
from services.solutions.check import read_solution
from services.solutions.settle import settle_in

if TYPE_CHECKING:
    from services.office import Office


def check_solution(office: Office, bundle: Bundle) -> tuple[Finding, ...]:
    """Everything wrong with a bundle, from diagrams to texts, without deploying anything."""
    return _checked(office, bundle).findings


def deploy_solution(office: Office, actor: Actor, bundle: Bundle, *, note: str = "") -> DeployResult:
    """
    Deploy the bundle unless it has errors; the very bundle that is the latest already is left alone.

    Running instances stay on their version. Directories are seeded once: what is edited later is never overwritten.
    """
    must_administer(actor)
    checked = _checked(office, bundle)

    def act(work: UnitOfWork) -> DeployResult:
        result = deploy(office.engine, work, actor, bundle, checked=checked, note=note)
        if result.deployment_id is not None and not result.unchanged:
            settle_in(work, office.clock, bundle, result.deployment_id)
        return result

    return office.database.run(act)


def _checked(office: Office, bundle: Bundle) -> Checked:
    read = read_solution(bundle)
    groups = set(read.manifest.roles)
    with office.database.reading() as session:
        known = set(session.scalars(select(Principal.code).where(Principal.kind == "group")))
        checked = check(office.engine, session, bundle, groups | known)
        lost = tuple(lost_values(session, read.card_types.values()))
    return replace(checked, findings=(*checked.findings, *lost))
