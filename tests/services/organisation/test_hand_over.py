"""Anna leaves, Boris and Clara take over: nothing is left with her, nothing is lost, twice is once."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, insert, select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed
from engine.jobs.running import drain
from engine.store.models import Audit, Incident, Instance, Task, TaskCandidate
from services.accounts.actors import INSTALLER, actor_for, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.accounts.memberships import set_active, substitute
from services.accounts.models import Account, Membership, Principal, Substitution
from services.accounts.principals import principal_id
from services.accounts.sign_in import sign_in
from services.bootstrap import Office
from services.cards.models import Card, CardRevision
from services.directories.models import DirectoryItem
from services.organisation.hand_over import Plan, hand_over, progress
from services.organisation.in_hand import in_hand
from services.organisation.models import HandOver, Unit
from tests.services.inbox.road import PASSWORD, Road

DAY = date(2026, 11, 22)


def admin(office: Office) -> Actor:
    with office.database.reading() as session:
        return actor_of(office, session, "admin")


def counts(office: Office, login: str) -> dict[str, int]:
    with office.database.reading() as session:
        return {one.kind: one.count for one in in_hand(office, session, INSTALLER, login, "ru").in_hand}


def assigned(road: Road, number: int = 1) -> None:
    """A request registered and given to the executor."""
    road.file(request_id=f"r{number}")
    road.does(
        "clerk",
        "register",
        "register",
        card__kind="claim",
        card__subject="01.01.01.01.01",
        card__demand="refund",
        card__channel="portal",
        card__importance="normal",
    )
    road.does("manager", "assign", "accept", card__executor="executor")


def laden(road: Road) -> None:
    """The executor with a task, a card, a substitution each way, an item to answer for and a unit to head."""
    assigned(road)
    office = road.office
    substitute(office, admin(office), "executor", "lawyer", DAY, None)
    substitute(office, admin(office), "quality", "executor", DAY, DAY + timedelta(days=9))

    def act(work):
        work.session.scalar(select(DirectoryItem).where(DirectoryItem.code == "01.01")).custodian = "user:executor"
        executor = work.session.scalar(select(Account.id).filter_by(login="executor"))
        work.session.scalar(select(Unit).filter_by(code="contact")).head_id = executor

    office.database.run(act)


def test_a_leaver_hands_everything_over_in_one_act(road: Road) -> None:
    laden(road)
    office = road.office
    token = sign_in(office, "executor", PASSWORD).token
    assert counts(office, "executor") == {"tasks": 1, "cards": 1, "substitutions": 2, "items": 1, "units": 1}

    done = hand_over(office, admin(office), "executor", Plan("executor2", kinds={"units": "manager"}), leaves=True)

    assert (done.total, sum(done.done.values()), done.ended) == (6, 6, True)
    assert counts(office, "executor") == dict.fromkeys(done.done, 0)
    assert counts(office, "executor2") == {"tasks": 1, "cards": 1, "substitutions": 1, "items": 1, "units": 0}
    with office.database.reading() as session:
        assert actor_for(office, session, token) is None
        taker = actor_of(office, session, "executor2")
        assert session.scalar(select(Card.executor_id)) == taker.account_id
        revision = session.scalars(select(CardRevision).order_by(CardRevision.revision.desc())).first()
        assert revision is not None and (revision.what, revision.by_name) == ("handed-over", admin(office).name)
        told = set(session.scalars(select(Audit.action).where(Audit.action.like("%handed-over"))))
        assert told == {
            "task.handed-over",
            "card.handed-over",
            "substitution.handed-over",
            "directory.item-handed-over",
            "unit.handed-over",
            "account.handed-over",
        }
        head = session.scalar(
            select(Account.login).join(Unit, Unit.head_id == Account.id).where(Unit.code == "contact")
        )
        assert head == "manager"
    again = hand_over(office, admin(office), "executor", Plan("executor2"), leaves=True)
    assert (again.total, again.ended) == (0, True)


def test_the_successor_finishes_what_was_begun(road: Road) -> None:
    laden(road)
    hand_over(road.office, admin(road.office), "executor", Plan("executor2"), leaves=True)
    assert len(road.inbox("executor2").rows) == 1
    road.prepares()  # whoever holds the task
    with road.office.database.reading() as session:
        done = session.scalar(select(Task).where(Task.element == "prepare"))
        assert done is not None and done.state == "completed"


def test_a_mover_hands_over_only_what_is_named(road: Road) -> None:
    laden(road)
    office = road.office
    hand_over(office, admin(office), "executor", Plan(kinds={"units": "manager"}), leaves=False)
    assert counts(office, "executor") == {"tasks": 1, "cards": 1, "substitutions": 2, "items": 1, "units": 0}
    with office.database.reading() as session:
        assert session.scalar(select(Account.active).filter_by(login="executor"))


def test_what_cannot_be_is_said_and_nothing_is_half_done(road: Road) -> None:
    laden(road)
    office = road.office
    before = counts(office, "executor")
    cases = [
        (Plan(), "tasks", "required"),
        (Plan("nobody"), "default", "no-such-person"),
        (Plan("executor"), "default", "successor-is-leaver"),
        (Plan("lawyer"), "cards", "person-not-in-group"),  # the card's executor must be of the executors
    ]
    for plan, where, code in cases:
        with pytest.raises(Invalid) as refused:
            hand_over(office, admin(office), "executor", plan, leaves=True)
        assert refused.value.fields[where][0] == code, plan
    assert counts(office, "executor") == before
    with office.database.reading() as session:
        assert session.scalar(select(Account.active).filter_by(login="executor"))
        clerk = actor_of(office, session, "clerk")
        assert session.scalar(select(HandOver.id)) is None
    with pytest.raises(NotAllowed):
        hand_over(office, clerk, "executor", Plan("executor2"), leaves=True)
    with pytest.raises(Invalid):
        hand_over(office, admin(office), "admin", Plan("manager"), leaves=True)


def test_a_repeated_request_hands_over_once_and_a_large_one_goes_on_by_itself(road: Road) -> None:
    laden(road)
    office = road.office
    asked = replace(admin(office), request_id="leaving-1")
    first = hand_over(office, asked, "executor", Plan("executor2"), leaves=True, batch=2)
    second = hand_over(office, asked, "executor", Plan("executor2"), leaves=True, batch=2)
    assert first == second
    assert (sum(first.done.values()), first.ended) == (2, False)
    drain(office.engine)
    with office.database.reading() as session:
        now = progress(session, first.ref)
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
    assert (now.ended, sum(now.done.values())) == (True, 6)
    assert not any(counts(office, "executor").values())


PEOPLE = ("p0", "p1", "p2", "p3")


def hand_over_machine(road: Road) -> type[RuleBasedStateMachine]:
    """Random people get random things, leave and move, in batches of one to three, with the jobs sooner or later."""
    office = road.office
    person = st.sampled_from(PEOPLE)

    class HandingOver(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.made = dict.fromkeys(("tasks", "cards", "items", "units"), 0)
            office.database.run(_sweep)

        @precondition(lambda self: sum(self.made.values()) < 12)
        @rule(kind=st.sampled_from(("tasks", "cards", "items", "units")), who=person)
        def give(self, kind: str, who: str) -> None:
            if office.database.run(lambda work: _give(work, kind, who, self.made[kind])):
                self.made[kind] += 1

        @rule(absent=person, deputy=person)
        def stand_in(self, absent: str, deputy: str) -> None:
            with contextlib.suppress(Invalid):
                substitute(office, INSTALLER, absent, deputy, DAY, None)

        @rule(who=person, to=person, third=person, leaves=st.booleans(), batch=st.integers(1, 3))
        def go(self, who: str, to: str, third: str, leaves: bool, batch: int) -> None:
            plan = Plan(to, kinds={"tasks": third})
            with contextlib.suppress(Invalid):
                hand_over(office, INSTALLER, who, plan, leaves=leaves, batch=batch)
                drain(office.engine)
                if leaves:
                    assert not any(counts(office, who).values()), "something is left with the leaver"

        @rule(who=person)
        def come_back(self, who: str) -> None:
            set_active(office, INSTALLER, who, True)

        @rule()
        def work(self) -> None:
            drain(office.engine)

        @invariant()
        def nothing_is_lost(self) -> None:
            with office.database.reading() as session:
                ids = list(session.scalars(select(Account.id).where(Account.login.in_(PEOPLE))))
                logins = [f"user:{one}" for one in PEOPLE]
                have = {
                    "tasks": select(func.count()).select_from(Task).where(Task.assignee_id.in_(ids)),
                    "cards": select(func.count()).select_from(Card).where(Card.executor_id.in_(ids)),
                    "items": select(func.count()).select_from(DirectoryItem).where(DirectoryItem.custodian.in_(logins)),
                    "units": select(func.count()).select_from(Unit).where(Unit.head_id.in_(ids)),
                }
                assert {kind: session.scalar(asked) for kind, asked in have.items()} == self.made
                assert session.scalar(select(func.count()).select_from(Incident)) == 0

    return HandingOver


def _sweep(work) -> None:
    """Everybody is in, nobody has anything."""
    session = work.session
    ids = list(session.scalars(select(Account.id).where(Account.login.in_(PEOPLE))))
    for task in session.scalars(select(Task).where(Task.assignee_id.in_(ids))):
        task.state = "cancelled"
        task.assignee_id = None
    for card in session.scalars(select(Card).where(Card.executor_id.in_(ids))):
        card.executor_id = None
        card.data = {key: value for key, value in card.data.items() if key != "executor"}
    for item in session.scalars(
        select(DirectoryItem).where(DirectoryItem.custodian.in_([f"user:{p}" for p in PEOPLE]))
    ):
        item.custodian = None
    for unit in session.scalars(select(Unit).where(Unit.head_id.in_(ids))):
        unit.head_id = None
    for row in session.scalars(select(Substitution).where(Substitution.ended_at.is_(None))):
        row.ended_at = row.ended_at or work.session.scalar(select(func.max(Audit.at)))
    for account in session.scalars(select(Account).where(Account.id.in_(ids))):
        account.active = True


def _give(work, kind: str, who: str, at: int) -> bool:
    session = work.session
    account = session.scalar(select(Account).where(Account.login == who, Account.active))
    if account is None:
        return False
    if kind == "tasks":
        like = session.scalar(select(Task).order_by(Task.id))
        columns = {
            c.name: getattr(like, c.name) for c in Task.__table__.columns if c.name not in ("id", "ref", "token")
        }
        fresh = {"state": "open", "assignee_id": account.id, "token": f"t{session.scalar(select(func.max(Task.id)))}"}
        id = session.scalar(insert(Task).values({**columns, **fresh, "ref": f"r{fresh['token']}"}).returning(Task.id))
        session.execute(insert(TaskCandidate).values(task_id=id, principal_id=principal_id(session, "user", who)))
        return True
    if kind == "cards":
        card = session.scalar(select(Card).where(Card.executor_id.is_(None)).order_by(Card.id))
        if card is None:
            return False
        card.executor_id, card.data = account.id, {**card.data, "executor": who}
        return True
    if kind == "items":
        item = session.scalar(select(DirectoryItem).where(DirectoryItem.custodian.is_(None)).offset(at))
        item.custodian = f"user:{who}"
        return True
    unit = session.scalar(select(Unit).where(Unit.head_id.is_(None)).order_by(Unit.id))
    unit.head_id = account.id
    return True


def test_whatever_happens_nothing_is_left_with_a_leaver_and_nothing_is_lost(road: Road) -> None:
    office = road.office
    for number in range(3):
        assigned(road, number)
    for login in PEOPLE:
        create_account(office, INSTALLER, NewAccount(login, login.title(), groups=("executor",)))

    def free(work) -> None:
        for card in work.session.scalars(select(Card)):
            card.executor_id = None
        assert work.session.scalar(select(Instance.id)) is not None
        assert work.session.scalar(select(Membership.account_id).join(Principal).limit(1)) is not None

    office.database.run(free)
    run_state_machine_as_test(
        hand_over_machine(road),
        settings=settings(
            max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
