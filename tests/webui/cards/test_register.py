"""Fast registration by a clerk."""

from __future__ import annotations

import io

from tests.webui.conftest import Site

LETTER = {
    "card.kind": "complaint",
    "card.text": "Списали деньги дважды",
    "card.applicant.name": "Лебедева Нина Георгиевна",
    "card.applicant.mail": "nina@example.org",
}


def enter(site: Site, **changes: object):
    anna = site.as_("anna")
    sent = anna.get("/cards/new/appeal").fields("/cards/new/appeal")
    return anna.post(
        "/cards/new/appeal",
        {**sent, "csrf_token": anna.token(), **LETTER, **changes},
        content_type="multipart/form-data",
    )


def test_the_card_opens_and_its_process_began(site: Site):
    page = enter(site, then="open")

    assert page.status == 303
    assert "Лебедева" in site.as_("anna").get(page.location).words
    assert len(site.tasks("anna")) == 1


def test_register_and_go_on_gives_the_next_empty_form(site: Site):
    page = enter(site, then="next")

    assert page.location == "/cards/new/appeal"
    assert "Внесено" in site.as_("anna").get(page.location).words


def test_the_letter_comes_with_it(site: Site):
    page = enter(site, **{"files.card.evidence": (io.BytesIO(b"%PDF-1.4"), "Письмо.pdf")})

    assert "Письмо.pdf" in site.as_("anna").get(page.location + "?tab=files").words


def test_what_is_missing_is_said_beside_its_field(site: Site):
    page = enter(site, **{"card.text": "", "card.applicant.mail": "no address"})

    assert page.status == 422
    assert 'id="f-card.text-error"' in page.text
    assert 'id="f-card.applicant.mail-error"' in page.text
    assert "Лебедева Нина Георгиевна" in page.text


def test_the_same_request_twice_makes_one_card(site: Site):
    anna = site.as_("anna")
    sent = anna.get("/cards/new/appeal").fields("/cards/new/appeal") | {"csrf_token": anna.token(), **LETTER}

    first, again = (anna.post("/cards/new/appeal", sent) for _ in range(2))

    assert first.location == again.location
    assert len(site.tasks("anna")) == 1


def test_who_may_not_register_finds_no_form(site: Site):
    assert site.as_("egor").get("/cards/new/appeal").status == 404
    assert site.as_("egor").post("/cards/new/appeal", dict(LETTER)).status == 404
    assert "Регистрировать нечего" in site.as_("egor").get("/cards/new").words
