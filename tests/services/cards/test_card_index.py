"""The card index: found by what, the same order on both databases, versions of a type that flag other fields."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.actor import MACHINE
from engine.errors import Invalid
from engine.jobs import drain
from engine.store.text import sort_key
from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.bootstrap import Office
from services.cards import refresh_cards
from services.cards.change_card import change_card
from services.cards.compare_revisions import compare_revisions
from services.cards.conditions import CardFilter, Wanted
from services.cards.create_card import NewCard, create_card_in
from services.cards.index_card import index_card, number_key, slots_of
from services.cards.list_cards import CardList, count_cards, list_cards
from services.cards.models import Card, CardRefresh
from services.cards.queries import card_page
from services.cards.references import around as around_card
from services.fields import Manner
from tests.services.letters import acting, letters, put_on_shelf, settle_cast

ALPHABETS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАЁЯabzABZ0189 -.№ ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيك۰۱۹‌"


@pytest.fixture(autouse=True)
def cast(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)


def entered(office: Office, **values: object) -> str:
    given = {
        "kind": "claim",
        "text": "Просрочено",
        "subject": "01.01.01",
        "sender": {"name": "Клара", "phone": "+7 900 000-00-14"},
    }
    new = NewCard("letter", given | values)
    return office.database.run(lambda work: create_card_in(office, work, acting(office, "anna"), new).ref)


def listed(office: Office, wanted: CardFilter, login: str = "anna") -> CardList:
    with office.database.reading() as session:
        return list_cards(
            office, session, acting(office, login), "letter", Manner("ru", now=office.clock.now()), wanted
        )


def refs(office: Office, **wanted: object) -> list[str]:
    return [row.ref for row in listed(office, CardFilter(sort="id", **wanted)).rows]  # type: ignore[arg-type]


def version(office: Office, number: int, **changes: tuple[str, str]) -> None:
    """The next version of the letters' type, with texts of its file replaced."""
    bundle = letters()
    card = bundle.files["cards/letter.toml"].decode()
    for old, new in changes.values():
        assert old in card
        card = card.replace(old, new)
    put_on_shelf(office, replace(bundle, files={**bundle.files, "cards/letter.toml": card.encode()}), number)


def _put(office: Office, work: UnitOfWork, texts: list[str]) -> None:
    type, now = office.shelf.card_type(work.session, "letter"), office.clock.now()
    around = around_card(office, work.session, "letters", Manner("ru"))
    for text in texts:
        made = Card(
            type="letter", type_version=1, state="received", created_at=now, changed_at=now, data={"text": text}
        )
        work.session.add(made)
        work.session.flush()
        index_card(work.session, made, type, made.data, around)


def test_five_hundred_strings_sort_the_same_on_both_databases(office: Office) -> None:
    dice = random.Random(7)
    titles = {"".join(dice.choice(ALPHABETS) for _ in range(dice.randrange(1, 9))).strip() or "я" for _ in range(520)}
    texts = sorted(titles)[:500]
    flagged = (
        'key = "text"\ntype = "text"\nmultiline = true',
        'key = "text"\ntype = "text"\nfilter = true\nsort = true',
    )
    version(office, 2, text=flagged)
    office.database.run(lambda work: _put(office, work, texts))
    cursor, found = None, []
    with office.database.reading() as session:
        while True:
            wanted = CardFilter(sort="text")
            part = list_cards(office, session, MACHINE, "letter", Manner("ru"), wanted, cursor=cursor)
            found += [row.cells["text"] for row in part.rows]
            if (cursor := part.cursor) is None:
                break
    assert [sort_key(text) for text in found] == sorted(map(sort_key, texts))
    assert len(found) == 500


def test_numbers_keep_their_order_as_text() -> None:
    dice = random.Random(3)
    numbers = [Decimal(dice.randrange(-(10**12), 10**12)).scaleb(-dice.randrange(0, 6)) for _ in range(500)]
    assert sorted(numbers, key=number_key) == sorted(numbers)


