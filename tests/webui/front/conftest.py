from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.webui.front.stand import Stand, schema_of_every_field

CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(__file__).parents[2] / "vendor" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = Stand()
    stand.settings = {"schema": schema_of_every_field(), "data": {}}
    yield stand
    stand.stop()


class Complaints(list[str]):
    """What the browser complained about: broken policy, uncaught errors."""


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(5000)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    page.close()


def look(page: Page, url: str) -> None:
    """Opens the page and waits until every island stands."""
    page.goto(url)
    page.locator("[data-island]:not([data-ready])").first.wait_for(state="detached")


def axe_finds(page: Page) -> list[str]:
    """Serious and critical findings of axe-core; evaluate() is not bound by the page's policy."""
    page.evaluate(AXE)
    found = page.evaluate(
        """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        .then(said => said.violations.filter(v => ["serious", "critical"].includes(v.impact))
        .map(v => v.id + ": " + v.nodes.map(n => n.target + " " + (n.any[0]?.message || "")).join(" | ")))"""
    )
    return list(found)
