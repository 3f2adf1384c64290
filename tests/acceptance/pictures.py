"""
Pictures of the pages, ru light 1440 and fa dark 390: axe-core finds nothing serious, nothing scrolls sideways, keys suffice.

A server with the demo organisation is brought into a lively state over HTTP (requests filed, registered, in approval,
answered), then a browser visits the pages and drives the inbox without a mouse. `--out` says where the pictures go.
Every wait has an end: a page that does not answer is named, and the program is over.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Timer
from urllib.parse import quote

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

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
UNFINISHED = (
    "[data-island]:not([data-ready])",
    ".fjs-form-field-richtext:not(:has(.ProseMirror))",
    ".htmx-request, .htmx-swapping, .htmx-settling",
)
PART_SECONDS = 15  # a click, an arrival, an island
PAGE_SECONDS = 90  # all of one page


class TooLong(Exception):
    """A page did not answer in time."""


@dataclass(frozen=True)
class State:
    """What the lively organisation has: cards by how far they are, and a request to follow."""

    answered: Road
    signing: Road
    refused: Road
    approving: Road
    assigned: Road
    disputed: str  # the address of a bank's appeal, moved by buttons
    tasks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    """A page, who looks at it (nobody: a visitor), and what is done there before the picture."""

    name: str
    address: str
    who: str = ""
    then: Callable[[Page], object] | None = None


@dataclass
class Desk:
    """A browser window of somebody, and what it complained about since the last page."""

    page: Page
    said: list[str] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        refused = said.text.startswith("Failed to load resource: the server responded with a status of 4")
        if said.type == "error" and not refused:
            self.said.append(f"console: {said.text}")


class Watch:
    """Ends a browser that no longer answers: Playwright itself waits for ever where it has no limit of its own."""

    def __init__(self, browser: Browser) -> None:
        asked = browser.new_browser_cdp_session()
        processes = asked.send("SystemInfo.getProcessInfo")["processInfo"]
        self.process = next(int(one["id"]) for one in processes if one["type"] == "browser")

    @contextlib.contextmanager
    def over(self, what: str, seconds: float = PAGE_SECONDS) -> Iterator[None]:
        """Whatever is done inside is over after *seconds*. Raises TooLong."""
        ended: list[bool] = []

        def end() -> None:
            ended.append(True)
            os.kill(self.process, signal.SIGKILL)

        timer = Timer(seconds, end)
        timer.start()
        try:
            yield
        except BrowserError as error:
            raise TooLong(f"{what}: {f'no answer within {seconds} s' if ended else error.message}") from error
        finally:
            timer.cancel()


def until(scenario: Scenario, does: str, times: int = 1) -> Scenario:
    """The story up to the *times*-th step that does *does*."""
    at = [number for number, step in enumerate(scenario.steps, 1) if step.does == does]
    return replace(scenario, steps=scenario.steps[: at[times - 1]])


def called(scenario: Scenario, name: str) -> Scenario:
    cast = {key: replace(who, name=name) if isinstance(who, Customer) else who for key, who in scenario.cast.items()}
    return replace(scenario, cast=cast)


def lively(server: Server) -> State:
    """Seven requests, one after the other, each left at another place."""
    read, story = story_of(ROOT, "appeals")

    def played(scenario: Scenario) -> Road:
        road = Road(server.url, read.manifest, scenario, PASSWORD)
        road.play()
        return road

    answered = played(story)
    signing = played(called(until(story, "approve", 4), "ИП Ким А. Э."))
    refused = played(called(until(story, "approve", 2), LONG_NAME))
    approving = played(called(until(story, "prepare"), "علی رضایی"))
    assigned = played(called(until(story, "register"), "Покупатель 017"))
    played(called(until(story, "file"), "Покупатель 031"))
    filed = played(called(until(story, "file"), LONG_NAME))
    tasks = {
        "register": _task(filed, "clerk", "register"),
        "assign": _task(assigned, "manager", "assign"),
        "prepare": _task(refused, "executor", "prepare"),
        "approve": _task(approving, "lawyer", "approve"),
        "sign": _task(signing, "head", "sign"),
    }
    _thrown_away(server, _disputed(server))
    return State(answered, signing, refused, approving, assigned, _disputed(server), tasks)


def _disputed(server: Server) -> str:
    """A teller enters an appeal of the bank's desk."""
    teller = Visitor(server.url)
    teller.sign_in("bank_user", PASSWORD)
    teller.get("/cards/new/bank_appeal").form("/cards/new/bank_appeal").send(**{
        "card.kind": "fraud", "card.received_on": "2026-11-16", "card.client.name": LONG_NAME,
        "card.client.mail": "client07@example.com", "card.text": "С карты списали 18 400 рублей, операцию не совершал.",
        "card.card_tail": "1234", "card.branch": "bank_north", "then": "open",
    })  # fmt: skip
    return teller.get("/cards?type=bank_appeal").links("/cards/")[-1].removeprefix(server.url)


