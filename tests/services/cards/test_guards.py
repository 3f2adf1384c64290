"""A button is there when its guard lets it through: Boris closes letters about small sums only."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from engine.deployment.bundle import Bundle
from engine.errors import Invalid
from services.access.explain_access import explain_access
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.change_card import change_card
from services.cards.create_card import NewCard, create_card_in
from services.cards.queries import card_page
from services.fields import Manner
from services.files.attach_file import attach_file, receive_file
from tests.services.letters import acting, letters, put_on_shelf, settle_cast

GUARD = 'guard = "card.sum = null or card.sum < 1000"'
START = 'id = "start"\nfrom = ["registered"]'
REGISTER = 'id = "register"\nfrom = ["received"]'


def guarded(*changes: tuple[str, str]) -> Bundle:
    """The letters with other guards."""
    made = letters()
    text = made.files["cards/letter.toml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Bundle(made.solution, {**made.files, "cards/letter.toml": text.encode()})


def letter(office: Office, **values: object) -> str:
    new = NewCard("letter", {"kind": "claim", "text": "Просрочено", "sender": {"name": "Клара"}, **values})
    return office.database.run(lambda work: create_card_in(office, work, acting(office, "anna"), new).ref)


def in_work(office: Office, **values: object) -> str:
    ref = letter(office, **values)
    act_on_card(office, acting(office, "anna"), ref, "register", {}, None)
    change_card(office, acting(office, "greta"), ref, {"executor": "boris", "due": "01.12.2026"}, None)
    act_on_card(office, acting(office, "greta"), ref, "start", {}, None)
    change_card(office, acting(office, "boris"), ref, {"reply": "<p>Вернём деньги</p>"}, None)
    upload = receive_file(office, "answer.txt", [b"ok"])
    attach_file(office, acting(office, "boris"), ref, "answer", upload)
    return ref


def buttons(office: Office, login: str, ref: str) -> list[str]:
    with office.database.reading() as session:
        found = card_page(office, session, acting(office, login), ref, Manner("ru", now=office.clock.now()))
        told = explain_access(office, session, acting(office, login), ref, None, "ru")
        assert list(told.moves) == [one.label for one in found.actions], "the page that explains says the same"
        return [one.id for one in found.actions]


def statements(office: Office, login: str, ref: str) -> int:
    said: list[str] = []
    hear = lambda *args: said.append(args[2])  # noqa: E731
    reader = acting(office, login)
    event.listen(office.database.pool, "before_cursor_execute", hear)
    with office.database.reading() as session:
        card_page(office, session, reader, ref, Manner("ru", now=office.clock.now()))
    event.remove(office.database.pool, "before_cursor_execute", hear)
    return len(said)


@pytest.mark.parametrize(("sum", "shown"), [("500", ["close"]), ("2000", [])])
def test_a_button_is_shown_exactly_when_its_guard_lets_it_through(office: Office, sum: str, shown: list[str]) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)
    ref = in_work(office, sum=sum)
    assert buttons(office, "boris", ref) == shown
    if shown:
        assert act_on_card(office, acting(office, "boris"), ref, "close", {}, None) == "closed"
    else:
        with pytest.raises(Invalid, match="card-guard"):
            act_on_card(office, acting(office, "boris"), ref, "close", {}, None)


def test_a_guard_over_what_is_asked_waits_for_the_answer(office: Office) -> None:
    put_on_shelf(office, guarded((START, START + '\nasks = ["due"]\nguard = "card.due > date(\\"2026-12-01\\")"')))
    settle_cast(office)
    ref = letter(office)
    act_on_card(office, acting(office, "anna"), ref, "register", {}, None)
    assert buttons(office, "greta", ref) == ["start"]
    asked = {"executor": "boris", "due": "01.12.2026"}
    with pytest.raises(Invalid, match="card-guard"):
        act_on_card(office, acting(office, "greta"), ref, "start", asked, None)
    assert act_on_card(office, acting(office, "greta"), ref, "start", asked | {"due": "02.12.2026"}, None) == "in_work"


@pytest.mark.parametrize(
    ("guard", "shown"),
    [
        ("card.sender.name = \\\"Клара\\\"", True),
        ("card.subject_item.harm > 2", True),
        ("card.subject_item.harm > 3", False),
        ("card.author = \\\"anna\\\" and card.number = null", True),
        ("count(get entries(card)) < 3", False),
        ("today() < date(\\\"2020-01-01\\\")", False),
    ],
)  # fmt: skip
def test_a_guard_reads_the_card_as_expressions_do(office: Office, guard: str, shown: bool) -> None:
    put_on_shelf(office, guarded((REGISTER, f'{REGISTER}\nguard = "{guard}"')))
    settle_cast(office)
    ref = letter(office, subject="01.01.01")
    assert buttons(office, "anna", ref) == (["register"] if shown else [])


def test_ten_guarded_buttons_cost_what_one_does(office: Office) -> None:
    def wide(count: int) -> Bundle:
        further = "".join(
            f'\n[[transition]]\nid = "close{n}"\nfrom = ["received"]\nto = "closed"\nwho = ["role:clerk"]\n'
            f'guard = "card.subject_item.harm > {n} and card.sender.name != null"\n'
            for n in range(count)
        )
        return guarded((GUARD, GUARD), ("\n[[access]]\nwho = \"role:clerk\"\nmay = [\"see\"]",
                                        f'{further}\n[[access]]\nwho = "role:clerk"\nmay = ["see"]'))  # fmt: skip

    put_on_shelf(office, wide(1))
    settle_cast(office)
    ref = letter(office, subject="01.01.01")
    one = statements(office, "anna", ref)
    put_on_shelf(office, wide(10), version=2)
    assert buttons(office, "anna", ref) == ["register", "close0", "close1", "close2"]
    statements(office, "anna", ref)
    assert statements(office, "anna", ref) == one
    put_on_shelf(office, letters(), version=3)
    statements(office, "anna", ref)
    assert statements(office, "anna", ref) == one  # what a guard reads the page has looked up already
