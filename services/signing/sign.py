"""A signer signs or refuses: part of completing the signature's task, in its unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed
from engine.store.unit_of_work import UnitOfWork
from services.accounts.check_password import check_password, forget_failures
from services.accounts.models import Account
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

    Raises Invalid beside `password`; failures are counted as at the door, so that guessing soon has to wait here too.
    """
    with office.database.reading() as session:
        login = session.scalar(select(Account.login).where(Account.id == actor.account_id)) or ""
    try:
        known = check_password(office, login, password, ip=actor.ip, via=actor.via, failed="signature.password-wrong")
    except NotAllowed as refused:
        problem = refused.code if refused.code == "sign-in-delayed" else "password-wrong"
        raise Invalid("form-refused", {"password": (problem, refused.params)}) from None
    if known.failures:
        office.database.run(lambda work: forget_failures(office, work, known.login))


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
