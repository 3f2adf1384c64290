"""
Pictures of the pages, ru light 1440 and fa dark 390: axe-core finds nothing serious, nothing scrolls sideways, keys suffice.

A server with the demo organisation is brought into a lively state over HTTP (requests filed, registered, in approval,
answered), then a browser visits the pages and drives the inbox without a mouse. `--out` says where the pictures go.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from services.solutions.scenarios import Customer, Scenario
from tests.acceptance._server import Server, running
from webui.demo.command import story_of
from webui.demo.play import Road
from webui.demo.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "chancery-demo"
AXE = (ROOT / "tests/vendor/axe.min.js").read_text(encoding="utf-8")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GRAVE = {"serious", "critical"}
LONG_NAME = (
    "Общество с ограниченной ответственностью «Международная торгово-закупочная компания Северо-Западного региона»"
)
LOOKS = {"ru-light-1440": ("ru", "light", 1440, 900), "fa-dark-390": ("fa", "dark", 390, 844)}


@dataclass(frozen=True)
class State:
    """What the lively organisation has: cards by how far they are, and a request to follow."""

    answered: Road
    refused: Road
    approving: Road
    assigned: Road


@dataclass(frozen=True)
class Shot:
    """A page, and who looks at it (nobody: a visitor)."""

    name: str
    address: str
    who: str = ""


def until(scenario: Scenario, does: str, times: int = 1) -> Scenario:
    """The story up to the *times*-th step that does *does*."""
    at = [number for number, step in enumerate(scenario.steps, 1) if step.does == does]
    return replace(scenario, steps=scenario.steps[: at[times - 1]])


def called(scenario: Scenario, name: str) -> Scenario:
    cast = {key: replace(who, name=name) if isinstance(who, Customer) else who for key, who in scenario.cast.items()}
    return replace(scenario, cast=cast)


def lively(server: Server) -> State:
    """Six requests, one after the other, each left at another place."""
    read, story = story_of(ROOT, "appeals")

    def played(scenario: Scenario) -> Road:
        road = Road(server.url, read.manifest, scenario, PASSWORD)
        road.play()
        return road

    answered = played(story)
    refused = played(called(until(story, "approve", 2), LONG_NAME))
    approving = played(called(until(story, "prepare"), "علی رضایی"))
    assigned = played(called(until(story, "register"), "ИП Ким А. Э."))
    played(called(until(story, "file"), "Покупатель 031"))
    played(called(until(story, "file"), LONG_NAME))
    return State(answered, refused, approving, assigned)


def shots(server: Server, state: State) -> Iterator[Shot]:
    admin = Visitor(server.url)
    admin.sign_in("admin", PASSWORD)
    instance = admin.get("/admin/instances").links("/admin/instances/")[0].removeprefix(server.url)
    yield Shot("sign-in", "/sign-in")
    yield Shot("password-forgotten", "/password/reset")
    yield Shot("home", "/", "manager")
    yield Shot("home-empty", "/", "store205")
    yield Shot("inbox", "/inbox", "clerk")
    yield Shot("inbox-approver", "/inbox", "lawyer")
    yield Shot("inbox-executor", "/inbox", "executor")
    yield Shot("inbox-empty", "/inbox", "store205")
    yield Shot("registration", "/cards/new/appeal", "clerk")
    yield Shot("cards", "/cards", "manager")
    yield Shot("card-answered", state.answered.card, "manager")
    yield Shot("card-refused", state.refused.card, "manager")
    for tab in ("approval", "files", "history", "process"):
        yield Shot(f"card-{tab}", f"{state.refused.card}?tab={tab}", "manager")
    yield Shot("notices", "/notices", "executor")
    yield Shot("me", "/me", "clerk")
    yield Shot("portal-filing", "/p/appeals")
    yield Shot("portal-follow", "/p/appeals/follow")
    yield Shot("portal-followed", "/p/appeals/followed", "customer")
    yield Shot("admin-solutions", "/admin/solutions", "admin")
    yield Shot("admin-instances", "/admin/instances", "admin")
    yield Shot("admin-instance", instance, "admin")
    yield Shot("admin-incidents", "/admin/incidents", "admin")
    yield Shot("admin-mail", "/admin/mail", "admin")
    yield Shot("admin-people", "/admin/people", "admin")
    yield Shot("admin-organisation", "/admin/organisation", "admin")
    yield Shot("help", "/help", "clerk")
    yield Shot("missing", "/cards/nothing-there", "clerk")


def session_of(browser: Browser, server: Server, state: State, who: str, look: str) -> BrowserContext:
    """A browser of somebody, in a language, a theme and a width."""
    language, theme, width, height = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce")
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in
                         (("ch-theme", theme), ("ch-lang", language))])  # fmt: skip
    page = context.new_page()
    if who == "customer":
        page.goto(f"{server.url}/p/appeals/follow")
        page.fill("[name=number]", state.answered.receipt)
        page.fill("[name=code]", state.answered.code)
        page.click("main form button[type=submit]")
        page.wait_for_url("**/followed")
    elif who:
        page.goto(f"{server.url}/sign-in")
        page.fill("[name=login]", who)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{server.url}/")
        page.goto(f"{server.url}/me")
        page.click(f"button[name=language][value={language}]")
    page.close()
    return context


def settled(page: Page) -> None:
    """Every island stands."""
    page.wait_for_load_state("networkidle")
    _soon(
        lambda: page.locator("[data-island]:not([data-ready]):visible").count() == 0, f"the islands of {page.url} stand"
    )


def _soon(is_so: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait in short steps: the pages allow no evaluated text."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def complaints(page: Page) -> list[str]:
    """What axe-core and a ruler say of the page."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [
        f"{one['id']} ({one['impact']}): {', '.join(str(node['target'][0]) for node in one['nodes'][:3])}"
        for one in found
        if one["impact"] in GRAVE
    ]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return told + ([f"scrolls sideways by {over} px"] if over > 0 else [])


