"""Who takes part in a card's tasks may see the card: its access rows follow each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.office import StepOutcome
from engine.store.unit_of_work import UnitOfWork
from services.access.rewrite_access import rewrite_access_in
from services.cards.find_card import card_id_in

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class FollowTasks:
    """A step listener."""

    office: Parts

    def after_step(self, work: UnitOfWork, actor: Actor, step: StepOutcome) -> None:
        card_id = card_id_in(step.instance.subject_ref)
        if card_id is not None and (step.opened or step.closed):
            rewrite_access_in(self.office, work, card_id)
