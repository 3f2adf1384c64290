"""A notification about a card, with the parameters every text may use: {number} {title} {due} {link} {organisation}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from services.cards.models import Card
from services.notifications.tell import Notification

if TYPE_CHECKING:
    from services.office import Parts


def about_card(office: Parts, card: Card, kind: str, solution: str, *, once: str) -> Notification:
    """For an employee: the link leads to the card."""
    return Notification(
        kind=kind,
        solution=solution,
        once=once,
        params=_params(card) | {"link": f"{office.settings.base_url}/cards/{card.ref}"},
        subject_ref=f"card:{card.id}",
    )


def about_card_for_party(
    office: Parts, session: Session, card: Card, kind: str, solution: str, *, once: str
) -> Notification:
    """For the customer: the link leads to the portal where the card can be followed."""
    portal = office.shelf.solution(session, solution).manifest.portal
    link = f"{office.settings.base_url}/p/{portal.slug}/follow" if portal else office.settings.base_url
    return Notification(
        kind=kind, solution=solution, once=once, params=_params(card) | {"link": link}, subject_ref=f"card:{card.id}"
    )


def _params(card: Card) -> dict[str, Any]:
    return {
        "number": card.number or card.title,
        "title": card.title,
        "due": {"$moment": card.due_at.isoformat()} if card.due_at else "",
        "state": f"$card.{card.type}.state.{card.state}",
    }
