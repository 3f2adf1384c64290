"""Anna reads and keeps the journal on the site; Vera, who registers nothing, finds no journal."""

from __future__ import annotations

from tests.webui.conftest import Site


def test_anna_reserves_a_number_finds_it_and_releases_it(site: Site) -> None:
    site.registered()
    anna = site.as_("anna")
    page = anna.get("/journals")
    assert page.location.endswith("/journals/appeal"), "the only journal opens itself"
    fields = anna.get("/journals/appeal").fields("/reserve")
    for _ in range(2):  # sent twice, done once
        answer = anna.post("/journals/appeal/reserve", fields | {"reason": "Из министерства", "until": "2026-12-01"})
        assert answer.status == 303
    shown = anna.get("/journals/appeal?state=reserved")
    assert "ОП-2026/00002" in shown.words and "Из министерства" in shown.words and "ОП-2026/00003" not in shown.words
    released = anna.post("/journals/appeal/release", shown.fields("/release") | {"reason": "Не пришло"})
    assert released.status == 303
    assert "Не пришло" in anna.get("/journals/appeal?state=released").words


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(site: Site) -> None:
    number = "<b>7</b>\u202e"
    page = site.as_("anna").post("/journals/appeal/reserve", {"reason": "Письмо", "number": number, "until": "вчера"})
    assert page.status == 422
    page = site.as_("anna").post("/journals/appeal/reserve", {"reason": "Письмо", "number": number})
    assert page.status == 422
    assert "невидимые знаки" in page.words and "&lt;b&gt;7" in page.text and "<b>7" not in page.text


def test_a_stranger_finds_no_journal(site: Site) -> None:
    vera = site.as_("vera")
    assert "Вам не открыт ни один журнал" in vera.get("/journals").words
    for answer in (vera.get("/journals/appeal"), vera.get("/journals/nothing")):
        assert answer.status == 404
    for what in ("reserve", "release"):
        assert vera.post(f"/journals/appeal/{what}", {"reason": "x", "id": "1"}).status == 404
    assert "/journals" not in vera.get("/").text


def test_a_card_in_the_hands_of_its_process_offers_no_other_way_on(site: Site) -> None:
    ref = site.registered()
    assert "/act/" not in site.as_("anna").get(f"/cards/{ref}").text
    assert site.as_("anna").get(f"/cards/{ref}/act/register").status == 404
    assert site.as_("anna").post(f"/cards/{ref}/act/register", {"revision": "2"}).status in (403, 409)
    assert site.as_("egor").post(f"/cards/{ref}/act/register", {"revision": "2"}).status == 404
