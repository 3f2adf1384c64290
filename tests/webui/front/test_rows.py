"""A table of a card filled in without the pointer, in Russian on a desk and in Persian on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.solutions.deploy_solution import deploy_solution
from tests.fixtures.purchases import purchases
from tests.webui.conftest import PASSWORD, Site
from tests.webui.front.conftest import axe_finds

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The running site with the buyers Anna (ru) and Nasrin (fa)."""
    assert deploy_solution(site.office, INSTALLER, purchases()).deployment_id
    for login, locale in (("anna", "ru"), ("nasrin", "fa")):
        new = NewAccount(login, login, groups=("buyer",), password=PASSWORD, must_change_password=False, locale=locale)
        create_account(site.office, INSTALLER, new)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def opened(browser: Browser, address: str, login: str, *, width: int, dark: bool = False) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    page.set_default_timeout(10_000)
    page.goto(f"{address}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{address}/cards/new/purchase")
    page.locator("[data-island]:not([data-ready])").first.wait_for(state="detached")
    return page


def rows_of(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(page.locator("input[name='card.items']").input_value())
    return found


def cell(page: Page, row: int, column: int) -> str:
    return f"#f-card\\.items tbody tr:nth-child({row}) td:nth-child({column}) :is(input, select)"


def pictured(page: Page, name: str) -> None:
    folder = Path("/tmp/f/shots")
    if folder.is_dir():
        page.screenshot(path=str(folder / f"{name}.png"), full_page=True)


def test_rows_are_added_moved_and_removed_by_keys(browser: Browser, address: str) -> None:
    page = opened(browser, address, "anna", width=1440)
    page.fill("[name='card.name']", "Молоко")
    page.locator("#f-card\\.items + .ch-err, #f-card\\.items button", has_text="Добавить").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Молоко")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("89,90")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 2
    page.keyboard.type("Сыр")
    page.keyboard.press("Alt+ArrowUp")
    assert [row.get("what") for row in rows_of(page)] == ["Сыр", "Молоко"]
    assert rows_of(page)[1] == {"what": "Молоко", "qty": "2", "price": "89.90"}
    expect(page.locator("#f-card\\.items [role=status]").last).to_have_text("Теперь это строка 1")
    page.keyboard.press("Alt+Delete")
    assert [row.get("what") for row in rows_of(page)] == ["Молоко"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe_finds(page) == []
    page.get_by_role("tab", name="Предмет").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name='card.asked_by']").first).to_be_attached()
    expect(page.locator("#f-card\\.needed_on")).to_be_visible()
    page.locator("#f-card\\.visit").fill("завтра")
    page.keyboard.press("Tab")
    page.keyboard.type("1430")
    page.keyboard.press("Tab")
    assert page.locator("input[name='card.visit']").input_value().endswith("T14:30")
    pictured(page, "new-ru-work")
    page.get_by_role("tab", name="Предмет").click()
    pictured(page, "new-ru")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/cards/*")
    expect(page.locator("h1")).to_contain_text("Закупка")
    expect(page.locator(".ch-rows.read tfoot")).to_contain_text("179,80")
    pictured(page, "card-ru")
    page.close()


def test_a_table_stands_on_a_phone_from_right_to_left(browser: Browser, address: str) -> None:
    page = opened(browser, address, "nasrin", width=390, dark=True)
    page.fill("[name='card.name']", "شیر")
    page.get_by_role("button", name="افزودن").click()
    page.locator(cell(page, 1, 1)).fill("شیر")
    page.locator(cell(page, 1, 3)).fill("۲")
    page.locator(cell(page, 1, 4)).fill("۸۹٫۹۰")
    page.locator(cell(page, 1, 6)).first.fill("۱۴۰۵/۰۹/۰۳")
    page.keyboard.press("Tab")
    assert rows_of(page) == [{"what": "شیر", "qty": "۲", "price": "89.90", "due": "2026-11-24"}]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe_finds(page) == []
    pictured(page, "new-fa")
    page.get_by_role("tab", name="کار").click()
    pictured(page, "new-fa-work")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/cards/*")
    expect(page.locator(".ch-rows.read")).to_contain_text("۱۷۹٫۸۰")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pictured(page, "card-fa")
    page.close()
