"""Whatever people press in whatever order, a letter stands where its life cycle says; everybody sees what rules give."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.access.rewrite_access import access_of
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.bin_card import bin_card
from services.cards.change_card import change_card
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import BinnedCard, Card, CardIndex, CardRevision
from services.cards.purge_card import purge_card
from services.cards.restore_card import restore_card
from tests.services.letters import acting, letters, put_on_shelf, settle_cast

PEOPLE = ("anna", "boris", "greta", "eva", "dmitri")
BUTTONS = ("register", "start", "close", "nonsense")
TARGETS = {"register": ("received", "registered", "anna"), "start": ("registered", "in_work", "greta")}
KEEPERS = {"received": {"anna", "greta"}}
"""Who may throw a letter away, by state; Greta may always."""
LETTER = {
    "kind": "claim",
    "text": "Просрочено",
    "subject": "01.01.01",
    "sender": {"name": "Клара", "mail": "clara@example.org"},
    "executor": "boris",
    "due": "2026-12-01",
    "store": "101",
}


def test_a_letter_goes_only_where_its_life_cycle_leads(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)
    people = {login: acting(office, login) for login in PEOPLE}

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            new = NewCard("letter", LETTER)
            self.ref = office.database.run(lambda work: create_card_in(office, work, people["anna"], new).ref)
            self.state, self.where, self.revision = "received", "lists", 1

        def _tried(self, act: Any) -> bool:
            try:
                act()
            except (NotFound, NotAllowed, Conflict, Invalid):
                return False
            return True

        @rule(who=st.sampled_from(PEOPLE), button=st.sampled_from(BUTTONS))
        def press(self, who: str, button: str) -> None:
            done = self._tried(lambda: act_on_card(office, people[who], self.ref, button, {}, self.revision))
            source, target, whose = TARGETS.get(button, ("", "", ""))
            assert done == (self.where == "lists" and self.state == source and who == whose), (who, button, self.state)
            if done:
                self.state, self.revision = target, self.revision + 1

        @rule(who=st.sampled_from(PEOPLE), sum=st.integers(0, 9), late=st.booleans())
        def change(self, who: str, sum: int, late: bool) -> None:
            seen = self.revision - late
            with office.database.reading() as session:
                before = session.scalars(select(Card.data).where(Card.ref == self.ref)).one().get("sum")
            done = self._tried(lambda: change_card(office, people[who], self.ref, {"sum": str(sum)}, seen))
            may = who == "anna" and self.state == "received" and self.where == "lists" and not late
            if may and str(sum) != str(before):
                assert done
                self.revision += 1
            elif not may and str(sum) != str(before):
                assert not done, (who, self.state, self.where, late)

        @rule(who=st.sampled_from(PEOPLE))
        def throw(self, who: str) -> None:
            done = self._tried(lambda: bin_card(office, people[who], self.ref, reason="проверка"))
            assert done == (self.where == "lists" and who in KEEPERS.get(self.state, {"greta"})), (who, self.state)
            if done:
                self.where, self.revision = "bin", self.revision + 1

        @precondition(lambda self: self.where == "bin")
        @rule(who=st.sampled_from(PEOPLE))
        def take_out(self, who: str) -> None:
            done = self._tried(lambda: restore_card(office, people[who], self.ref))
            assert done == (who in KEEPERS.get(self.state, {"greta"})), (who, self.state)
            if done:
                self.where, self.revision = "lists", self.revision + 1

        @precondition(lambda self: self.where == "bin" and self.revision > 5)
        @rule(who=st.sampled_from(("anna", "greta")))
        def destroy(self, who: str) -> None:
            done = self._tried(lambda: purge_card(office, people[who], self.ref, reason="проверка"))
            assert done == (who == "greta")
            if done:
                self.where, self.revision = "nowhere", self.revision + 1

        @invariant()
        def everything_says_the_same(self) -> None:
            with office.database.reading() as session:
                card = session.scalars(select(Card).where(Card.ref == self.ref)).one()
                last = session.get_one(CardRevision, (card.id, card.revision))
                indexed = session.get(CardIndex, card.id)
                asked = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == card.id)
                kept = dict(session.execute(asked).all())
                assert (card.state, card.revision, last.state) == (self.state, self.revision, self.state)
                assert last.data == card.data and (card.data == {}) == (self.where == "nowhere")
                assert (indexed is not None) == (self.where == "lists")
                assert (session.get(BinnedCard, card.id) is not None) == (self.where != "lists")
                assert kept == access_of(office, UnitOfWork(session), card)

    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=5, stateful_step_count=12, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
