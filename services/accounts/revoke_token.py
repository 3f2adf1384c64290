"""An administrator takes a machine's key away; it opens nothing from this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import AccessToken
from services.accounts.rules import must_administer

if TYPE_CHECKING:
    from services.office import Parts


def revoke_token(office: Parts, actor: Actor, token_id: int) -> None:
    """Revoke the token; revoking twice changes nothing. Raises NotFound("token-not-found")."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        row = work.session.get(AccessToken, token_id)
        if row is None:
            raise NotFound("token-not-found", token=token_id)
        if row.revoked_at is None:
            row.revoked_at = office.clock.now()
            record(work.session, actor, "token.revoked", f"account:{row.account_id}", row.revoked_at, token=row.id)

    office.database.run(act)
