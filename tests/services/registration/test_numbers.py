"""Anna registers by the next number, by one she typed, by one she reserved; an annulled number stays used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from engine.actor import Actor
from engine.clock import ManualClock
from engine.deployment.bundle import Bundle
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.create_card import NewCard, create_card_in
from services.cards.link_cards import link_in
from services.cards.models import Card
from services.registration.models import RegisteredNumber
from services.registration.queries import Tally, gaps, journal_of, journals, numbers, reserved_by, tallies
from services.registration.release_number import release_number
from services.registration.reserve_number import reserve_number
from tests.services.letters import CARD, acting, letters, put_on_shelf, register, settle_cast

MASK = 'mask = "LT-{yyyy}/{seq:05}"'
ANNUL = """
[[transition]]
id = "annul"
from = ["registered"]
to = "received"
who = ["role:clerk"]
[[access]]
who = "role:clerk"
states = ["registered"]
may = ["register"]
"""
CLARA = {"name": "клара Соколова", "mail": "clara@example.org"}


def settle(office: Office, journal: str = MASK) -> None:
    bundle = letters()
    card = (CARD + ANNUL).replace(MASK, journal)
    put_on_shelf(office, Bundle("letters", {**bundle.files, "cards/letter.toml": card.encode()}))
    settle_cast(office)


def entered(office: Office, **values: Any) -> str:
    given = {"kind": "claim", "text": "Просрочено", "subject": "01.01.01", "sender": CLARA, "store": "101"} | values
    return office.database.run(
        lambda work: create_card_in(office, work, acting(office, "anna"), NewCard("letter", given)).ref
    )


def registered(office: Office, ref: str = "", **how: str) -> str:
    return register(office, acting(office, "anna"), ref or entered(office), 1, **how)


def annul(office: Office, actor: Actor, ref: str, revision: int, reason: str = "ошибка") -> str:
    return act_on_card(office, actor, ref, "annul", {}, revision, reason=reason)


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """What the refusal says beside which field."""
    with pytest.raises(Invalid) as error:
        act()
    return {key: code for key, (code, _) in error.value.fields.items()}


def tally(office: Office) -> Tally:
    with office.database.reading() as session:
        return tallies(session, journal_of(office, session, acting(office, "anna"), "letter"))[0]


def test_a_typed_number_is_kept_and_the_count_passes_over_it(office: Office) -> None:
    settle(office)
    assert registered(office, number="LT-2026/00002") == "LT-2026/00002"
    assert [registered(office), registered(office)] == ["LT-2026/00001", "LT-2026/00003"]
    assert registered(office, number="LT-2026/00002а") == "LT-2026/00002а"
    assert tally(office) == Tally("LT", "2026", 3, 0, 4, 0, 0, 0)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("LT-2026/00001", "number-taken"),
        ("LT-2026\u200f/7", "number-characters"),
        ("LT\x00", "number-characters"),
        ("—", "number-empty"),
        ("9" * 129, "number-long"),
    ],
)
def test_a_typed_number_that_cannot_stand_is_refused_beside_the_field(office: Office, typed: str, problem: str) -> None:
    settle(office)
    registered(office)
    ref = entered(office)
    assert refused(lambda: registered(office, ref, number=typed)) == {"number": problem}
    assert registered(office, ref) == "LT-2026/00002"


def test_a_journal_may_number_only_by_hand_or_only_by_itself(office: Office) -> None:
    settle(office, MASK + ", automatic = false")
    assert refused(lambda: registered(office)) == {"number": "number-needed"}
    assert registered(office, number="7-A") == "7-A"


def test_a_journal_that_numbers_by_itself_takes_none_typed(office: Office) -> None:
    settle(office, MASK + ", manual = false")
    assert refused(lambda: registered(office, number="7")) == {"number": "number-automatic"}


def test_the_mask_takes_parts_from_the_card(office: Office) -> None:
    mask = 'mask = "{initial}-{unit}/{seq}{suffix}", initial = "sender"'
    settle(office, mask)
    assert registered(office, suffix="/1а") == "К-101/1/1а"
    assert registered(office, entered(office, store="102")) == "К-102/1"
    assert registered(office) == "К-101/2"
    assert refused(lambda: registered(office, suffix="а б")) == {"suffix": "number-suffix"}


def test_an_answer_is_counted_within_the_document_it_answers(office: Office) -> None:
    settle(office, 'mask = "{lead}-{seq}"')
    first = entered(office)
    assert refused(lambda: registered(office, first)) == {"number": "number-no-lead"}

    def given(work: Any) -> None:
        work.session.execute(update(Card).where(Card.ref == first).values(number="IN-9"))
        answers = [work.session.scalars(select(Card.id).where(Card.ref == ref)).one() for ref in (second, third, first)]
        for id in answers[:2]:
            link_in(work, id, answers[2], "answer_to", office.clock.now())

    second, third = entered(office), entered(office)
    office.database.run(given)
    assert [registered(office, second), registered(office, third)] == ["IN-9-1", "IN-9-2"]


def test_a_number_is_reserved_used_and_released(office: Office, clock: ManualClock) -> None:
    settle(office)
    anna = acting(office, "anna")
    kept = reserve_number(office, anna, "letter", reason="Письмо из министерства", until=date(2026, 11, 25))
    spare = reserve_number(office, anna, "letter", reason="На всякий случай")
    assert (kept, spare, registered(office)) == ("LT-2026/00001", "LT-2026/00002", "LT-2026/00003")
    assert registered(office, number=kept) == kept
    with office.database.reading() as session:
        journal = journal_of(office, session, anna, "letter")
        assert reserved_by(session, anna, journal) == [spare]
        row = numbers(session, anna, journal, state="reserved").rows[0]
    for _ in range(2):
        release_number(office, anna, "letter", row.id, reason="Не пришло")
    assert tally(office) == Tally("LT", "2026", 3, 0, 2, 0, 1, 0)
    assert registered(office, number=spare) == spare, "a released number may still be typed"
    with pytest.raises(Conflict, match="number-not-reserved"):
        release_number(office, anna, "letter", row.id, reason="Ещё раз")


def test_a_reservation_is_somebodys_until_its_day(office: Office, clock: ManualClock) -> None:
    settle(office)
    acting_boris = acting(office, "greta")
    with pytest.raises(NotFound):
        reserve_number(office, acting_boris, "letter", reason="Чужой журнал")
    number = reserve_number(office, acting(office, "anna"), "letter", reason="Жду", until=date(2026, 11, 23))
    with office.database.unit_of_work() as work:
        work.session.execute(update(RegisteredNumber).values(given_by=999))
    ref = entered(office)
    assert refused(lambda: registered(office, ref, number=number)) == {"number": "number-reserved"}
    clock.move(timedelta(days=3))
    assert registered(office, ref, number=number) == number


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"reason": " "}, {"reason": "reason-needed"}),
        ({"reason": "x" * 501}, {"reason": "reason-needed"}),
        ({"reason": "x", "until": date(2026, 11, 1)}, {"until": "day-past"}),
    ],
)
def test_a_reservation_says_why_and_until_when(office: Office, how: Any, problem: dict[str, str]) -> None:
    settle(office)
    assert refused(lambda: reserve_number(office, acting(office, "anna"), "letter", **how)) == problem


def test_an_annulled_number_stays_used_and_says_why(office: Office) -> None:
    settle(office)
    ref = entered(office)
    registered(office, ref)
    anna = acting(office, "anna", "annul-once")
    for _ in range(2):  # harmless twice
        assert annul(office, anna, ref, 2, reason="Зарегистрировано дважды") == "received"
    assert refused(lambda: register(office, acting(office, "anna"), ref, 3, number="LT-2026/00001")) == {
        "number": "number-annulled"
    }
    assert register(office, acting(office, "anna"), ref, 3) == "LT-2026/00002"
    with office.database.reading() as session:
        rows = numbers(session, anna, journal_of(office, session, anna, "letter")).rows
    assert [(row.number, row.state, row.reason) for row in rows] == [
        ("LT-2026/00002", "given", ""),
        ("LT-2026/00001", "annulled", "Зарегистрировано дважды"),
    ]


def test_only_a_registrar_annuls_and_a_stranger_sees_nothing(office: Office) -> None:
    settle(office)
    ref = entered(office)
    registered(office, ref)
    with pytest.raises(NotAllowed, match="card-move"):
        annul(office, acting(office, "eva"), ref, 2)
    with pytest.raises(NotFound):
        annul(office, acting(office, "dmitri"), ref, 2)
    with pytest.raises(Conflict, match="card-changed"):
        annul(office, acting(office, "anna"), ref, 1)
    with office.database.reading() as session:
        assert journals(office, session, acting(office, "dmitri")) == []
        assert [one.keeps for one in journals(office, session, acting(office, "anna"))] == [True]


def test_the_journal_hides_cards_its_reader_may_not_see(office: Office) -> None:
    settle(office)
    ref = entered(office)
    registered(office, ref)
    anna = acting(office, "anna")
    with office.database.reading() as session:
        seen = numbers(session, anna, journal_of(office, session, anna, "letter")).rows[0]
        stranger = numbers(session, acting(office, "dmitri"), journal_of(office, session, anna, "letter")).rows[0]
    assert (seen.card, seen.title) == (ref, "LT-2026/00001 · Претензия")
    assert (stranger.card, stranger.title) == (None, "")


def test_a_gap_is_listed_whoever_made_it(office: Office) -> None:
    settle(office)
    for _ in range(5):
        registered(office)
    with office.database.unit_of_work() as work:
        work.session.execute(delete(RegisteredNumber).where(RegisteredNumber.seq.in_([2, 3, 5])))
    with office.database.reading() as session:
        assert gaps(session, "LT", "2026") == [(2, 3), (5, 5)]
    assert tally(office).missing == 3


def test_clerks_typing_the_same_number_at_once_get_it_once(office: Office) -> None:
    settle(office)
    refs, given, problems = [entered(office) for _ in range(6)], [], []

    def register(ref: str) -> None:
        try:
            given.append(registered(office, ref, number="LT-2026/00009"))
        except Invalid as error:
            problems.append(error.fields["number"][0])

    threads = [threading.Thread(target=register, args=(ref,)) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (given, problems) == (["LT-2026/00009"], ["number-taken"] * 5)


def test_whatever_is_done_no_number_is_lost_or_given_twice(office: Office) -> None:
    """Stateful: registering by count and by hand, reserving, releasing, annulling in any order."""
    settle(office)
    anna = acting(office, "anna")

    class Registrar(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.given: dict[str, str] = {}

        def _register(self, **how: str) -> None:
            try:
                ref = entered(office)
                self.given[registered(office, ref, **how)] = ref
            except Invalid as error:
                assert error.fields["number"][0] in {"number-taken", "number-annulled"}

        @rule()
        def next(self) -> None:
            self._register()

        @rule(seq=st.integers(1, 40))
        def typed(self, seq: int) -> None:
            self._register(number=f"LT-2026/{seq:05}")

        @rule()
        def reserve(self) -> None:
            reserve_number(office, anna, "letter", reason="проверка")

        @rule(place=st.integers(0, 5))
        def release(self, place: int) -> None:
            with office.database.reading() as session:
                kept = numbers(session, anna, journal_of(office, session, anna, "letter"), state="reserved").rows
            if kept:
                release_number(office, anna, "letter", kept[place % len(kept)].id, reason="не нужно")

        @rule()
        def annul(self) -> None:
            if self.given:
                _, ref = self.given.popitem()
                annul(office, anna, ref, 2)

        @invariant()
        def nothing_is_lost(self) -> None:
            with office.database.reading() as session:
                held = dict(session.execute(select(RegisteredNumber.number, Card.ref).join(Card).where(
                    RegisteredNumber.state == "given")).all())  # fmt: skip
                assert self.given.items() <= held.items()
                assert all(each.missing == 0 for each in tallies(session, journal_of(office, session, anna, "letter")))
                assert gaps(session, "LT", "2026") == []

    run_state_machine_as_test(
        Registrar,
        settings=settings(max_examples=6, stateful_step_count=12, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip


def test_what_a_transition_asks_is_filled_in_with_it(office: Office) -> None:
    settle(office)
    ref, anna = entered(office, kind=None), acting(office, "anna")
    assert refused(lambda: act_on_card(office, anna, ref, "register", {}, 1)) == {"kind": "required"}
    assert refused(lambda: act_on_card(office, anna, ref, "register", {"kind": "nonsense"}, 1)) == {
        "kind": "not-an-option"
    }
    assert act_on_card(office, anna, ref, "register", {"kind": "claim"}, 1, number="7/А") == "registered"
    with pytest.raises(NotFound):
        act_on_card(office, acting(office, "dmitri"), ref, "annul", {}, 3, reason="Чужой")
    with office.database.reading() as session:
        assert session.scalars(select(Card.number)).all() == ["7/А"]


def test_only_a_registrar_may_give_a_number_whoever_may_move_the_card(office: Office) -> None:
    bundle = letters()
    card = CARD.replace('who = ["role:clerk"]', 'who = ["role:clerk", "role:head"]', 1)
    put_on_shelf(office, Bundle("letters", {**bundle.files, "cards/letter.toml": card.encode()}))
    settle_cast(office)
    with pytest.raises(NotAllowed, match="card-register"):
        act_on_card(office, acting(office, "greta"), entered(office), "register", {}, 1)