def test_every_kind_of_filter(office: Office) -> None:
    one = entered(office, sum="10.5", store="101", due="01.12.2026")
    two = entered(office, sum="-3", store="102", subject="02")
    three = entered(office, kind="thanks")
    assert refs(office, fields={"sum": Wanted(least="0")}) == [one]
    assert refs(office, fields={"sum": Wanted(most="10.5")}) == [one, two]
    assert refs(office, fields={"sum": Wanted(empty=True)}) == [three]
    assert refs(office, fields={"due": Wanted(least="2026-12-01", most="2026-12-31")}) == [one]
    assert refs(office, fields={"kind": Wanted(("thanks", "claim"))}) == [one, two, three]
    assert refs(office, fields={"store": "101"}) == refs(office, unit="101") == [one]
    assert refs(office, fields={"subject": "01", "kind": "claim"}) == [one]
    assert refs(office, author="anna", late_on=office.clock.now()) == []
    for wrong in ({"text": "x"}, {"sum": Wanted(least="many")}, {"passport": "4"}):
        with pytest.raises(Invalid, match="list-refused"):
            refs(office, fields=wrong)
    with office.database.reading() as session:
        anna, manner = acting(office, "anna"), Manner("ru")
        assert count_cards(office, session, anna, "letter", manner).cards == 3
        assert count_cards(office, session, anna, "letter", manner, CardFilter(fields={"subject": "02"})).cards == 1
        assert count_cards(office, session, acting(office, "dmitri"), "letter", manner).cards == 0


def test_a_version_that_flags_another_field_indexes_the_older_cards_in_batches(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_cards, "BATCH", 3)
    for number in range(8):
        entered(office, text=f"Письмо {number}", sum=str(number))
    flagged = (
        'key = "text"\ntype = "text"\nmultiline = true',
        'key = "text"\ntype = "text"\nfilter = true\nsort = true',
    )
    unflagged = ('key = "sum"\ntype = "number"\nindex = true', 'key = "sum"\ntype = "number"')
    version(office, 2, text=flagged, sum=unflagged)
    halfway = listed(office, CardFilter())
    assert halfway.preparing is not None
    assert (halfway.preparing.done, halfway.preparing.total) == (0, 8)
    assert len(halfway.rows) == 8
    late = entered(office, text="Письмо 9", sum="9")  # saved meanwhile: indexed by the new version
    drain(office.engine)
    whole = listed(office, CardFilter(fields={"text": Wanted(words="письмо 7")}))
    assert whole.preparing is None and len(whole.rows) == 1
    assert refs(office, fields={"text": Wanted(words="Письмо 9", starts=True)}) == [late]
    with office.database.reading() as session:
        assert "sum" not in slots_of(session, "letter")
        assert session.get(CardRefresh, "letter") is None


def test_a_version_that_opens_cards_to_others_opens_the_older_ones(office: Office) -> None:
    entered(office)
    assert listed(office, CardFilter(), "dmitri").rows == ()
    version(office, 2, who=('who = "relation:unit"\nstates = ["registered", "in_work"]', 'who = "role:lawyer"'))
    drain(office.engine)
    assert len(listed(office, CardFilter(), "boris").rows) == 1
    with office.database.reading() as session:
        assert len(session.scalars(select(CardAccess).join(Card)).all()) == 3


def test_a_hidden_field_is_hidden_on_the_page_in_comparisons_and_in_lists(office: Office) -> None:
    hiding = (
        'who = "role:head"\nmay = ["see", "edit", "bin", "purge"]',
        'who = "role:head"\nmay = ["see", "edit", "bin", "purge"]\nsees_not = ["sum", "due"]',
    )
    version(office, 2, head=hiding)
    ref = entered(office, sum="10.5")
    change_card(office, acting(office, "anna"), ref, {"sum": "11", "text": "Иначе"}, 1)
    with office.database.reading() as session:
        for login, sees in (("anna", True), ("greta", False)):
            actor, manner = acting(office, login), Manner("ru")
            page = card_page(office, session, actor, ref, manner)
            assert (page.field("sum") is not None) == sees
            differing = [one.key for one in compare_revisions(office, session, actor, ref, 1, 2, manner)]
            assert differing == (["text", "sum"] if sees else ["text"])
            listing = list_cards(office, session, actor, "letter", manner)
            assert ("sum" in listing.columns) == sees and len(listing.rows) == 1
            for wanted in (CardFilter(sort="sum"), CardFilter(fields={"sum": Wanted(least="1")})):
                if sees:
                    assert list_cards(office, session, actor, "letter", manner, wanted).rows
                else:
                    with pytest.raises(Invalid, match="list-refused"):
                        list_cards(office, session, actor, "letter", manner, wanted)
