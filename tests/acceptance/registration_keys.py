"""
An appeal registered by keyboard alone, in Russian and in Persian: at most 25 key presses beyond what is typed.

From the home page to the number, in Chromium, without a pointer, by a new applicant and again by a known one. Every key
counts as one, of a chord each of its keys; letters of values do not. What was pressed is printed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance._server import Server, running
from tests.acceptance.pictures import ARGUMENTS, PASSWORD, chromium

MOST = 25
WAIT = 20_000


@dataclass
class Keys:
    """The keyboard, counted."""

    page: Page
    pressed: list[str] = field(default_factory=list)

    def press(self, chord: str, times: int = 1) -> None:
        for _ in range(times):
            self.pressed += chord.split("+")
            self.page.keyboard.press(chord)

    def to(self, name: str) -> None:
        """Tab on to a field; fifteen of them lead nowhere."""
        for _ in range(15):
            if self.page.evaluate("document.activeElement.id") == f"f-{name}":
                return
            self.press("Tab")
        raise RuntimeError(
            f"Tab does not lead to {name}: {self.page.evaluate('document.activeElement.outerHTML')[:200]}"
        )

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def look_up(self, text: str) -> None:
        """Type into a type-ahead and take the first of what it found."""
        self.type(text)
        self.page.wait_for_selector('[role="listbox"]:not([hidden]) [role="option"]')
        self.press("Enter")


def registered(page: Page, applicant: str, mail: str) -> tuple[str, list[str]]:
    """From home to the number; gives it and what was pressed."""
    keys = Keys(page)
    keys.press("g")
    keys.press("r")
    page.wait_for_selector("#f-card\\.kind:focus")
    page.wait_for_selector('#f-card\\.subject[role="combobox"]')
    keys.press("ArrowDown")
    keys.to("card.channel")
    keys.look_up("phone")
    keys.to("card.subject")
    keys.look_up("01.01.01.01.01")
    keys.to("card.text")
    keys.type("Творог прокис за день до срока. شیر ترش بود.")
    keys.to("card.demand")
    keys.look_up("refund")
    keys.to("card.applicant")
    keys.look_up(applicant)
    if mail:
        page.wait_for_selector("#f-card\\.applicant\\.mail:focus")
        keys.type(mail)
    keys.press("Control+s")
    page.wait_for_selector("[data-primary][href*='/inbox/']")
    card = page.url
    keys.press("Control+Enter")
    page.wait_for_selector("#task-form [data-primary]")
    page.wait_for_selector("[data-island=form][data-ready]")
    with page.expect_response(lambda answer: answer.url.endswith("/complete")) as answered:
        keys.press("Control+Enter")
    if answered.value.status >= 400:
        raise RuntimeError(f"the registration was refused: {answered.value.status}")
    page.goto(card)
    number = page.inner_text(".ch-head h1 bdi")
    return number, keys.pressed


def window(browser: Browser, server: Server, language: str) -> Page:
    """The clerk's window in a language."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=language)
    context.set_default_timeout(WAIT)
    page: Page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    page.goto(f"{server.url}/me")
    with page.expect_navigation():
        page.click(f"button[name=language][value={language}]")
    page.goto(f"{server.url}/")
    return page


def main() -> int:
    short = False
    with running() as server, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for language, name in (("ru", "Петрова Анна Сергеевна"), ("fa", "زهرا محمدی")):
            page = window(browser, server, language)
            for known in (False, True):
                number, pressed = registered(page, name, "" if known else f"{language}@example.com")
                short |= len(pressed) > MOST
                who = "known" if known else "new"
                print(f"{language}, {who} applicant, {number}: {len(pressed)} keys: {' '.join(pressed)}", flush=True)
                page.goto(f"{server.url}/")
            page.context.close()
        browser.close()
    print("short: more keys than promised" if short else f"kept: at most {MOST} keys")
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
