"""Policies and the test mail."""

from __future__ import annotations

import re

from services.policies.rules import RULES
from tests.webui.conftest import Site


def form(site: Site) -> dict[str, str]:
    """The policies as the page shows them."""
    text = site.as_("admin").get("/admin/organisation").text
    values = dict(re.findall(r'type="text" name="([\w.]+)" value="([^"]*)"', text))
    return values | {
        "organisation.locale": "ru",
        "organisation.calendar": "gregorian",
        "organisation.country": "RU",
    }


def test_a_change_is_in_force_at_once(site: Site):
    page = site.as_("admin").post("/admin/organisation", form(site) | {"organisation.name": "Продторг"})

    assert page.status == 303
    assert "Продторг" in site.visitor().get("/sign-in").text


def test_all_or_nothing_and_beside_the_field(site: Site):
    wrong = {"organisation.name": "Продторг", "organisation.zone": "Nowhere", "session.hours": "many"}
    page = site.as_("admin").post("/admin/organisation", form(site) | wrong)

    assert page.status == 422
    assert 'id="f-organisation.zone-error"' in page.text
    assert 'id="f-session.hours-error"' in page.text
    assert "Продторг" not in site.visitor().get("/sign-in").text


def test_a_test_mail_stands_on_the_mail_page_when_no_server_is_set(site: Site):
    page = site.as_("admin").post("/admin/organisation/test-mail", {"address": "me@example.org"})
    mail = site.as_("admin").get(page.location)

    assert page.location == "/admin/mail"
    assert "me@example.org" in mail.words
    assert "Почтовый сервер не задан" in mail.words


def test_an_address_that_is_none_is_told(site: Site):
    page = site.as_("admin").post("/admin/organisation/test-mail", {"address": "nowhere"})

    assert page.status == 422
    assert 'id="f-address-error"' in page.text


def test_mail_can_be_tried_again(site: Site):
    site.as_("admin").post("/admin/organisation/test-mail", {"address": "me@example.org"})

    assert site.as_("admin").post("/admin/mail/release").status == 303


def test_every_policy_is_on_the_page_under_a_name_for_people(site: Site):
    text = site.as_("admin").get("/admin/organisation").text

    for name in RULES:
        assert f'name="{name}"' in text
        assert f">{name}<" not in text
