"""Anna enters a purchase with a field of every type, changes it, moves it on, prints it; a newer version takes it over."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from engine.errors import Invalid
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.card_context import feel_card
from services.cards.change_card import change_card
from services.cards.compare_revisions import compare_revisions
from services.cards.conditions import CardFilter
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.list_cards import list_cards
from services.cards.models import Card, CardRevision, CardUnique
from services.cards.queries import CardPage, card_page, new_card_form
from services.fields import Manner
from services.organisation.units import add_unit_in
from services.printing.context import print_context
from services.printing.fill import fill_template, text_of_document
from services.solutions.deploy_solution import check_solution, deploy_solution
from tests.fixtures.purchases import PAPER, purchases
from tests.services.letters import acting

VALUES: Mapping[str, Any] = {
    "name": "Молоко на неделю",
    "code": "AB-123",
    "channels": ["phone", "mail"],
    "about": "<p>Свежее <b>молоко</b></p>",
    "urgent": "да",
    "pieces": "۱۲",
    "items": [
        {"what": "Молоко", "qty": "2", "price": "89,90", "kind": "new", "due": "вчера", "at": "24.11.2026 14:30",
         "ok": "yes", "who": "boris", "place": {"ref": "101"}, "area": "01.01"},
        {},
        {"what": "Сыр", "qty": "0,5", "price": "1 000"},
    ],
    "price_limit": "5 000 USD",
    "visit": "24.11.2026 14:30",
    "validity": {"from": "01.11.2026", "to": "30.11.2026"},
    "watchers": ["boris", "anna"],
    "store": "101",
    "stores": ["101", "102"],
    "supplier": {"name": "ООО «Волна»", "phone": "+7 900 000-00-14"},
    "area": "01.01",
    "topics": ["02", "01"],
    "passport": "4500 000000",
}  # fmt: skip


@pytest.fixture(autouse=True)
def cast(office: Office) -> None:
    assert deploy_solution(office, INSTALLER, purchases()).deployment_id
    office.database.run(
        lambda work: [add_unit_in(office, work, INSTALLER, code, {"ru": f"Магазин {code}"}) for code in ("101", "102")]
    )
    create_account(office, INSTALLER, NewAccount("anna", "Анна", groups=("buyer",), unit="101"))
    create_account(office, INSTALLER, NewAccount("boris", "Борис", groups=("accountant",)))


def manner(office: Office, locale: str = "ru") -> Manner:
    calendar = "jalali" if locale == "fa" else "gregorian"
    return Manner(locale, calendar, ZoneInfo("Europe/Moscow"), office.clock.now())


def entered(office: Office, **values: Any) -> str:
    return create_card(office, acting(office, "anna"), NewCard("purchase", {**VALUES, **values}, manner(office))).ref


def page(office: Office, ref: str, locale: str = "ru", login: str = "anna") -> CardPage:
    with office.database.reading() as session:
        return card_page(office, session, acting(office, login), ref, manner(office, locale))


def kept(office: Office, ref: str) -> dict[str, Any]:
    with office.database.reading() as session:
        return dict(session.scalars(select(Card.data).where(Card.ref == ref)).one())


def shown(seen: CardPage) -> dict[str, str]:
    return {field.key: field.shown for group in seen.groups for field in group.fields}


def test_every_field_is_entered_kept_and_read(office: Office) -> None:
    ref = entered(office)
    data = kept(office, ref)
    assert data["items"][0]["price"] == "89.90 RUB"
    assert data["items"][0]["at"] == "2026-11-24T11:30:00Z"
    assert [row.get("sum") for row in data["items"]] == ["179.80 RUB", "500.00 RUB"]
    assert (data["total"], data["rate"], data["days"]) == ("679.80 RUB", "small", "30")
    assert (data["kind"], data["asked_by"], data["needed_on"]) == ("goods", "anna", "2026-11-29")  # the defaults
    seen = shown(page(office, ref))
    assert (seen["total"], seen["price_limit"], seen["visit"]) == (
        "679,80\u00a0₽", "5\u00a0000,00\u00a0$", "24.11.2026 14:30",
    )  # fmt: skip
    assert (seen["channels"], seen["watchers"], seen["stores"]) == (
        "Телефон, Почта", "Борис, Анна", "Магазин 101, Магазин 102",
    )  # fmt: skip
    persian = page(office, ref, "fa")
    assert shown(persian)["total"] == "۶۷۹٫۸۰\u00a0روبل"
    assert shown(persian)["visit"] == "۱۴۰۵/۰۹/۰۳ ۱۴:۳۰"
    assert [(group.tab, group.label) for group in persian.groups][:3] == [
        ("موضوع", "اصلی"), ("موضوع", "کالاها"), ("کار", "مهلت و پول"),
    ]  # fmt: skip
    table = next(field.table for group in persian.groups for field in group.fields if field.key == "items")
    assert table is not None
    assert table.totals[4] == "۶۷۹٫۸۰\u00a0روبل"
    assert table.rows[0][8:] == ("Борис", "Магазин 101", "شیر")


def test_a_new_form_shows_the_defaults_and_asks_for_nothing_computed(office: Office) -> None:
    with office.database.reading() as session:
        groups = new_card_form(office, session, acting(office, "anna"), "purchase", manner(office))
    fields = {field.key: field for group in groups for field in group.fields}
    assert (fields["kind"].typed, fields["needed_on"].typed) == ("goods", "2026-11-29")
    assert fields["asked_by"].typed == {"ref": "anna", "name": "Анна", "hint": ""}
    assert not fields["total"].editable and fields["items"].editable
    assert "decision" not in fields
    assert fields["name"].component["description"] == "Как это назвать коллеге по телефону."
    assert [column["key"] for column in fields["items"].component["columns"]][:2] == ["what", "kind"]


def test_an_emptied_default_stays_empty(office: Office) -> None:
    assert "kind" not in kept(office, entered(office, kind=None))


def test_everything_wrong_is_said_at_its_place_and_nothing_is_kept(office: Office) -> None:
    bad = {
        "name": "я" * 10_000,
        "code": "ab-1",
        "pieces": "\u202b۱۲٫۵\u202c",
        "items": [{"what": "Молоко", "qty": "x", "price": "1"}, {"price": "1 USD"}, {"qty": [[["x"]]], "no": 1}],
        "price_limit": "-1",
        "visit": "24.11.2026",
        "validity": "30.11.2026 – 01.11.2026",
        "watchers": ["nobody"],
        "needed_on": "01.01.2025",
        "total": "5",
        "nope": 1,
    }
    with pytest.raises(Invalid) as error:
        entered(office, **bad)
    assert {key: code for key, (code, _) in error.value.fields.items()} == {
        "name": "too-long",
        "code": "pattern",
        "pieces": "too-many-decimals",
        "items": "table-cells",
        "items.1.qty": "not-a-number",
        "items.2.price": "currency-not-taken",
        "items.2.what": "required",
        "items.2.qty": "required",
        "items.3.qty": "not-text",
        "items.3.what": "required",
        "items.3.price": "required",
        "items.3.no": "no-such-field",
        "price_limit": "too-small",
        "visit": "time-missing",
        "validity": "ends-before-it-begins",
        "watchers": "no-such-person",
        "needed_on": "day-too-early",
        "total": "field-computed",
        "nope": "no-such-field",
    }
    assert error.value.fields["code"][1]["said"] == "Две латинские буквы, дефис и три цифры: AB-123."
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Card)) == 0


def test_a_unique_value_belongs_to_one_card(office: Office) -> None:
    first = entered(office)
    with pytest.raises(Invalid) as error:
        entered(office)
    assert error.value.fields["code"] == ("not-unique", {"number": ""})
    second = entered(office, code="AB-124")
    change_card(office, acting(office, "anna"), first, {"code": "AB-999"}, 1)
    change_card(office, acting(office, "anna"), second, {"code": "AB-123"}, 1)
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CardUnique)) == 2
        assert "AB" not in str(session.scalars(select(CardUnique.key)).all())


def test_two_clerks_at_once_never_keep_the_same_unique_value(office: Office) -> None:
    told: list[str] = []

    def enter() -> None:
        try:
            told.append(entered(office, code="ZZ-001") and "kept")
        except Invalid as error:
            told.append(error.fields["code"][0])

    clerks = [threading.Thread(target=enter) for _ in range(4)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert sorted(told) == ["kept", "not-unique", "not-unique", "not-unique"]


def test_formulas_follow_every_change(office: Office) -> None:
    ref = entered(office)
    rows = [{"what": "Сыр", "qty": "3", "price": "1000"}]
    change_card(office, acting(office, "anna"), ref, {"items": rows, "validity": ""}, 1, manner=manner(office))
    data = kept(office, ref)
    assert (data["total"], data["rate"], "days" in data) == ("3000.00 RUB", "large", False)
    change_card(office, acting(office, "anna"), ref, {"items": []}, 2)
    assert not {"items", "total", "rate"} & set(kept(office, ref))
    with office.database.reading() as session:
        facts = feel_card(office, session, session.scalars(select(Card).where(Card.ref == ref)).one())
        differs = compare_revisions(office, session, acting(office, "anna"), ref, 1, 2, manner(office))
    assert facts["items"] == [] and facts["items_total"] == {"sum": 0} and facts["price_limit_currency"] == "USD"
    assert {one.key for one in differs} == {"items", "total", "rate", "validity", "days"}


def test_lists_show_sort_and_find_by_every_flagged_type(office: Office) -> None:
    entered(office)
    cheap = entered(
        office,
        code="AB-124",
        price_limit="10 RUB",
        items=[{"what": "x", "qty": 1, "price": 5}],
        visit="01.11.2026 10:00",
    )
    with office.database.reading() as session:

        def listed(**wanted: Any) -> list[str]:
            found = list_cards(
                office, session, acting(office, "anna"), "purchase", manner(office), CardFilter(**wanted)
            )
            return [row.cells["code"] for row in found.rows]

        assert listed(sort="total") == ["AB-124", "AB-123"]
        assert listed(sort="-visit") == ["AB-123", "AB-124"]
        assert listed(fields={"price_limit": "10 RUB"}) == ["AB-124"]
        assert listed(fields={"urgent": "да", "code": "AB-124"}) == ["AB-124"]
        with pytest.raises(Invalid, match="list-refused"):
            listed(fields={"price_limit": "много"})
        row = list_cards(
            office, session, acting(office, "anna"), "purchase", manner(office, "fa"), CardFilter(sort="id")
        ).rows[0]
    assert (row.cells["total"], row.cells["urgent"], row.cells["validity"]) == (
        "۶۷۹٫۸۰\u00a0روبل", "بله", "۱۴۰۵/۰۸/۱۰ – ۱۴۰۵/۰۹/۰۹",
    )  # fmt: skip
    assert cheap


def test_a_transition_asks_and_a_state_hides(office: Office) -> None:
    ref, anna = entered(office), acting(office, "anna")
    assert [action.id for action in page(office, ref).actions] == ["order"]
    act_on_card(office, anna, ref, "order", {}, 1)
    seen = page(office, ref)
    assert seen.field("decision") is not None and not seen.field("decision").editable  # type: ignore[union-attr]
    assert [(one.key, one.required) for one in seen.actions[0].asked] == [("decision", True), ("urgent", False)]
    with pytest.raises(Invalid) as error:
        act_on_card(office, anna, ref, "finish", {}, 2)
    assert error.value.fields == {"decision": ("required", {}), "urgent": ("required", {})}
    with pytest.raises(Invalid) as error:
        act_on_card(office, anna, ref, "finish", {"decision": "", "urgent": None}, 2)
    assert error.value.fields == {"decision": ("required", {})}
    assert act_on_card(office, anna, ref, "finish", {"decision": "Купили", "urgent": "нет"}, 2) == "done"
    assert (kept(office, ref)["decision"], kept(office, ref)["urgent"]) == ("Купили", False)


def test_every_field_is_printed(office: Office) -> None:
    ref = entered(office)
    with office.database.reading() as session:
        context = print_context(office, session, session.scalars(select(Card).where(Card.ref == ref)).one())
    text = text_of_document(office, fill_template(office, purchases().files[PAPER], context))
    for words in ("AB-123", "5\u00a0000,00\u00a0$ 5\u00a0000,00 USD", "Анна", "1 Борис; 2 Анна; ", "Свежее молоко"):
        assert words in text
    rows = [line for line in text.split("\n") if "Молоко" in line or "Сыр" in line]
    assert len([line for line in rows if line != "Молоко на неделю AB-123"]) >= 2
    assert "{{" not in text and "{%" not in text


VERSION_TWO = (
    ('key = "about"\ntype = "rich"', 'key = "story"\ntype = "rich"'),
    ('"about", "urgent"', '"story", "urgent"'),
    (
        'key = "decision"\ntype = "text"\nmultiline = true',
        'key = "decision"\ntype = "choice"\noptions = ["bought", "refused"]',
    ),
    (
        "[[duplicate]]",
        """[mapping]
