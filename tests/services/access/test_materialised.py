"""After any changes of groups, units, states, executors and substitutions, what is materialised is what the rules say."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.actor import MACHINE
from engine.errors import ChanceryError
from services.access.models import CardAccess
from services.access.queries import standing, visible_cards
from services.access.rewrite_access import access_of
from services.access.rules import SEE
from services.accounts.actors import INSTALLER
from services.accounts.memberships import end_substitution, move_to_unit, set_active, set_groups, substitute
from services.bootstrap import Office
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card
from services.cards.move_card import move_card_in
from services.cards.register_card import register_card_in
from tests.services.letters import acting, letters, put_on_shelf, settle_cast

PEOPLE = ("anna", "boris", "greta", "eva", "dmitri")
CHANGES = int(os.environ.get("CHANCERY_ACCESS_CHANGES", "300"))
RELATIONS = """
[[field]]
key = "controller"
type = "person"
[[field]]
key = "watching"
type = "unit"
many = true
[[access]]
who = "relation:field:controller"
may = ["see", "edit"]
fields = ["due"]
[[access]]
who = "relation:field:watching"
states = ["in_work"]
may = ["see"]
[[access]]
who = "relation:registrar"
may = ["see"]
[[access]]
who = "relation:author"
states = ["received"]
may = ["see"]
"""


def test_three_hundred_changes_leave_nothing_behind(office: Office) -> None:
    bundle = letters()
    card = bundle.files["cards/letter.toml"] + RELATIONS.encode()
    put_on_shelf(office, replace(bundle, files={**bundle.files, "cards/letter.toml": card}))
    settle_cast(office)
    dice = random.Random(11)
    sender = {"name": "Клара", "mail": "clara@example.org"}
    given = {"kind": "claim", "text": "x", "subject": "01.01.01", "sender": sender, "store": "101"}
    made = office.database.run(
        lambda work: [
            create_card_in(office, work, acting(office, "anna"), NewCard("letter", given)).id for _ in range(6)
        ]
    )
    substitutions: list[int] = []
    changed = 0
    for number in range(CHANGES):
        changed += _change(office, dice, made, substitutions)
        if number % 30 == 29:
            office.database.run(lambda work: _compare(office, work, made))
    assert changed > CHANGES / 2


def _change(office: Office, dice: random.Random, cards: list[int], substitutions: list[int]) -> int:
    who, card = dice.choice(PEOPLE), dice.choice(cards)

    def on_card(values: dict[str, Any]) -> None:
        office.database.run(lambda work: change_card_in(office, work, MACHINE, card, values))

    acts = {
        "groups": lambda: set_groups(
            office, INSTALLER, who, {one for one in ("clerk", "lawyer", "head") if dice.random() < 0.4}
        ),
        "unit": lambda: move_to_unit(office, INSTALLER, who, dice.choice(["101", "102", None])),
        "active": lambda: set_active(office, INSTALLER, who, dice.random() < 0.8),
        "stands in": lambda: substitutions.append(
            substitute(office, INSTALLER, who, dice.choice(PEOPLE), date(2026, 11, 1), None)
        ),
        "stands in no more": lambda: substitutions and end_substitution(office, INSTALLER, substitutions.pop()),
        "store": lambda: on_card({"store": dice.choice(["101", "102"])}),
        "executor": lambda: on_card({"executor": who, "due": "01.12.2026"}),
        "controller": lambda: on_card({"controller": dice.choice([who, None])}),
        "watching": lambda: on_card({"watching": dice.choice([["101"], ["101", "102"], None])}),
        "register": lambda: office.database.run(
            lambda work: register_card_in(office, work, acting(office, "anna"), card)
        ),
        "start": lambda: office.database.run(
            lambda work: move_card_in(office, work, MACHINE, card, "start", by_process=True)
        ),
    }
    with suppress(ChanceryError):  # a change the office refuses changes nothing
        acts[dice.choice(sorted(acts))]()
        return 1
    return 0


def _compare(office: Office, work: Any, cards: list[int]) -> None:
    for id in cards:
        card = work.session.get_one(Card, id)
        kept = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == id)
        assert dict(work.session.execute(kept).all()) == access_of(office, work, card)
        type = office.shelf.card_type(work.session, card.type)
        for login in PEOPLE:
            try:
                actor = acting(office, login)
            except ChanceryError:
                continue  # let out
            listed = work.session.scalar(select(Card.id).where(Card.id == id, visible_cards(actor)))
            assert bool(standing(work.session, actor, card, type).mask & SEE) == (listed is not None), (login, id)
