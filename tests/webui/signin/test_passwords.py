"""The first password, and a new one by mail."""

from __future__ import annotations

import re

from engine.store.models import Outbox
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from tests.webui.conftest import Site

GIVEN, OWN = "given for the first time", "the horse eats blue hay"


def newcomer(site: Site):
    create_account(site.office, INSTALLER, NewAccount("nina", "Нина", mail="nina@example.org", password=GIVEN))
    visitor = site.visitor()
    visitor.post("/sign-in", {"login": "nina", "password": GIVEN})
    return visitor


def test_a_newcomer_gets_no_further_before_choosing_one(site: Site):
    nina = newcomer(site)

    assert nina.get("/inbox").location == "/password/first"


def test_it_is_chosen_once_and_opens_the_house(site: Site):
    nina = newcomer(site)
    page = nina.post("/password/first", {"old": GIVEN, "password": OWN, "password_again": OWN})

    assert page.status == 303
    assert nina.get("/").status == 200


def test_complaints_stand_beside_the_field(site: Site):
    nina = newcomer(site)

    short = nina.post("/password/first", {"old": GIVEN, "password": "short", "password_again": "short"})
    differ = nina.post("/password/first", {"old": GIVEN, "password": OWN, "password_again": "other"})
    wrong = nina.post("/password/first", {"old": "no", "password": OWN, "password_again": OWN})

    assert short.status == differ.status == wrong.status == 422
    assert 'id="f-password-error"' in short.text
    assert 'id="f-password_again-error"' in differ.text
    assert 'id="f-old-error"' in wrong.text


def test_a_link_comes_by_mail_and_works_once(site: Site):
    newcomer(site)
    site.visitor().post("/password/forgotten", {"login": "nina"})
    with site.office.database.reading() as session:
        link = session.query(Outbox).one().payload["secrets"]["link"]
    token = re.search(r"token=(.+)", link).group(1)

    first = site.visitor().post(f"/password/reset?token={token}", {"password": OWN, "password_again": OWN})
    again = site.visitor().post(f"/password/reset?token={token}", {"password": OWN, "password_again": OWN})

    assert first.status == 303
    assert again.status == 404
    assert site.visitor().post("/sign-in", {"login": "nina", "password": OWN}).status == 303


def test_nobody_learns_who_has_an_account(site: Site):
    known = site.visitor().post("/password/forgotten", {"login": "clerk"})
    stranger = site.visitor().post("/password/forgotten", {"login": "nobody"})

    assert known.status == stranger.status == 200
    assert known.words == stranger.words
