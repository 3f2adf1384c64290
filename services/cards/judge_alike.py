"""Somebody says of two cards that look alike whether one is a duplicate of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import Invalid
from services.cards.link_cards import DUPLICATE, NOT_DUPLICATE, Link, link_cards

if TYPE_CHECKING:
    from services.office import Parts

VERDICTS = {"duplicate": DUPLICATE, "different": NOT_DUPLICATE}


def judge_alike(office: Parts, actor: Actor, ref: str, other: str, verdict: str) -> None:
    """
    Keep the verdict on this card and another one as a link with who said so and when; both ends show it, and the two are no
    longer offered for comparison.

    Raises what linking raises, Invalid("link-refused") for another verdict.
    """
    if verdict not in VERDICTS:
        raise Invalid("link-refused", {"kind": ("link-kind", {})})
    link_cards(office, actor, ref, Link(other, VERDICTS[verdict]))