def take(browser: Browser, server: Server, state: State, out: Path, only: str) -> int:
    """Every page in both looks; gives how many have a complaint."""
    taken, bad = 0, 0
    wanted = [shot for shot in shots(server, state) if only in shot.name]
    for look in LOOKS:
        sessions: dict[str, BrowserContext] = {}
        for shot in wanted:
            if shot.who not in sessions:
                sessions[shot.who] = session_of(browser, server, state, shot.who, look)
            page = sessions[shot.who].new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error, errors=errors: errors.append(f"script error: {error}"))
            page.on("console", lambda said, errors=errors: errors.append(f"console: {said.text}") if said.type == "error"
                    and "404" not in said.text else None)  # fmt: skip
            page.goto(server.url + shot.address)
            settled(page)
            page.screenshot(path=out / f"{shot.name}-{look}.png", full_page=True)
            told = complaints(page) + errors
            page.close()
            taken, bad = taken + 1, bad + bool(told)
            for one in told:
                print(f"  {shot.name} {look}: {one}")
        for context in sessions.values():
            context.close()
    print(f"pictures {taken} in {out}, with a complaint {bad}")
    return bad


def by_keys(browser: Browser, server: Server, state: State) -> int:
    """The manager opens, takes on and completes a task without a mouse; gives 0 when the inbox says so."""
    context = session_of(browser, server, state, "manager", "ru-light-1440")
    page = context.new_page()
    page.goto(f"{server.url}/inbox")
    settled(page)
    before = page.locator("#list [data-open]").count()
    for key in ("j", "k", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#task [data-key=c]")
    settled(page)
    title = page.locator("#task-title").inner_text()
    page.keyboard.press("c")
    page.wait_for_selector("#task [data-key=c]", state="detached")
    settled(page)
    page.keyboard.press("Control+Enter")
    _soon(lambda: page.locator("#list [data-open]").count() < before, "the completed task leaves the list")
    after = page.locator("#list [data-open]").count()
    context.close()
    print(f"by keyboard alone (j k Enter c Ctrl+Enter): «{title}» taken on and completed, tasks {before} → {after}")
    return int(after != before - 1)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=ROOT / "build/pictures")
    asked.add_argument("--only", default="", help="take only pictures with this in their name")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with running() as server, sync_playwright() as play:
        state = lively(server)
        browser = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        short = take(browser, server, state, given.out, given.only) + by_keys(browser, server, state)
        browser.close()
    return int(short > 0)


def chromium() -> str | None:
    """Debian's Chromium; else Playwright's own."""
    found = Path("/usr/bin/chromium")
    return str(found) if found.exists() else None


if __name__ == "__main__":
    sys.exit(main())
