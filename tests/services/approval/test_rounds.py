"""Two rounds: Boris agrees, Vera refuses, the second round asks both again and keeps what was said in the first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.clock import ManualClock
from engine.errors import Conflict, Invalid
from services.approval.close_round import RoundEnd, close_round
from services.approval.models import Visa
from services.approval.open_round import open_round
from services.approval.queries import approval_sheet
from services.approval.record_visa import record_visa
from services.approval.rules import outcome_of
from services.bootstrap import Office
from tests.services.stage import a_card, acting, an_instance, cast


class Table:
    """The card on the table and whoever sits around it."""

    def __init__(self, office: Office, clock: ManualClock) -> None:
        self.office, self.clock = office, clock
        self.ids = cast(office)
        self.card = a_card(office)
        self.instance = an_instance(office, self.card)

    def open(self, *logins: str) -> int:
        approvers = [self.ids[login] for login in logins]
        return self.office.database.run(
            lambda work: (
                open_round(
                    work,
                    self.clock.now(),
                    card_id=self.card,
                    instance_id=self.instance,
                    approvers=approvers,
                    subject_digest="d",
                ).number
            )
        )

    def decides(self, login: str, outcome: str, remark: str = "", by: str | None = None) -> Visa:
        self.clock.move(timedelta(hours=1))
        actor = acting(self.office, by or login)
        return self.office.database.run(
            lambda work: record_visa(
                work,
                actor,
                self.clock.now(),
                card_id=self.card,
                account_id=self.ids[login],
                task_id=None,
                outcome=outcome,
                remark=remark,
            )
        )

    def close(self) -> RoundEnd | None:
        return self.office.database.run(lambda work: close_round(work, self.clock.now(), self.card))

    def sheet(self) -> list[tuple[int, str | None, list[tuple[str, str, str]]]]:
        with self.office.database.reading() as session:
            rounds = approval_sheet(session, self.card)
        return [(r.number, r.outcome, [(v.person, v.decision, v.remark) for v in r.visas]) for r in rounds]


@pytest.fixture
def table(office: Office, clock: ManualClock) -> Table:
    return Table(office, clock)


def test_two_rounds_and_the_remarks_of_both(table: Table) -> None:
    assert table.open("boris", "vera") == 1
    table.decides("boris", "agree")
    table.decides("vera", "refuse", "  Нет суммы ")
    assert table.close() == RoundEnd(1, agreed=False)
    assert table.open("boris", "vera") == 2
    table.decides("vera", "remarks", "Запятая")
    table.decides("boris", "agree")
    assert table.close() == RoundEnd(2, agreed=True)
    assert table.sheet() == [
        (2, "agreed", [("Борис", "agreed", ""), ("Вера", "remarks", "Запятая")]),
        (1, "refused", [("Борис", "agreed", ""), ("Вера", "refused", "Нет суммы")]),
    ]


@pytest.mark.parametrize("outcome", ["refuse", "remarks"])
def test_a_refusal_says_why(table: Table, outcome: str) -> None:
    table.open("boris")
    with pytest.raises(Invalid) as refused:
        table.decides("boris", outcome, "   ")
    assert refused.value.fields == {"remark": ("remark-required", {})}
    assert table.sheet() == [(1, None, [("Борис", "waiting", "")])]


def test_a_visa_is_given_once_and_only_in_an_open_round(table: Table) -> None:
    with pytest.raises(Conflict, match="approval-not-open"):
        table.decides("boris", "agree")
    table.open("boris", "vera")
    table.decides("boris", "agree")
    with pytest.raises(Conflict, match="visa-already-given"):
        table.decides("boris", "refuse", "передумал")


def test_a_deputy_is_named_beside_the_absent_one(table: Table) -> None:
    table.open("boris")
    table.decides("boris", "agree", by="anna")
    with table.office.database.reading() as session:
        (visa,) = approval_sheet(session, table.card)[0].visas
    assert (visa.person, visa.post, visa.decided_by) == ("Борис", "Юрист", "Анна")


def test_somebody_handed_the_task_later_is_added(table: Table) -> None:
    table.open("boris")
    table.decides("anna", "agree")
    assert table.sheet() == [(1, None, [("Борис", "waiting", ""), ("Анна", "agreed", "")])]


def test_whoever_was_not_asked_any_more_is_skipped(table: Table) -> None:
    table.open("boris", "vera", "boris")
    table.decides("vera", "refuse", "нет")
    table.close()
    assert table.sheet() == [(1, "refused", [("Борис", "skipped", ""), ("Вера", "refused", "нет")])]


def test_a_round_needs_somebody(table: Table) -> None:
    with pytest.raises(Invalid, match="approvers-required"):
        table.open()


def test_the_sheet_costs_the_same_however_long_it_is(table: Table) -> None:
    def statements() -> int:
        seen: list[str] = []
        with table.office.database.reading() as session:
            session.connection()
            event.listen(table.office.database.pool, "before_cursor_execute", lambda *a: seen.append(a[2]))
            approval_sheet(session, table.card)
        return len(seen)

    table.open("boris")
    table.decides("boris", "refuse", "нет")
    first = statements()
    for _ in range(5):
        table.open("boris", "vera")
        table.decides("vera", "refuse", "нет")
    assert statements() <= first * 2 + 1 <= 5  # listeners pile up: the second count sees each statement twice


@pytest.mark.parametrize(
    ("decisions", "outcome"),
    [
        (["agreed", "remarks"], "agreed"),
        (["agreed", "waiting"], None),
        (["waiting", "refused"], "refused"),
        ([], None),
        (["skipped"], None),
    ],
)
def test_what_a_round_comes_to(decisions: list[str], outcome: str | None) -> None:
    assert outcome_of(decisions) == outcome
