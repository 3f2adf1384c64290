"""Every route × every role × {own, foreign, missing}: a foreign thing is a missing one, a silent route stops the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.webui.conftest import Page, Site
from webui.routing import Area, actions, check_declared

MISSING = "nothing-there-000"
OPEN_TO_ALL_STAFF = {"task.list", "card.list", "notice.list", "home.see", "me.see", "help.see", "pulse.see", "lookup"}


def rules(site: Site, admits: str) -> Iterator[tuple[str, str, str]]:
    """Method, address pattern and action of the routes that admit *admits*."""
    declared = actions(site.app)
    for rule in site.app.url_map.iter_rules():
        action = declared.get(rule.endpoint)
        if action is not None and action.admits == admits:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule, action.name


def ask(site: Site, who: str | None, method: str, address: str) -> Page:
    visitor = site.as_(who) if who else site.visitor()
    return visitor.get(address) if method == "GET" else visitor.post(address)


def filled(pattern: str, things: dict[str, str], otherwise: str = MISSING) -> str:
    """The address of a pattern: its places filled with what *things* has for them."""

    def one(found: re.Match[str]) -> str:
        converter, name = found.group(1) or "", found.group(2)
        if converter.startswith("int"):
            return things.get(name, "999999")
        if converter.startswith("any"):
            return converter[4:-2].split(",")[0]
        return things.get(name, otherwise)

    return re.sub(r"<(?:([^:<>]+:))?(\w+)>", one, pattern)


def test_every_route_says_what_it_does(site: Site):
    check_declared(site.app)

    silent = Flask("silent")
    silent.add_url_rule("/x", "x", lambda: "")
    with pytest.raises(RuntimeError, match="routes without an action: x"):
        check_declared(silent)


def test_an_area_takes_no_route_without_an_action():
    with pytest.raises(TypeError, match="action"):
        Area("x", __name__, admits="staff").route("/x")


def test_nobody_comes_in_unknown(site: Site):
    for admits in ("staff", "admin"):
        for method, pattern, _action in rules(site, admits):
            page = ask(site, None, method, filled(pattern, {}))

            assert page.status in (302, 401), (method, pattern, page.status)


def test_the_administration_is_missing_for_everybody_else(site: Site):
    for method, pattern, _action in rules(site, "admin"):
        for who in ("anna", "egor"):
            assert ask(site, who, method, filled(pattern, {})).status == 404, (method, pattern, who)


def test_what_is_missing_is_missing_for_everybody(site: Site):
    for method, pattern, action in rules(site, "staff"):
        if "<" not in pattern or action in OPEN_TO_ALL_STAFF:
            continue
        for who in ("anna", "egor", "admin"):
            assert ask(site, who, method, filled(pattern, {})).status == 404, (method, pattern, who)


def test_a_foreign_thing_answers_as_a_missing_one(site: Site):
    site.file()
    task = site.tasks("anna")[0]
    card = site.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]
    for method, pattern, action in rules(site, "staff"):
        if "<" not in pattern or action in OPEN_TO_ALL_STAFF:
            continue
        things = {"ref": task if pattern.startswith("/inbox") else card, "type": "appeal", "file": MISSING}
        foreign = ask(site, "egor", method, filled(pattern, things))
        missing = ask(site, "egor", method, filled(pattern, {}))

        assert foreign.status == missing.status == 404, (method, pattern, foreign.status)
        assert plain(foreign) == plain(missing), (method, pattern)


def test_a_foreign_card_is_not_counted_or_found(site: Site):
    site.file()

    for address in ("/cards", "/cards?q=milk", "/inbox", "/", "/pulse"):
        assert "milk" not in site.as_("egor").get(address).text.replace('value="milk"', "")
    assert site.as_("egor").get("/pulse").answer.json["counts"]["inbox"]["text"] == ""
    assert site.as_("egor").get("/lookup?kind=party&q=Клара").status == 404


def test_portals_that_are_not_there(site: Site):
    for method, pattern, _action in rules(site, "anyone"):
        if "<portal>" in pattern:
            assert ask(site, None, method, filled(pattern, {})).status == 404, (method, pattern)


def plain(page: Page) -> str:
    """A page without what is different in every answer: tokens, ids, the address itself."""
    text = re.sub(r'(content|value|href|action)="[^"]*"', "", page.text)
    return re.sub(r"<bdi>[0-9a-f]{16}</bdi>|code=[\w-]+|Код [\w-]+", "", text)
