"""A signer signs or refuses: part of completing the signature's task, in its unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.set_password import password_fits
from services.approval.rules import decision_of
from services.signing.models import Signature
from services.signing.rules import signed_words
from services.signing.subject import subject_digest

if TYPE_CHECKING:
    from services.office import Parts

PURPOSE = "signature"


def is_signing(outcome: str) -> bool:
    """Whether the pressed button signs; any of the refusing ones does not."""
    return outcome == "sign" or (outcome != "refuse" and decision_of(outcome) != "refused")


def check_signer(office: Parts, actor: Actor, password: str) -> None:
    """
    Make sure the acting person is there: the password again. Slow, before the unit of work.

    Raises Invalid beside `password`; the failure is counted in the audit.
    """
    if password_fits(office, actor, password):
        return
    with office.database.unit_of_work() as work:
        record(work.session, actor, "signature.password-wrong", f"account:{actor.account_id}", office.clock.now())
    raise Invalid("form-refused", {"password": ("password-wrong", {})})


def sign(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    now: datetime,
    *,
    card_id: int,
    account_id: int,
    task_id: int,
    outcome: str,
    remark: str,
    text: Any,
) -> Signature:
    """Write the signature (or the refusal, which needs a remark) of *account_id* under the card as it stands now."""
    decision = "signed" if is_signing(outcome) else "refused"
    if decision == "refused" and not remark.strip():
        raise Invalid("form-refused", {"remark": ("remark-required", {})})
    digest = subject_digest(work.session, card_id, text, now)
    made = Signature(
        card_id=card_id,
        task_id=task_id,
        account_id=account_id,
        signed_by=actor.account_id if actor.account_id != account_id else None,
        decision=decision,
        remark=remark.strip(),
        subject_digest=digest,
        mac=office.secrets.mac(PURPOSE, signed_words(account_id, decision, digest, now)),
        at=now,
    )
    work.session.add(made)
    return made