about = { to = "story" }
passport = { drop = true }
decision = { values = { "Купили" = "bought" }, otherwise = "refused" }
"items.kind" = { to = "state" }

[[duplicate]]""",
    ),
    (
        'key = "kind"\ntype = "choice"\noptions = ["new", "used"]',
        'key = "state"\ntype = "choice"\noptions = ["new", "used"]',
    ),
    ('[[field]]\nkey = "passport"\ntype = "text"\npersonal = "code"\n', '[[field]]\nkey = "weight"\ntype = "number"\n'),
    ('"topics", "passport"', '"topics", "weight"'),
)
_TEXTS = {
    "field.about": "field.story", "field.passport": "field.weight", "column.items.kind": "column.items.state",
    "option.items.kind": "option.items.state",
}  # fmt: skip


def version_two(*changes: tuple[str, str]) -> Any:
    files = {}
    for language in ("ru", "en", "fa"):
        text = purchases().files[f"texts/{language}.toml"].decode()
        for old, new in _TEXTS.items():
            text = text.replace(old, new)
        files[f"texts/{language}.toml"] = (
            text + 'option.decision.bought = "b"\noption.decision.refused = "r"\n'
        ).encode()
    files[PAPER] = b""
    made = purchases(*changes, **files)
    del made.files[PAPER]  # type: ignore[attr-defined]
    return made


def test_cards_of_the_first_version_live_on_in_the_second(office: Office) -> None:
    ref, anna = entered(office), acting(office, "anna")
    act_on_card(office, anna, ref, "order", {}, 1)
    act_on_card(office, anna, ref, "finish", {"decision": "Купили", "urgent": ""}, 2)
    other = entered(office, code="AB-124")
    act_on_card(office, anna, other, "order", {}, 1)
    act_on_card(office, anna, other, "finish", {"decision": "Передумали", "urgent": ""}, 2)
    assert deploy_solution(office, INSTALLER, version_two(*VERSION_TWO)).deployment_id
    seen = page(office, ref)
    assert (seen.field("story").shown, seen.field("decision").typed) == ("<p>Свежее <b>молоко</b></p>", "bought")  # type: ignore[union-attr]
    assert page(office, other).field("decision").typed == "refused"  # type: ignore[union-attr]
    assert seen.field("items").table.rows[0][1] == "Новое"  # type: ignore[union-attr]
    assert seen.field("weight").shown == ""  # type: ignore[union-attr]
    assert "story" not in kept(office, ref)  # nothing is written by reading
    change_card(office, anna, ref, {"weight": "5"}, seen.revision)
    data = kept(office, ref)
    assert (data["story"], data["decision"], data["weight"]) == ("<p>Свежее <b>молоко</b></p>", "bought", "5")
    assert not {"about", "passport"} & set(data) and data["items"][0]["state"] == "new"
    with office.database.reading() as session:
        assert session.get_one(CardRevision, (session.scalar(select(Card.id).where(Card.ref == ref)), 1)).data["about"]
        differs = compare_revisions(office, session, anna, ref, 1, seen.revision, manner(office))
    assert "story" not in {one.key for one in differs}


def test_a_version_that_would_lose_data_is_refused(office: Office) -> None:
    bundle = version_two(*[change for change in VERSION_TWO if "[mapping]" not in change[1]])
    assert not [found for found in check_solution(office, bundle) if found.severity == "error"]
    entered(office)
    found = {(one.code, one.element) for one in check_solution(office, bundle) if one.severity == "error"}
    assert found == {
        ("card-field-gone", "about"),
        ("card-field-gone", "passport"),
        ("card-field-gone", "items.kind"),
        ("card-field-changed", "decision"),
    }
    assert deploy_solution(office, INSTALLER, bundle).deployment_id is None
    fewer = purchases(('options = ["goods", "service"]', 'options = ["goods"]'))
    assert ("card-option-gone", "kind") in {(one.code, one.element) for one in check_solution(office, fewer)}
