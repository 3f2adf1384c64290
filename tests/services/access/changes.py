"""Random changes of everything rights follow from, and the comparison of what is materialised with what the rules say."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.actor import MACHINE
from engine.errors import ChanceryError
from engine.jobs import drain
from services.access.models import CardAccess
from services.access.queries import standing, visible_cards
from services.access.rewrite_access import access_of
from services.access.rules import SEE
from services.accounts.actors import INSTALLER
from services.accounts.memberships import end_substitution, move_to_unit, set_active, set_groups, substitute
from services.accounts.models import Account, AccountPrincipal
from services.accounts.principals import principals_of
from services.bootstrap import Office
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card
from services.cards.move_card import move_card_in
from services.cards.register_card import register_card_in
from services.organisation.appoint import appoint
from services.organisation.change_unit import UnitFacts, change_unit
from services.organisation.units import add_unit_in, units
from tests.services.letters import acting, letters, put_on_shelf, settle_cast

PEOPLE = ("anna", "boris", "greta", "eva", "dmitri")
UNITS = ("101", "102", "north", "north-1", "south")
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
[[access]]
who = "relation:unit:lawyer"
may = ["see"]
sees = ["kind", "subject"]
[[access]]
who = "relation:head:unit"
states = ["registered", "in_work"]
may = ["see", "edit"]
fields = ["due"]
[[access]]
who = "relation:head:author"
may = ["see"]
[[access]]
who = "relation:head:executor"
states = ["in_work"]
may = ["see", "bin"]
"""


@dataclass
class Changing:
    """An office in which somebody changes something all the time; `done` counts the changes the office took, by kind."""

    office: Office
    dice: random.Random
    cards: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    _substitutions: list[int] = field(default_factory=list)

    def furnish(self, cards: int) -> Changing:
        """Letters with every relation there is, people, and a tree of units."""
        bundle = letters()
        card = bundle.files["cards/letter.toml"] + RELATIONS.encode()
        put_on_shelf(self.office, replace(bundle, files={**bundle.files, "cards/letter.toml": card}))
        settle_cast(self.office)
        sender = {"name": "Клара", "mail": "clara@example.org"}
        given = {"kind": "claim", "text": "x", "subject": "01.01.01", "sender": sender, "store": "101"}
        anna = acting(self.office, "anna")

        def act(work: Any) -> None:
            for code in UNITS[2:]:
                add_unit_in(self.office, work, INSTALLER, code, {"en": code})
            for _ in range(cards):
                self.cards.append(create_card_in(self.office, work, anna, NewCard("letter", given)).id)

        self.office.database.run(act)
        return self

    def change(self) -> None:
        """One change of a random kind; one the office refuses changes nothing."""
        acts = self._acts()
        kind = self.dice.choice(sorted(acts))
        with suppress(ChanceryError):
            acts[kind]()
            self.done[kind] = self.done.get(kind, 0) + 1

    def compare(self) -> None:
        """Once the jobs have followed, what is kept for every card and account is what the rules come to."""
        drain(self.office.engine)
        self.office.database.run(self._compare)

    def _acts(self) -> dict[str, Any]:
        office, dice = self.office, self.dice
        who, card, unit = dice.choice(PEOPLE), dice.choice(self.cards), dice.choice(UNITS)

        def on_card(values: dict[str, Any]) -> None:
            office.database.run(lambda work: change_card_in(office, work, MACHINE, card, values))

        def stand_in() -> None:
            self._substitutions.append(substitute(office, INSTALLER, who, dice.choice(PEOPLE), date(2026, 11, 1), None))

        def stand_in_no_more() -> None:
            if self._substitutions:
                end_substitution(office, INSTALLER, self._substitutions.pop(dice.randrange(len(self._substitutions))))

        def move_unit(parent: str | None) -> None:
            self._write_unit(unit, parent=parent)

        groups = {one for one in ("clerk", "lawyer", "head") if dice.random() < 0.4}
        return {
            "groups": lambda: set_groups(office, INSTALLER, who, groups),
            "person moves": lambda: move_to_unit(office, INSTALLER, who, dice.choice([*UNITS, None])),
            "second post": lambda: appoint(office, INSTALLER, who, unit, "x", date(2026, 11, 20), main=False),
            "unit moves": lambda: move_unit(dice.choice([*UNITS, None])),
            "head": lambda: self._write_unit(unit, head=dice.choice([*PEOPLE, None])),
            "active": lambda: set_active(office, INSTALLER, who, dice.random() < 0.8),
            "stands in": stand_in,
            "stands in no more": stand_in_no_more,
            "store": lambda: on_card({"store": unit}),
            "executor": lambda: on_card({"executor": who, "due": "01.12.2026"}),
            "controller": lambda: on_card({"controller": dice.choice([who, None])}),
            "watching": lambda: on_card({"watching": dice.choice([["101"], ["101", "north"], None])}),
            "register": lambda: office.database.run(
                lambda work: register_card_in(office, work, acting(office, "anna"), card)
            ),
            "start": lambda: office.database.run(
                lambda work: move_card_in(office, work, MACHINE, card, "start", by_process=True)
            ),
        }

    def _write_unit(self, code: str, **changes: str | None) -> None:
        with self.office.database.reading() as session:
            row = next(one for one in units(session) if one.code == code)
        facts = {"parent": row.parent, "head": row.head, **changes}
        change_unit(self.office, INSTALLER, code, UnitFacts(row.names, row.kind, **facts), row.revision)

    def _compare(self, work: Any) -> None:
        session = work.session
        for id in self.cards:
            card = session.get_one(Card, id)
            kept = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == id)
            assert dict(session.execute(kept).all()) == access_of(self.office, work, card), id
            type = self.office.shelf.card_type(session, card.type)
            for login in PEOPLE:
                try:
                    actor = acting(self.office, login)
                except ChanceryError:
                    continue  # let out
                listed = session.scalar(select(Card.id).where(Card.id == id, visible_cards(actor)))
                assert bool(standing(session, actor, card, type).mask & SEE) == (listed is not None), (login, id)
                self.compared += 1
        accounts = set(session.scalars(select(Account.id)))
        rows = session.execute(
            select(AccountPrincipal.account_id, AccountPrincipal.principal_id, AccountPrincipal.for_account_id)
        )
        kept_now: dict[int, set[tuple[int, int]]] = {account: set() for account in accounts}
        for account, principal, whose in rows:
            kept_now[account].add((principal, whose))
        assert kept_now == principals_of(session, accounts)
