"""An admin changes policies; they are in force at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.rules import must_administer
from services.policies.models import Policy
from services.policies.queries import forget
from services.policies.rules import checked

if TYPE_CHECKING:
    from services.office import Parts


def change_policies(office: Parts, actor: Actor, values: Mapping[str, Any]) -> None:
    """Keep *values* by policy name; all or none. Raises Invalid naming every one that cannot be taken."""
    must_administer(actor)
    kept, wrong = {}, {}
    for name, value in values.items():
        try:
            kept[name] = checked(name, value)
        except Invalid as error:
            wrong.update(error.fields)
    if wrong:
        raise Invalid("policy-refused", wrong)
    office.database.run(lambda work: change_policies_in(office, work, actor, kept))


def change_policies_in(office: Parts, work: UnitOfWork, actor: Actor, kept: Mapping[str, Any]) -> None:
    """The same in an open unit of work, with values already checked."""
    now = office.clock.now()
    for name, value in kept.items():
        work.session.merge(Policy(name=name, value=value, changed_at=now, changed_by=actor.account_id))
    forget(work.session)
    record(work.session, actor, "policy.changed", "policies", now, names=sorted(kept))
