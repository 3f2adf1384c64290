"""Filing a request, without an account and without scripts."""

from __future__ import annotations

import io

from tests.webui.conftest import Site

TYPED = {
    "card.kind": "complaint",
    "card.text": "Молоко скисло",
    "card.demand": "refund",
    "card.store": "101",
    "card.applicant.name": "Клара Соколова",
    "card.applicant.mail": "clara@example.org",
    "card.consent": "given",
}


def test_two_steps_lead_to_number_and_code(site: Site):
    clara = site.visitor()
    first = clara.get("/p/appeals")
    second = clara.post("/p/appeals", {**TYPED, "go": "on"})
    kept = second.fields("/p/appeals")

    sent = clara.post(
        "/p/appeals",
        {
            **kept,
            "csrf_token": clara.token(),
            "go": "send",
            "files.card.evidence": (io.BytesIO(b"\xff\xd8\xff"), "чек.jpg"),
        },
        content_type="multipart/form-data",
    )

    assert first.status == second.status == 200
    assert "Молоко скисло" in second.words
    assert sent.location == "/p/appeals/filed"
    assert 'id="filed-code"' in clara.get("/p/appeals/filed").text
    assert "чек.jpg" in site.as_("anna").get(f"/inbox/{site.tasks('anna')[0]}").words


def test_back_keeps_what_was_typed(site: Site):
    page = site.visitor().post("/p/appeals", {**TYPED, "go": "back"})

    assert "Молоко скисло" in page.text
    assert "Клара Соколова" in page.text


def test_what_is_missing_is_said_beside_its_field(site: Site):
    page = site.visitor().post("/p/appeals", TYPED | {"go": "on", "card.demand": ""})
    refused = site.visitor().post("/p/appeals", TYPED | {"go": "send", "card.applicant.mail": "nowhere"})

    assert page.status == refused.status == 422
    assert 'id="f-card.demand-error"' in page.text
    assert 'id="f-card.applicant.mail-error"' in refused.text


def test_sent_twice_it_is_one_request(site: Site):
    clara = site.visitor()
    sent = {**TYPED, "go": "send", "request_id": "the-same-request-1"}

    clara.post("/p/appeals", sent)
    clara.post("/p/appeals", sent)

    assert len(site.tasks("anna")) == 1


def test_the_browser_is_told_which_form_was_done(site: Site):
    clara = site.visitor()

    refused = clara.post("/p/appeals", {**TYPED, "go": "send", "request_id": "r-1", "card.text": ""})
    sent = clara.post("/p/appeals", {**TYPED, "go": "send", "request_id": "r-1"})

    assert "ch-done" not in refused.answer.headers.get("Set-Cookie", "")
    assert any(one.startswith("ch-done=r-1;") for one in sent.answer.headers.getlist("Set-Cookie"))


def test_the_code_is_shown_in_this_browser_only(site: Site):
    site.file()

    assert site.visitor().get("/p/appeals/filed").status == 404


def test_it_speaks_the_browser_s_language(site: Site):
    persian = site.visitor().get("/p/appeals", headers={"Accept-Language": "fa"})
    english = site.visitor().get("/p/appeals", headers={"Accept-Language": "en"})

    assert 'dir="rtl"' in persian.text
    assert "optional" in english.text