def _thrown_away(server: Server, address: str) -> None:
    """The head throws it into the bin."""
    head = Visitor(server.url)
    head.sign_in("bank_head", PASSWORD)
    head.get(f"{address}/bin").form("/bin").send(reason="Клиент отозвал обращение, внесено дважды")


def _task(road: Road, who: str, element: str) -> str:
    return road.find_task(who, element).url.removeprefix(road.base)


def _person(admin: Visitor, server: Server) -> str:
    """The address of a person who has a request under way."""
    return admin.get(f"/parties?q={quote('Покупатель')}").links("/parties/")[-1].removeprefix(server.url)


def shots(server: Server, state: State) -> Iterator[Shot]:
    admin = Visitor(server.url)
    admin.sign_in("admin", PASSWORD)
    instance = admin.get("/admin/instances").links("/admin/instances/")[0].removeprefix(server.url)
    refused = state.refused.card
    yield Shot("sign-in", "/sign-in")
    yield Shot("sign-in-refused", "/sign-in", then=_wrong_password)
    yield Shot("password-forgotten", "/password/forgotten")
    yield Shot("password-reset", "/password/reset")
    yield Shot("password-own", "/password/first", "clerk")
    yield Shot("home", "/", "manager")
    yield Shot("home-executor", "/", "executor")
    yield Shot("home-empty", "/", "store205")
    yield Shot("inbox", "/inbox", "clerk")
    yield Shot("inbox-found-nothing", "/inbox?q=кефир", "clerk")
    yield Shot("inbox-empty", "/inbox", "store205")
    yield Shot("task-register", state.tasks["register"], "clerk")
    yield Shot("task-assign", state.tasks["assign"], "manager")
    yield Shot("task-prepare", state.tasks["prepare"], "executor")
    yield Shot("task-approve", state.tasks["approve"], "lawyer")
    yield Shot("task-approve-refused", state.tasks["approve"], "lawyer", _refusal_without_words)
    yield Shot("task-sign", state.tasks["sign"], "head")
    yield Shot("registration", "/cards/new/appeal", "clerk")
    yield Shot("registration-refused", "/cards/new/appeal", "clerk", _sent_empty)
    yield Shot("cards", "/cards", "manager")
    yield Shot("journal", "/journals/appeal", "clerk", _reserved)
    yield Shot("cards-found-nothing", "/cards?q=кефир", "manager")
    yield Shot("card-answered", state.answered.card, "manager")
    yield Shot("card-refused", refused, "manager")
    for tab in ("approval", "files", "links", "discussion", "history", "process"):
        yield Shot(f"card-{tab}", f"{refused}?tab={tab}", "manager")
    yield Shot("card-more", state.assigned.card, "manager", lambda page: page.click(".ch-more > summary"))
    yield Shot("card-thrown-away", f"{state.assigned.card}/bin", "manager")
    yield Shot("bin", "/bin", "bank_head")
    yield Shot("templates", "/templates", "clerk")
    yield Shot("template-new", f"/templates/new/appeal?of={state.assigned.card.split('/')[-1]}", "clerk")
    yield Shot("card-copied", f"/cards/new/appeal?copy={state.assigned.card.split('/')[-1]}", "clerk")
    yield Shot("card-change", f"{state.assigned.card}/edit", "clerk")
    yield Shot("card-compare", f"{refused}/compare?older=1&newer=6", "manager")
    yield Shot("card-history-paper", f"{refused}/history?kind=all", "manager")
    yield Shot("notices", "/notices", "executor")
    yield Shot("notices-empty", "/notices", "store205")
    yield Shot("me", "/me", "clerk")
    yield Shot("portal-filing", "/p/appeals")
    yield Shot("portal-refused", "/p/appeals", then=_filed_empty)
    yield Shot("portal-check", "/p/appeals", then=_filled_in)
    yield Shot("portal-filed", "/p/appeals", then=_filed)
    yield Shot("portal-follow", "/p/appeals/follow")
    yield Shot("portal-follow-refused", "/p/appeals/follow", then=_wrong_code)
    yield Shot("portal-followed", "/p/appeals/followed", "customer")
    yield Shot("portal-followed-waiting", "/p/appeals/followed", "waiting customer")
    yield Shot("admin-solutions", "/admin/solutions", "admin")
    yield Shot("admin-solutions-refused", "/admin/solutions", "admin", _wrong_upload)
    yield Shot("admin-instances", "/admin/instances", "admin")
    yield Shot("admin-instance", instance, "admin")
    yield Shot("admin-incidents", "/admin/incidents", "admin")
    yield Shot("admin-mail", "/admin/mail", "admin")
    yield Shot("admin-people", "/admin/people", "admin")
    yield Shot("admin-person", "/admin/people/executor2", "admin")
    yield Shot("admin-organisation", "/admin/organisation", "admin")
    yield Shot("admin-units", "/admin/units", "admin")
    yield Shot("admin-unit", "/admin/units/bank_north", "admin")
    yield Shot("admin-files", "/admin/organisation/files/people", "admin")
    yield Shot("admin-hand-over", "/admin/people/executor2/hand-over", "admin")
    yield Shot("admin-substitutions", "/admin/substitutions", "admin")
    yield Shot("directories", "/directories", "manager")
    yield Shot("directory", "/directories/subjects", "manager")
    yield Shot("directory-item", "/directories/subjects/items/01.01.01.01.01", "manager")
    yield Shot("directory-import", "/directories/subjects/import", "manager")
    yield Shot("parties", "/parties", "clerk")
    yield Shot("party-personal", f"{_person(admin, server)}/personal", "admin")
    yield Shot("party-new", "/parties/new", "clerk")
    yield Shot("bank-new", "/cards/new/bank_appeal", "bank_registrar")
    yield Shot("bank-list", "/cards?type=bank_appeal", "bank_registrar")
    yield Shot("bank-card", state.disputed, "bank_registrar")
    yield Shot("bank-register", f"{state.disputed}/act/register", "bank_registrar")
    yield Shot("bank-change", f"{state.disputed}/edit", "bank_registrar")
    yield Shot("help", "/help", "clerk")
    yield Shot("help-bpmn", "/help/bpmn", "clerk")
    yield Shot("help-rest", "/help/machines", "clerk")
    yield Shot("help-page", "/help/keys", "clerk")
    yield Shot("help-reference", "/help/errors", "clerk")
    yield Shot("missing", "/cards/nothing-there", "clerk")


