"""Changing fields on the card's page."""

from __future__ import annotations

from tests.webui.conftest import Site


def change(site: Site, ref: str, **values: str):
    anna = site.as_("anna")
    sent = anna.get(f"/cards/{ref}/edit").fields("/edit")
    return anna.post(f"/cards/{ref}/edit", {**sent, "csrf_token": anna.token(), **values})


def test_it_is_kept(site: Site):
    ref = site.registered()

    page = change(site, ref, **{"card.goods": "Творог"})

    assert page.status == 303
    assert "Творог" in site.as_("anna").get(f"/cards/{ref}").words


def test_a_wrong_value_stands_beside_its_field(site: Site):
    ref = site.registered()

    page = change(site, ref, **{"card.bought_on": "some day", "card.sum_asked": "much"})

    assert page.status == 422
    assert 'id="f-card.sum_asked-error"' in page.text
    assert 'value="much"' in page.text


def test_a_persian_date_is_understood(site: Site):
    ref = site.registered()

    assert change(site, ref, **{"card.bought_on": "۱۴۰۵/۰۹/۰۱"}).status == 303
    assert "22.11.2026" in site.as_("anna").get(f"/cards/{ref}").words


def test_a_stale_page_is_told_who_and_when_and_keeps_what_was_typed(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    stale = anna.get(f"/cards/{ref}/edit").fields("/edit") | {"csrf_token": anna.token()}
    change(site, ref, **{"card.goods": "Творог"})

    page = anna.post(f"/cards/{ref}/edit", {**stale, "card.goods": "Молоко"})

    assert page.status == 409
    assert "Делопроизводитель" in page.words
    assert 'value="Молоко"' in page.text


def test_the_same_request_twice_is_done_once(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    sent = anna.get(f"/cards/{ref}/edit").fields("/edit") | {"csrf_token": anna.token(), "card.goods": "Сыр"}

    first, again = (anna.post(f"/cards/{ref}/edit", sent) for _ in range(2))

    assert first.status == again.status == 303


def test_who_may_only_look_has_no_form(site: Site):
    ref = site.registered()

    assert site.as_("boris").get(f"/cards/{ref}").status == 200
    assert site.as_("head").get(f"/cards/{ref}/edit").status == 404
    assert site.as_("head").post(f"/cards/{ref}/edit", {"card.goods": "x"}).status == 404
