"""Who is acting: the first argument of every use case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Via = Literal["web", "portal", "api", "mail", "cli", "job", "scenario"]


@dataclass(frozen=True)
class Actor:
    """
    One acting party. `account_id` is None for the machine (`via="job"`) and for a customer (`via="portal"`).

    `acting_for` is the account substituted at this moment; `principals` are the ids of every principal this actor
    counts as (computed when memberships change, never while asking), `request_id` makes a repeated request harmless.
    """

    account_id: int | None
    name: str
    via: Via
    principals: frozenset[int] = frozenset()
    acting_for: int | None = None
    request_id: str | None = None
    ip: str | None = None
    roles: frozenset[str] = frozenset()
    party_card_id: int | None = None


MACHINE = Actor(account_id=None, name="chancery", via="job")
