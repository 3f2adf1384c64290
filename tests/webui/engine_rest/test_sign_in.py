"""How programs come in, and what does not open the door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.actor import Actor
from services.accounts import passwords
from services.accounts.actors import INSTALLER
from services.accounts.issue_token import issue_token
from services.accounts.memberships import set_active
from services.accounts.queries import tokens
from services.accounts.revoke_token import revoke_token
from services.accounts.set_password import set_password
from tests.webui.conftest import BASE, PASSWORD, Site
from tests.webui.engine_rest.conftest import Program, basic, program
from webui.routing import actions


def account_of(site: Site, login: str) -> Actor:
    from services.accounts.actors import actor_of

    with site.office.database.reading() as session:
        return actor_of(site.office, session, login)


def test_a_token_opens_and_its_use_is_noted_once_a_minute(site: Site, shop: Program):
    assert shop.json("/version") == {"version": "7.24.0"}

    def seen() -> object:
        with site.office.database.reading() as session:
            return tokens(session, "shop")[0].seen_at

    first = seen()
    assert first == site.clock.now()
    site.clock.move(timedelta(seconds=30))
    shop.get("/version")
    assert seen() == first
    site.clock.move(timedelta(seconds=31))
    shop.get("/version")
    assert seen() == site.clock.now()


def test_the_answer_has_exactly_the_content_type_workers_compare(shop: Program):
    answer = shop.get("/version")

    assert answer.headers["Content-Type"] == "application/json"
    assert "no-cache" in answer.headers["Cache-Control"]


def test_nobody_else_comes_in(site: Site, shop: Program):
    issued = issue_token(site.office, INSTALLER, "shop", "old", days=1)
    revoked = issue_token(site.office, INSTALLER, "shop", "revoked")
    revoke_token(site.office, INSTALLER, revoked.id)
    revoke_token(site.office, INSTALLER, revoked.id)
    good = shop.authorization or ""
    for shown in (None, "Bearer", "Bearer ", "Bearer x", good[:-1], good + "x", good.replace("Bearer ", ""),
                  f"Bearer {revoked.token}", "Basic !!!", "Basic " + "A" * 5000, basic("shop", ""), basic("nobody"),
                  basic("", ""), "Digest username=shop"):  # fmt: skip
        answer = Program(site, shown).get("/version")
        assert (answer.status_code, answer.data) == (401, b""), shown
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="chancery"'
    assert Program(site, f"Bearer {issued.token}").get("/version").status_code == 200
    site.clock.move(timedelta(days=1, seconds=1))
    assert Program(site, f"Bearer {issued.token}").get("/version").status_code == 401


def test_a_shut_out_account_is_out_at_once(site: Site, shop: Program):
    by_password = Program(site, basic("shop"))
    assert shop.get("/version").status_code == by_password.get("/version").status_code == 200
    set_active(site.office, INSTALLER, "shop", False)

    assert shop.get("/version").status_code == by_password.get("/version").status_code == 401


def test_a_token_in_the_address_is_refused(site: Site, shop: Program):
    token = (shop.authorization or "").removeprefix("Bearer ")

    assert Program(site, None).get(f"/version?access_token={token}").status_code == 400
    assert Program(site, None).get(f"/version?token={token}").status_code == 401
    assert shop.get(f"/version?access_token={token}").status_code == 400


def test_the_cookie_of_a_signed_in_person_opens_nothing(site: Site, shop: Program):
    anna = site.as_("admin")

    assert anna.get("/engine-rest/version").status == 401
    assert anna.post("/engine-rest/process-definition/key/approval/start").status == 401
    assert anna.get("/admin/people").status == 200


def test_a_token_asks_for_no_form_token_and_opens_no_page(site: Site, shop: Program):
    assert shop.start()["id"]
    client = site.app.test_client()
    headers = {"Authorization": shop.authorization or ""}
    assert client.get("/inbox", base_url=BASE, headers=headers).status_code == 302
    assert client.get("/pulse", base_url=BASE, headers=headers | {"Accept": "application/json"}).status_code == 401


def test_a_browser_is_not_asked_for_a_password_it_would_remember(site: Site):
    answer = Program(site, None).get("/version", headers={"User-Agent": "Mozilla/5.0 (X11; Linux)"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_person_without_the_right_is_told_so(site: Site, shop: Program):
    program(site, "vasya", machine=False)
    answer = Program(site, basic("vasya")).get("/version")

    assert answer.status_code == 403
    assert answer.json["type"] == "AuthorizationException"
    assert answer.headers["X-Error-Code"] == "engine-not-allowed"
    assert Program(site, basic("admin")).get("/version").status_code == 200


def test_argon_is_paid_once_a_minute(site: Site, shop: Program, monkeypatch: pytest.MonkeyPatch):
    from services.accounts import check_password

    tries: list[str] = []
    real = passwords.fits
    monkeypatch.setattr(check_password, "fits", lambda *given: tries.append("") or real(*given))
    by_password = Program(site, basic("shop"))
    for _ in range(3):
        assert by_password.get("/version").status_code == 200
    assert len(tries) == 1
    site.clock.move(timedelta(seconds=61))
    by_password.get("/version")
    assert len(tries) == 2


def test_a_changed_password_ends_the_old_one_at_once(site: Site, shop: Program):
    old = Program(site, basic("shop"))
    assert old.get("/version").status_code == 200
    set_password(site.office, account_of(site, "shop"), PASSWORD, "quite another sentence")

    assert old.get("/version").status_code == 401
    assert Program(site, basic("shop", "quite another sentence")).get("/version").status_code == 200


def test_wrong_passwords_make_the_next_try_wait(site: Site, shop: Program):
    for _ in range(3):
        assert Program(site, basic("shop", "wrong")).get("/version").status_code == 401
    waiting = Program(site, basic("shop")).get("/version")
    assert waiting.status_code == 401
    assert int(waiting.headers["Retry-After"]) > 0
    assert shop.get("/version").status_code == 200
    site.clock.move(timedelta(seconds=5))
    assert Program(site, basic("shop")).get("/version").status_code == 200
    assert Program(site, basic("shop", "wrong")).get("/version").status_code == 401
    assert Program(site, basic("shop")).get("/version").status_code == 200


def test_a_first_password_is_changed_before_it_serves_a_program(site: Site, shop: Program):
    from services.accounts.create_account import NewAccount, create_account

    create_account(site.office, INSTALLER, NewAccount("fresh", "Fresh", password=PASSWORD, is_admin=True))

    answer = Program(site, basic("fresh")).get("/version")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "password-to-be-changed")


def test_every_route_asks_who_it_is(site: Site, shop: Program):
    declared = actions(site.app)
    routes = [rule for rule in site.app.url_map.iter_rules() if declared.get(rule.endpoint, None)]
    routes = [rule for rule in routes if declared[rule.endpoint].admits == "machine"]
    assert len(routes) > 5
    for rule in routes:
        address = rule.rule.removeprefix("/engine-rest").replace("<", "").replace(">", "")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert Program(site, None).ask(method, address).status_code == 401, rule


def test_a_window_of_the_modeler_may_ask_first(site: Site):
    answer = Program(site, None).ask("OPTIONS", "/version", headers={"Origin": "file://"})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
