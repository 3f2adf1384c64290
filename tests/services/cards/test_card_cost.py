"""A card opens and is saved in a bounded number of statements, however much there is around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event

from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account_in
from services.bootstrap import Office
from services.cards.create_card import NewCard, create_card_in
from services.cards.drafts import card_draft, draft, save_draft
from services.cards.edit_card import Edit, edit_card
from services.cards.queries import card_page
from services.fields import Manner
from tests.services.cards.many import fill, group, save_often, settle
from tests.services.letters import acting, letters, put_on_shelf, register, settle_cast

OPENING, SAVING = 8, 15
CLARA = {"name": "Клара", "mail": "clara@example.org", "phone": "+7 900 000-00-14"}
VALUES: dict[str, Any] = {"kind": "claim", "text": "Просрочено", "subject": "01.01.01", "sender": CLARA, "store": "101"}


@contextmanager
def heard(office: Office) -> Iterator[list[str]]:
    """The statements that were sent; where a transaction begins is none."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(office.database.pool, "before_cursor_execute", hear)
    yield said
    event.remove(office.database.pool, "before_cursor_execute", hear)


def opening(office: Office, login: str, ref: str) -> list[str]:
    actor = acting(office, login)
    with heard(office) as said, office.database.reading() as session:
        card_page(office, session, actor, ref, Manner("ru", now=office.clock.now()))
    return said


def saving(office: Office, login: str, ref: str, **values: Any) -> list[str]:
    actor = acting(office, login)
    with office.database.reading() as session:
        revision = card_page(office, session, actor, ref, Manner("ru", now=office.clock.now())).revision
    save_draft(office, actor, card_draft(ref), values)
    with heard(office) as said:
        saved = edit_card(
            office, replace(actor, request_id=f"{ref}-{revision}"), ref, Edit(values, revision), Manner("ru")
        )
    assert saved.revision == revision + 1
    with office.database.reading() as session:
        assert draft(session, actor, card_draft(ref)) is None
    return said


def test_a_letter_with_everything_it_refers_to(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)
    ivan = NewAccount("ivan", "Иван", groups=("lawyer",))
    office.database.run(lambda work: create_account_in(office, work, INSTALLER, ivan, None))
    anna = acting(office, "anna")

    def enter(work: UnitOfWork) -> str:
        return create_card_in(office, work, anna, NewCard("letter", VALUES | {"passport": "4500 000000"})).ref

    ref = office.database.run(enter)
    opened = [opening(office, "anna", ref)]
    saved = [saving(office, "anna", ref, text="Просрочено вчера", passport="4500 000001", kind="thanks", store="102")]
    register(office, anna, ref, 2)
    saved.append(saving(office, "greta", ref, executor="boris", due="01.12.2026"))
    saved.append(saving(office, "greta", ref, executor="ivan", due="02.12.2026"))
    opened += [opening(office, login, ref) for login in ("anna", "greta", "dmitri")]
    assert max(map(len, opened)) <= OPENING, opened
    assert max(map(len, saved)) <= SAVING, max(saved, key=len)


def test_as_much_with_few_cards_groups_and_saves_as_with_many(office: Office) -> None:
    settle(office)
    fill(office, 10)
    acts: dict[str, Callable[[], list[str]]] = {
        "the chief opens": lambda: opening(office, "chief", "card1"),
        "the chief saves": lambda: saving(office, "chief", "card1", receipt=next(receipts), sum=next(receipts)),
        "another executor": lambda: saving(office, "chief", "card1", executor=next(people), store=next(stores)),
    }
    receipts, people, stores = map(str, range(1_000, 9_000)), iter(["p01", "p02"]), iter(["s01", "s02"])
    acts["the chief saves"]()  # the solution is read once, and the file's rights are written as a save writes them
    few = {name: act() for name, act in acts.items()}
    fill(office, 2_000, first=11)
    group(office, 2_000, "chief")
    save_often(office, 1, 2_000)
    many = {name: act() for name, act in acts.items()}
    assert {name: len(said) for name, said in few.items()} == {name: len(said) for name, said in many.items()}
    assert len(many["the chief opens"]) <= OPENING
    assert max(len(many["the chief saves"]), len(many["another executor"])) <= SAVING, many
