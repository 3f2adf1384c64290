"""The bank's desk: who sees which appeal, which of its fields and which of its three classes of files."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.jobs.running import drain
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.answer_group import answer_group
from services.cards.card_groups import group_page
from services.cards.change_card import change_card
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.group_cards import add_to_group, make_group, take_out_of_group
from services.cards.models import GroupAnswer
from services.cards.queries import CardPage, card_page
from services.cards.store_card import organisation_manner
from services.fields import Manner
from services.files.attach_file import attach_file, receive_file
from services.printing.print_card import print_card
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from tests.services.conftest import office  # noqa: F401 - a fixture
from tests.solutions.shelves import ROOT

CLIENT = {"name": "Clara", "mail": "clara@example.com"}
APPEAL: dict[str, Any] = {"kind": "fraud", "client": CLIENT, "text": "Not my payment.", "product": "1.1"}
TO_BLAME = [{"person": "bank_user", "part": "Did not compare the signature"}]


class Desk:
    """The bank with its people; an appeal of the northern branch is in work and has a file of each class."""

    def __init__(self, office: Office) -> None:  # noqa: F811
        self.office = office
        bundle = read_folder(ROOT, "desk")
        assert deploy_solution(office, INSTALLER, bundle).deployment_id
        load_demo(
            office, INSTALLER, bundle.files["demo/units.csv"], bundle.files["demo/accounts.csv"], "a demo password"
        )
        self.ref = create_card(
            office, self.who("bank_user"), NewCard("bank_appeal", APPEAL | {"branch": "bank_north"})
        ).ref
        asked = {"channel": "person", "client_kind": "person", "performer": "bank_performer", "due": "2026-12-07"}
        self.press("bank_registrar", "register", asked)
        for login, kind in (("bank_registrar", "common"), ("bank_registrar", "special"), ("bank_performer", "answer")):
            attach_file(office, self.who(login), self.ref, kind, receive_file(office, f"{kind}.txt", [b"Read me."]))
        page = self.page("bank_risk")
        change_card(office, self.who("bank_risk"), self.ref, {"responsible_persons": TO_BLAME}, page.revision)

    def who(self, login: str) -> Actor:
        with self.office.database.reading() as session:
            return actor_of(self.office, session, login)

    def manner(self) -> Manner:
        with self.office.database.reading() as session:
            return organisation_manner(self.office, session)

    def page(self, login: str) -> CardPage:
        with self.office.database.reading() as session:
            return card_page(self.office, session, self.who(login), self.ref, organisation_manner(self.office, session))

    def press(self, login: str, transition: str, values: dict[str, Any]) -> str:
        with self.office.database.reading() as session:
            revision = card_page(
                self.office, session, actor_of(self.office, session, login), self.ref, self.manner()
            ).revision
        return act_on_card(self.office, self.who(login), self.ref, transition, values, revision, manner=self.manner())


@pytest.fixture
def desk(office: Office) -> Desk:  # noqa: F811
    return Desk(office)


def test_the_manager_of_a_branch_sees_its_own_appeals_without_the_special_files(desk: Desk) -> None:
    north = desk.page("bank_north")
    assert north.number == "СКП-2026-000001" and not north.may_edit and north.actions == ()
    assert {group.id for group in north.files if group.files} == {"common", "answer"}
    with pytest.raises(NotFound):
        desk.page("bank_centre")


def test_staff_of_a_branch_do_not_see_what_only_its_manager_may(desk: Desk) -> None:
    teller = NewAccount("teller", "Teller", unit="bank_north_1", groups=("user",))
    officer = NewAccount("officer", "Officer", unit="bank_north", groups=("user",))
    below = NewAccount("below", "Manager of an office below", unit="bank_north_2", groups=("user", "branch_manager"))
    for one in (teller, officer, below):
        create_account(desk.office, INSTALLER, one)
        with pytest.raises(NotFound):
            desk.page(one.login)


def test_who_is_to_blame_is_shown_to_the_performer_the_risk_officer_and_the_head(desk: Desk) -> None:
    def sees(login: str) -> bool:
        field = desk.page(login).field("responsible_persons")
        return field is not None and field.table is not None and bool(field.table.rows)

    logins = (
        "bank_performer",
        "bank_risk",
        "bank_head",
        "bank_performer2",
        "bank_registrar",
        "bank_user",
        "bank_north",
    )
    assert [login for login in logins if sees(login)] == ["bank_performer", "bank_risk", "bank_head"]


def test_the_card_on_paper_has_only_what_its_reader_sees(desk: Desk) -> None:
    def paper(login: str) -> str:
        content = print_card(desk.office, desk.who(login), desk.ref).content
        with zipfile.ZipFile(BytesIO(content)) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))

    blamed = "Did not compare the signature"
    assert blamed in paper("bank_risk") and "Not my payment." in paper("bank_risk")
    for login in ("bank_registrar", "bank_north", "bank_user"):
        assert blamed not in paper(login) and "Not my payment." in paper(login)
    assert "clara@example.com" not in paper("bank_risk")
    with pytest.raises(NotFound):
        print_card(desk.office, desk.who("bank_centre"), desk.ref)


def test_who_wrote_an_appeal_follows_it_and_sees_nothing_of_its_analysis(desk: Desk) -> None:
    page = desk.page("bank_user")
    assert {group.id for group in page.files if group.files} == {"common", "answer"}
    assert page.field("text") is not None and page.field("op_risk") is None and page.field("losses") is None


def test_a_risk_event_goes_to_approval_classified_and_with_an_answer(desk: Desk) -> None:
    answer = {"reason": "01.01.01", "justified": "fully", "op_risk": "confirmed", "reply": "<p>Paid back.</p>"}
    with pytest.raises(Exception, match="card-guard"):
        desk.press("bank_performer", "to_approval", answer)
    with pytest.raises(NotAllowed):
        desk.press("bank_performer2", "to_approval", answer)
    axes = {"risk_source": "S4", "event_type": "E2.2", "business_line": "payments"}
    page = desk.page("bank_performer")
    change_card(desk.office, desk.who("bank_performer"), desk.ref, axes, page.revision, manner=desk.manner())
    assert desk.press("bank_performer", "to_approval", answer) == "on_approval"


def test_a_mass_incident_is_answered_once_and_who_did_not_take_it_is_listed(desk: Desk) -> None:
    work, performer = desk.office, desk.who("bank_performer")
    asked = {"channel": "person", "client_kind": "person", "performer": "bank_performer", "due": "2026-12-07"}
    refs = [desk.ref]
    for number in range(2):
        client = {"name": f"Client {number}", "mail": f"c{number}@example.com"}
        new = NewCard("bank_appeal", APPEAL | {"client": client, "branch": "bank_north"})
        refs.append(create_card(work, desk.who("bank_user"), new).ref)
    first, desk.ref = desk.ref, refs[1]
    desk.press("bank_registrar", "register", asked)
    attach_file(work, performer, refs[1], "answer", receive_file(work, "answer.txt", [b"Read me."]))
    desk.ref = first

    group = make_group(work, desk.who("bank_registrar"), refs[2], "  The cash machines  ")
    for ref in (*refs, refs[0]):
        add_to_group(work, desk.who("bank_registrar"), group, ref)
    with pytest.raises(NotFound):
        add_to_group(work, desk.who("bank_centre"), group, refs[0])
    with pytest.raises(Invalid, match="group-refused"):
        make_group(work, desk.who("bank_registrar"), refs[0], " ")

    values = {"reason": "01.01.01", "justified": "fully", "op_risk": "absent", "reply": "<p>Paid back.</p>"}
    once = replace(performer, request_id="one answer")
    assert answer_group(work, once, group, "to_approval", values, desk.manner()) == 3
    assert answer_group(work, once, group, "to_approval", values, desk.manner()) == 3
    drain(work.engine)
    assert desk.page("bank_performer").state.id == "on_approval"
    again = replace(performer, request_id="another answer")
    answer_group(work, again, group, "to_approval", values, desk.manner())
    drain(work.engine)
    with work.database.reading() as session:
        page = group_page(work, session, performer, group, desk.manner())
        everybody = group_page(work, session, desk.who("bank_registrar"), group, desk.manner())
        kept = session.scalars(select(GroupAnswer).order_by(GroupAnswer.id)).all()
        with pytest.raises(NotFound):
            group_page(work, session, desk.who("bank_centre"), group, desk.manner())
    assert page.name == "The cash machines" and len(page.cards) == len(everybody.cards) == 3
    assert [(one.done, len(one.refused), one.over) for one in page.answers] == [(0, 3, True), (2, 1, True)]
    assert everybody.answers == () and [one.body for one in kept] == [{}, {}]
    take_out_of_group(work, desk.who("bank_registrar"), group, refs[2])
    with work.database.reading() as session:
        assert len(group_page(work, session, desk.who("bank_registrar"), group, desk.manner()).cards) == 2