def _wrong_password(page: Page) -> None:
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", "not that")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")


def _refusal_without_words(page: Page) -> None:
    page.click("#task-form button[value=refuse]")
    page.wait_for_selector("#f-remark-error")


def _sent_empty(page: Page) -> None:
    page.click("#new-card [data-primary]")
    page.wait_for_selector("#new-card .ch-err")


def _filed_empty(page: Page) -> None:
    page.click("main form button[value=on]")
    page.wait_for_selector("main form .ch-err")


def _filled_in(page: Page) -> None:
    page.select_option("main form [name='card.kind']", "complaint")
    page.fill("main form [name='card.text']", "На ценнике 89,90, на кассе пробили 119.\nПрошу вернуть разницу.")
    page.fill("main form [name$='.name']", LONG_NAME)
    page.fill("main form [name$='.mail']", "customer031@example.com")
    page.check("main form [name='card.consent']")
    page.select_option("main form [name='card.demand']", "refund")
    with page.expect_navigation():
        page.click("main form button[value=on]")


def _filed(page: Page) -> None:
    _filled_in(page)
    with page.expect_navigation():
        page.click("main form button[value=send]")


def _reserved(page: Page) -> None:
    """A number kept for a letter that is still to come."""
    page.fill("#reserve [name=reason]", "Письмо из министерства, придёт завтра")
    page.click("#reserve button[type=submit]")
    page.wait_for_url("**/journals/appeal")


def _wrong_code(page: Page) -> None:
    page.fill("[name=number]", "ОП-2026/00001")
    page.fill("[name=code]", "0000-0000")
    with page.expect_navigation():
        page.click("main form button[type=submit]")


def _wrong_upload(page: Page) -> None:
    page.fill("[name=slug]", "returns")
    page.set_input_files("[name=bundle]", {"name": "returns.bpmn", "mimeType": "text/xml", "buffer": b"<definitions"})
    with page.expect_navigation():
        page.click("main form button[value=check]")


