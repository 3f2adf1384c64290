"""The session ended while somebody typed: nothing is lost."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.webui.conftest import PASSWORD, Site

ANSWER = {
    "card.kind": "complaint",
    "card.subject": "01.01.01.01.01",
    "card.channel": "portal",
    "card.demand": "refund",
}


def test_without_scripts_the_page_asks_and_sends_on(site: Site):
    site.file()
    anna, ref = site.as_("anna"), site.tasks("anna")[0]
    sent = anna.get(f"/inbox/{ref}").fields("/complete")
    site.clock.move(timedelta(minutes=40))

    asked = anna.post(f"/inbox/{ref}/complete", {**sent, "submission": json.dumps(ANSWER), "outcome": "register"})
    kept = asked.fields(f"/inbox/{ref}/complete")
    done = anna.post(f"/inbox/{ref}/complete", {**kept, "sign_in_login": "clerk", "sign_in_password": PASSWORD})

    assert asked.status == 401
    assert json.loads(kept["submission"]) == ANSWER
    assert done.status == 303
    assert ref not in site.tasks("anna")


def test_a_wrong_password_there_keeps_everything(site: Site):
    site.file()
    anna, ref = site.as_("anna"), site.tasks("anna")[0]
    site.clock.move(timedelta(minutes=40))

    page = anna.post(
        f"/inbox/{ref}/complete",
        {
            "submission": "{}",
            "remark": "typed",
            "sign_in_again": "1",
            "sign_in_login": "clerk",
            "sign_in_password": "no",
        },
    )

    assert page.status == 401
    assert page.fields("/complete")["remark"] == "typed"


def test_passwords_are_never_echoed(site: Site):
    page = site.visitor().post("/inbox/x/complete", {"password": "my own secret"})

    assert page.status == 401
    assert "my own secret" not in page.text


def test_over_a_page_it_answers_with_the_new_token_only(site: Site):
    visitor = site.visitor()
    page = visitor.post("/sign-in", {"login": "clerk", "password": PASSWORD}, headers={"X-Sign-In-Over": "true"})

    assert page.status == 204
    assert page.answer.headers["X-CSRF-Token"]


def test_htmx_is_told_401(site: Site):
    page = site.visitor().get("/inbox", headers={"HX-Request": "true"})

    assert page.status == 401
    assert page.answer.headers["X-Error-Code"] == "signed-out"
