"""Who counts as whom, as it is kept for inboxes and rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from engine.findings import rule
from services.accounts.models import Account, AccountPrincipal
from services.accounts.principals import principals_of
from services.upkeep.checking import Found, Look, looks_for

PRINCIPALS = rule(
    "account-principals",
    "What the account counts as is not what its groups, unit and substitutions give: {more} too many, {less} missing.",
    "Change the person's groups or unit once: what it counts as is computed anew.",
)


@looks_for(PRINCIPALS)
def principals(look: Look) -> Iterator[Found]:
    for session, rows in look.pages(select(Account.id), Account.id):
        ids = {id for (id,) in rows}
        wanted = principals_of(session, ids)
        kept: dict[int, set[tuple[int, int]]] = defaultdict(set)
        asked = select(AccountPrincipal.account_id, AccountPrincipal.principal_id, AccountPrincipal.for_account_id)
        for account, principal, whose in session.execute(asked.where(AccountPrincipal.account_id.in_(ids))):
            kept[account].add((principal, whose))
        for id in sorted(ids):
            if kept[id] != wanted[id]:
                about = {"more": len(kept[id] - wanted[id]), "less": len(wanted[id] - kept[id])}
                yield Found(f"account:{id}", about)
