"""What was typed into a task's form and not sent: it survives a closed browser and an ended session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Draft
from services.fields import Manner
from services.inbox.task_sheet import task_sheet

if TYPE_CHECKING:
    from services.office import Parts

_MOST = 200_000
_NEVER_KEPT = frozenset({"password"})


def draft_key(ref: str) -> str:
    """The key of a task's draft among a person's drafts."""
    return f"task:{ref}"


def save_task_draft(office: Parts, actor: Actor, ref: str, values: Mapping[str, Any]) -> None:
    """
    Keep *values* as they were typed, unchecked (of the form's keys and the remark only).

    Raises NotFound for a task that is none of the actor's, Invalid("draft-too-large").
    """
    if len(str(values)) > _MOST:
        raise Invalid("draft-too-large", limit=_MOST)
    office.database.run(lambda work: _save(office, work, actor, ref, values))


def _save(office: Parts, work: UnitOfWork, actor: Actor, ref: str, values: Mapping[str, Any]) -> None:
    sheet = task_sheet(office, work.session, actor, ref, Manner())
    keys = {one.key for one in sheet.fields} | {"remark"}
    data = {key: value for key, value in values.items() if key in keys - _NEVER_KEPT}
    kept = Draft(account_id=actor.account_id, key=draft_key(ref), data=data, saved_at=office.clock.now())
    work.session.merge(kept)
