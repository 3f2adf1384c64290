"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

from tests.webui.conftest import PASSWORD, Site


def test_it_opens_the_page_one_came_for(site: Site):
    visitor = site.visitor()

    asked = visitor.get("/inbox")
    page = visitor.post("/sign-in", {"login": "clerk", "password": PASSWORD, "next": "/inbox"})

    assert asked.location == "/sign-in?next=/inbox"
    assert page.status == 303
    assert page.location == "/inbox"


def test_it_leads_nowhere_outside(site: Site):
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        page = site.visitor().post("/sign-in", {"login": "clerk", "password": PASSWORD, "next": elsewhere})

        assert page.location == "/"


def test_a_wrong_password_and_a_stranger_read_the_same(site: Site):
    wrong = site.visitor().post("/sign-in", {"login": "clerk", "password": "no"})
    stranger = site.visitor().post("/sign-in", {"login": "nobody", "password": "no"})

    assert wrong.status == stranger.status == 422
    assert wrong.words.replace("clerk", "") == stranger.words.replace("nobody", "")


def test_tries_are_slowed_down(site: Site):
    for _ in range(4):
        site.visitor().post("/sign-in", {"login": "clerk", "password": "no"})

    assert "Слишком много" in site.visitor().post("/sign-in", {"login": "clerk", "password": PASSWORD}).words


def test_the_cookie_is_closed_to_scripts(site: Site):
    page = site.visitor().post("/sign-in", {"login": "clerk", "password": PASSWORD})
    cookie = next(one for one in page.answer.headers.getlist("Set-Cookie") if one.startswith("chancery="))

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_the_session(site: Site):
    anna = site.as_("anna")
    anna.post("/sign-out")

    assert anna.get("/").location.startswith("/sign-in")


def test_an_unused_session_ends(site: Site):
    anna = site.as_("anna")
    site.clock.move(timedelta(minutes=31))

    assert anna.get("/").location.startswith("/sign-in")


def test_a_post_without_a_token_is_refused(site: Site):
    page = site.visitor().post("/sign-in", {"login": "clerk", "password": PASSWORD, "csrf_token": ""})

    assert page.status == 400


def test_a_post_from_another_site_is_refused(site: Site):
    page = site.visitor().post(
        "/sign-in", {"login": "clerk", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert page.status == 400


def test_a_strange_host_name_is_refused(site: Site):
    assert site.app.test_client().get("/sign-in", base_url="http://evil.example").status_code == 400
