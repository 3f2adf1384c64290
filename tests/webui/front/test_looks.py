"""Every part, in the languages, themes and widths people have: readable, reachable, inside the policy."""

import re

import pytest
from playwright.sync_api import Page

from tests.webui.front.conftest import Complaints, axe_finds, look
from tests.webui.front.stand import WEBUI, Stand

pytestmark = pytest.mark.browser

VIEWS = [(lang, theme, width) for lang in ("ru", "fa") for theme in ("light", "dark") for width in (1440, 390)]


@pytest.mark.parametrize("path", ["/", "/islands", "/portal", "/plain"])
@pytest.mark.parametrize(("lang", "theme", "width"), VIEWS)
def test_a_page_is_reachable_for_everybody(
    page: Page, stand: Stand, complaints: Complaints, path: str, lang: str, theme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    look(page, f"{stand.url}{path}?lang={lang}&theme={theme}")
    assert axe_finds(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".ch-page").evaluate_all("pages => pages.every(x => x.scrollWidth <= x.clientWidth)")
    assert complaints == []


def test_the_form_after_refusal_is_reachable_too(page: Page, stand: Stand, complaints: Complaints) -> None:
    stand.settings |= {"errors": {"card.amount": "В чеке 1 240 ₽", "topic": ["Слишком коротко"]}}
    look(page, f"{stand.url}/islands")
    page.get_by_text("В чеке 1 240 ₽").wait_for()
    assert page.locator(".fjs-form-field-error").all_inner_texts() == ["В чеке 1 240 ₽", "Слишком коротко"]
    assert axe_finds(page) == []
    assert complaints == []


def test_bpmn_io_stays_visible_on_diagram_and_form(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands?theme=dark")
    for mark in (page.locator("a.bjs-powered-by"), page.locator("a.fjs-powered-by-link")):
        mark.scroll_into_view_if_needed()
        assert mark.is_visible()
        assert mark.evaluate(
            """a => { const r = a.getBoundingClientRect();
            return a.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)) }"""
        )


OURS = ["chancery.css", "tokens.css"]


def test_our_styles_know_no_left_and_right() -> None:
    for name in OURS:
        css = (WEBUI / "static" / name).read_text()
        css = re.sub(r"background-position:[^;]+;", "", re.sub(r"/\*.*?\*/", "", css, flags=re.S))
        assert re.findall(r"[^\n;{]*\b(?:left|right)\b[^\n;{]*", css) == []


def test_templates_carry_no_inline_style_script_or_handler() -> None:
    for template in sorted((WEBUI / "templates").rglob("*.html")):
        source = template.read_text()
        assert not re.search(r"\sstyle=|<style|\shx-on|\son[a-z]+=\"|javascript:", source), template
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", source), template
