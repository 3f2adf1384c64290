"""Following a request with its number and code."""

from __future__ import annotations

import io

from engine.jobs.running import drain
from tests.webui.conftest import PASSWORD, Site


def follow(site: Site, number: str, code: str):
    visitor = site.visitor()
    return visitor, visitor.post("/p/appeals/follow", {"number": number, "code": code})


def test_number_and_code_open_it(site: Site):
    filed = site.file()

    visitor, page = follow(site, filed.number.lower(), filed.code.replace("-", " "))

    assert page.location == "/p/appeals/followed"
    assert filed.number in visitor.get("/p/appeals/followed").words


def test_wrong_ones_read_the_same_whether_or_not_the_number_exists(site: Site):
    filed = site.file()

    _, wrong = follow(site, filed.number, "XXXXX-XXXXX")
    _, unknown = follow(site, "ZZZZ-ZZZZ", "XXXXX-XXXXX")

    assert wrong.status == unknown.status == 422
    assert wrong.words.replace(filed.number, "") == unknown.words.replace("ZZZZ-ZZZZ", "")


def test_a_visit_without_a_code_is_led_to_the_question(site: Site):
    site.file()

    assert site.visitor().get("/p/appeals/followed").location == "/p/appeals/follow"


def test_files_are_added_and_seen_only_by_their_customer(site: Site):
    filed, other = site.file(), site.file()
    sent = filed.clara.post(
        "/p/appeals/files", {"file": (io.BytesIO(b"%PDF-1.4 x"), "ещё.pdf")}, content_type="multipart/form-data"
    )
    link = filed.clara.get("/p/appeals/followed").links("/files/")[0]

    assert sent.status == 303
    assert filed.clara.get(link).answer.data == b"%PDF-1.4 x"
    assert other.clara.get(link).status == 404
    assert site.visitor().get(link).status == 404


def test_the_answer_is_there_at_the_end(site: Site):
    filed = site.file()
    answer = {
        "card.subject": "01.01.01.01.01",
        "card.channel": "portal",
        "card.demand": "refund",
        "card.kind": "complaint",
    }
    site.complete("anna", "register", **answer)
    site.complete("boris", "accept")
    reply = {"card.reply": "<p>Вернём <b>деньги</b>.</p>", "card.result": "confirmed", "approvers": ["lawyer"]}
    site.complete("vera", "submit", **reply)
    site.complete("galina", "agree")
    before = filed.clara.get("/p/appeals/followed").words
    site.complete("head", "sign", password=PASSWORD)
    drain(site.office.engine)

    page = filed.clara.get("/p/appeals/followed")

    assert "Вернём" not in before
    assert "Вернём" in page.words
    assert "<b>деньги</b>" in page.text


def test_closing_it_ends_the_visit(site: Site):
    filed = site.file()
    filed.clara.post("/p/appeals/leave")

    assert filed.clara.get("/p/appeals/followed").location == "/p/appeals/follow"


def test_the_staff_door_stays_shut_for_customers(site: Site):
    filed = site.file()

    assert filed.clara.get("/inbox").location.startswith("/sign-in")
