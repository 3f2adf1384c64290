"""Anna enters, changes and moves on a purchase with a field of every type on its pages; it is listed and printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html

from engine.jobs.running import drain
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.printing.fill import text_of_document
from services.solutions.deploy_solution import deploy_solution
from tests.fixtures.purchases import purchases
from tests.webui.conftest import PASSWORD, Page, Site, Visitor

GOODS = [{"what": "Молоко", "qty": "2", "price": "89,90"}, {"what": "Сыр", "qty": "۱", "price": "۱۰۰"}]


@pytest.fixture
def anna(site: Site) -> Visitor:
    """The buyer, signed in."""
    assert deploy_solution(site.office, INSTALLER, purchases()).deployment_id
    new = NewAccount("buyer", "Анна", groups=("buyer",), password=PASSWORD, must_change_password=False, locale="ru")
    create_account(site.office, INSTALLER, new)
    visitor = site.visitor()
    assert visitor.post("/sign-in", {"login": "buyer", "password": PASSWORD}).status == 303
    return visitor


def typed(**more: Any) -> dict[str, Any]:
    """A form as a browser without scripts sends it."""
    values = {
        "card.name": "Молоко на неделю",
        "card.code": "AB-123",
        "card.kind": "goods",
        "card.channels": ["mail", "phone"],
        "card.urgent": "yes",
        "card.items": json.dumps(GOODS),
        "card.price_limit": "5 000",
        "card.price_limit.currency": "USD",
        "card.needed_on": "2026-12-01",
        "card.visit": "24.11.2026 14:30",
        "card.validity.from": "01.11.2026",
        "card.validity.to": "",
        "card.watchers": ["buyer"],
        "card.supplier.name": "ООО «Волна»",
    }
    return {key: value for key, value in (values | more).items() if value is not None}


def entered(anna: Visitor) -> str:
    page = anna.post("/cards/new/purchase", typed())
    assert page.status == 303, page.words
    return page.location.rsplit("/", 1)[-1]


def inputs(page: Page, name: str) -> list[Any]:
    return list(html.fromstring(page.text).xpath(f"//*[@name='{name}']"))


def settings(page: Page, key: str) -> dict[str, Any]:
    """What the island of a table is given."""
    (script,) = html.fromstring(page.text).xpath(f"//*[@id='f-{key}']/script")
    found: dict[str, Any] = json.loads(script.text)
    return found


def test_a_new_card_is_asked_for_on_its_tabs_with_its_defaults(anna: Visitor) -> None:
    page = anna.get("/cards/new/purchase")
    assert page.status == 200
    leaves = html.fromstring(page.text).xpath("//*[@data-leaves]/section/h2/text()")
    assert leaves == ["Предмет", "Работа"]
    assert inputs(page, "card.needed_on")[0].get("value")
    assert [one.get("value") for one in inputs(page, "card.kind") if one.get("checked") is not None] == ["goods"]
    assert [one.get("value") for one in inputs(page, "card.urgent")] == ["yes", "no", ""]
    assert [column["key"] for column in settings(page, "card.items")["columns"]][:4] == ["what", "kind", "qty", "price"]
    assert inputs(page, "card.total") == inputs(page, "card.decision") == []
    assert "Как это назвать коллеге по телефону." in page.words


def test_what_was_typed_stays_with_its_complaints(anna: Visitor) -> None:
    rows = [{"what": "Молоко", "qty": "много", "price": "1"}, {"price": "5"}]
    wrong = typed(
        **{"card.items": json.dumps(rows), "card.code": "x", "card.visit": "завтра", "card.validity.to": "01.10.2026"}
    )
    page = anna.post("/cards/new/purchase", wrong)
    assert page.status == 422
    for words in ("Две латинские буквы", "Посмотрите ещё раз строки: 1, 2", "Запишите и время", "Конец раньше"):
        assert words in page.words, words
    assert json.loads(inputs(page, "card.items")[0].get("value")) == rows
    assert set(settings(page, "card.items")["errors"]) == {"1.qty", "2.what", "2.qty"}
    assert inputs(page, "card.code")[0].get("value") == "x"
    assert inputs(page, "card.visit")[0].get("value") == "завтра"
    assert inputs(page, "card.validity.to")[0].get("value") == "01.10.2026"
    assert inputs(page, "card.price_limit")[0].get("value") == "5 000"  # the amount and its currency stand apart
    assert len(html.fromstring(page.text).xpath("//section[@data-bad]")) == 2
    assert anna.get("/cards?type=purchase").links("/cards/")[-1:] != [page.location]


def test_a_json_bomb_is_refused_and_harms_nobody(anna: Visitor) -> None:
    bomb = "[" * 100_000 + "]" * 100_000
    assert anna.post("/cards/new/purchase", typed(**{"card.items": bomb})).status == 422
    assert anna.post("/cards/new/purchase", typed(**{"card.items": '"x"'})).status == 422
    assert anna.post("/cards/new/purchase", typed(**{"card.items": "[" + "{}," * 200_000 + "{}]"})).status in (413, 422)
    assert anna.post("/cards/new/purchase", {"submission": bomb}).status == 422


def test_the_card_is_read_changed_listed_and_moved_on(anna: Visitor) -> None:
    ref = entered(anna)
    page = anna.get(f"/cards/{ref}")
    for words in ("279,80 ₽", "24.11.2026 14:30", "01.11.2026 – …", "Почта, Телефон", "5 000,00 $", "Итого"):
        assert words in page.words.replace("\u00a0", " "), words
    edit = anna.get(f"/cards/{ref}/edit")
    assert [row["what"] for row in json.loads(inputs(edit, "card.items")[0].get("value"))] == ["Молоко", "Сыр"]
    assert inputs(edit, "card.validity.from")[0].get("value") == "2026-11-01"
    assert inputs(edit, "card.visit")[0].get("value") == "2026-11-24T14:30"
    fields = edit.fields("/edit")
    kept = anna.post(
        f"/cards/{ref}/edit", {**fields, **typed(**{"card.items": json.dumps(GOODS[:1]), "card.urgent": ""})}
    )
    assert kept.status == 303, kept.words
    assert "179,80 ₽" in anna.get(f"/cards/{ref}").words.replace("\u00a0", " ")
    assert ref in anna.get("/cards?type=purchase").text
    asked = anna.post(f"/cards/{ref}/act/order", anna.get(f"/cards/{ref}/act/order").fields("/act/order"))
    assert asked.status == 303, asked.words
    finish = anna.get(f"/cards/{ref}/act/finish")
    assert len(inputs(finish, "card.decision")) == 1 and len(inputs(finish, "card.urgent")) == 3
    hidden = finish.fields("/act/finish")
    refused = anna.post(f"/cards/{ref}/act/finish", {**hidden, "card.decision": "", "card.urgent": "no"})
    assert refused.status == 422 and "Заполните это поле" in refused.words
    done = anna.post(f"/cards/{ref}/act/finish", {**hidden, "card.decision": "Купили", "card.urgent": "no"})
    assert done.status == 303, done.words
    assert "Выполнено" in anna.get(f"/cards/{ref}").words
    again = anna.post(f"/cards/{ref}/act/finish", {**hidden, "card.decision": "Купили", "card.urgent": "no"})
    assert again.location == done.location, "sent twice, done once"
    assert anna.get(f"/cards/{ref}/act/finish").status == 404


def test_a_task_shows_the_same_fields_and_the_card_is_printed(anna: Visitor, site: Site) -> None:
    ref = entered(anna)
    (task,) = {link.split("?")[0].removeprefix("/inbox/") for link in anna.get("/inbox").links("/inbox/")} - {""}
    shown = anna.get(f"/inbox/{task}")
    (island,) = html.fromstring(shown.text).xpath("//*[@data-island='form']/script")
    given = json.loads(island.text)
    types = {one["key"]: one["type"] for one in given["schema"]["components"]}
    assert (types["card.items"], types["card.visit"], types["card.validity"]) == ("rows", "moment", "period")
    assert given["data"]["card.validity"] == {"from": "2026-11-01", "to": None}
    fields = shown.fields("/complete")
    rows = [{"what": "Творог", "qty": "x", "price": "1"}]
    refused = anna.post(
        f"/inbox/{task}/complete", {**fields, "submission": json.dumps({"card.items": rows}), "outcome": "done"}
    )
    assert refused.status == 422
    (island,) = html.fromstring(refused.text).xpath("//*[@data-island='form']/script")
    assert json.loads(island.text)["errors"].keys() == {"card.items", "card.items.1.qty"}
    assert json.loads(island.text)["data"]["card.items"] == rows
    answers = {
        "card.items": [{"what": "Творог", "qty": "3", "price": "100"}],
        "card.urgent": "no",
        "card.channels": ["shop"],
    }
    done = anna.post(f"/inbox/{task}/complete", {**fields, "submission": json.dumps(answers), "outcome": "done"})
    assert done.status in (200, 303), done.words
    assert "300,00 ₽" in anna.get(f"/cards/{ref}").words.replace("\u00a0", " ")
    drain(site.office.engine)
    link = anna.get(f"/cards/{ref}?tab=files").links("/files/")[0]
    printed = text_of_document(site.office, anna.get(link).answer.data)
    for words in ("Творог", "300,00\u00a0₽", "ООО «Волна»"):
        assert words in printed