def desk_of(browser: Browser, server: Server, state: State, who: str, look: str) -> Desk:
    """A window of somebody, in a language, a theme and a width."""
    language, theme, width, height = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce")
    context.set_default_timeout(PART_SECONDS * 1000)
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in
                         (("ch-theme", theme), ("ch-lang", language))])  # fmt: skip
    page = context.new_page()
    if who.endswith("customer"):
        road = state.answered if who == "customer" else state.approving
        page.goto(f"{server.url}/p/appeals/follow")
        page.fill("[name=number]", road.receipt)
        page.fill("[name=code]", road.code)
        with page.expect_navigation():
            page.click("main form button[type=submit]")
    elif who:
        page.goto(f"{server.url}/sign-in")
        page.fill("[name=login]", who)
        page.fill("[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("[name=password]", "Enter")
        page.goto(f"{server.url}/me")
        with page.expect_navigation():  # a page closed or left while its form is on the way may never answer again
            page.click(f"button[name=language][value={language}]")
    desk = Desk(page)
    page.on("pageerror", lambda error: desk.said.append(f"script error: {error}"))
    page.on("console", desk.hear)
    return desk


def settled(page: Page) -> None:
    """Every island stands, nothing is on the way from the server, the letters have their shapes."""
    for waiting in (
        "[data-island]:not([data-ready])",
        ".fjs-form-field-richtext:not(:has(.ProseMirror))",
        ".htmx-request, .htmx-swapping, .htmx-settling",
    ):
        _soon(lambda waiting=waiting: page.locator(waiting).count() == 0, f"no {waiting} on {page.url}")
    page.evaluate("document.fonts.ready.then(() => 0)")


def _soon(is_so: Callable[[], bool], what: str) -> None:
    """Wait in short steps: the pages allow no evaluated text."""
    end = time.monotonic() + PART_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise TooLong(f"not within {PART_SECONDS} s: {what}")
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
    down = page.evaluate("document.querySelector('.ch-app') ? document.documentElement.scrollHeight - innerHeight : 0")
    told += [f"scrolls sideways by {over} px"] if over > 0 else []
    return told + ([f"the frame scrolls away by {down} px"] if down > 0 else [])


def take(browser: Browser, server: Server, state: State, out: Path, only: str) -> int:
    """Every page in both looks; gives how many have a complaint."""
    watch = Watch(browser)
    wanted = [shot for shot in shots(server, state) if only in shot.name]
    taken, bad, at = 0, 0, time.monotonic()
    for look in LOOKS:
        desks: dict[str, Desk] = {}
        for shot in wanted:
            with watch.over(f"{shot.name} {look}"):
                if shot.who not in desks:
                    desks[shot.who] = desk_of(browser, server, state, shot.who, look)
                told = picture(desks[shot.who], server.url + shot.address, shot, out / f"{shot.name}-{look}.png")
            taken, bad = taken + 1, bad + bool(told)
            for one in told:
                print(f"  {shot.name} {look}: {one}", flush=True)
        with watch.over(f"closing {look}"):
            for desk in desks.values():
                desk.page.context.close()
    print(f"pictures {taken} ({len(wanted)} pages) in {out}, with a complaint {bad}, {time.monotonic() - at:.0f} s")
    return bad


def picture(desk: Desk, url: str, shot: Shot, file: Path) -> list[str]:
    """Visit a page, do what is to be done there, take its picture; gives the complaints."""
    desk.said.clear()
    desk.page.goto(url)
    settled(desk.page)
    if shot.then is not None:
        shot.then(desk.page)
        settled(desk.page)
    desk.page.screenshot(path=file, full_page=True)
    return complaints(desk.page) + desk.said


def by_keys(browser: Browser, server: Server, state: State) -> int:
    """The manager opens, takes on and completes a task without a mouse; gives 0 when the inbox says so."""
    with Watch(browser).over("the inbox by keyboard"):
        page = desk_of(browser, server, state, "manager", "ru-light-1440").page
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
        page.context.close()
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
        try:
            short = take(browser, server, state, given.out, given.only) + by_keys(browser, server, state)
        except TooLong as error:
            print(error)
            return 1
        browser.close()
    return int(short > 0)


def chromium() -> str | None:
    """Debian's Chromium; else Playwright's own."""
    found = Path("/usr/bin/chromium")
    return str(found) if found.exists() else None


if __name__ == "__main__":
    sys.exit(main())
