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


def stale(site: Site, ref: str, **theirs: str):
    """The hidden fields of a form opened before Anna's other window saved *theirs*."""
    anna = site.as_("anna")
    sent = anna.get(f"/cards/{ref}/edit").fields("/edit") | {"csrf_token": anna.token()}
    change(site, ref, **theirs)
    return sent


def test_where_both_wrote_the_second_chooses(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    sent = stale(site, ref, **{"card.goods": "Творог"})

    page = anna.post(f"/cards/{ref}/edit", {**sent, "card.goods": "Молоко <b>", "card.sum_asked": "12"})

    assert page.status == 409
    assert all(words in page.words for words in ("Делопроизводитель", "Творог", "Молоко <b>", "12"))
    assert page.text.count('type="radio"') == 2 and "checked" not in page.text
    asked = page.fields("/edit")
    assert anna.post(f"/cards/{ref}/edit", {**asked, "csrf_token": anna.token()}).status == 409

    again = anna.post(f"/cards/{ref}/edit", {**asked, "csrf_token": anna.token(), "go": "back"})
    assert again.status == 200 and 'value="Молоко &lt;b&gt;"' in again.text
    assert again.fields("/edit")["revision"] == sent["revision"]
    chosen = {**asked, "csrf_token": anna.token(), "choose.goods": "mine"}
    assert [anna.post(f"/cards/{ref}/edit", chosen).status for _ in range(2)] == [303, 303]
    assert "Молоко" in anna.get(f"/cards/{ref}").words and "12" in anna.get(f"/cards/{ref}").words


def test_what_the_other_changed_alone_stays_and_is_told(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    sent = stale(site, ref, **{"card.goods": "Творог"})

    page = anna.post(f"/cards/{ref}/edit", {**sent, "card.goods": "", "card.sum_asked": "12"})

    assert page.status == 303
    assert "Творог" in anna.get(f"/cards/{ref}").words


def test_a_wrong_value_does_not_make_a_stale_form_fresh(site: Site):
    ref = site.registered()
    sent = stale(site, ref, **{"card.goods": "Творог"})

    page = site.as_("anna").post(f"/cards/{ref}/edit", {**sent, "card.goods": "Сыр", "card.sum_asked": "much"})

    assert page.status == 422
    assert page.fields("/edit")["revision"] == sent["revision"]


def test_what_is_typed_survives_a_closed_browser_and_another_s_saving(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    sent = anna.get(f"/cards/{ref}/edit").fields("/edit") | {"csrf_token": anna.token()}

    assert anna.post(f"/cards/{ref}/draft", {**sent, "card.goods": "Недописано"}).status == 204
    page = anna.get(f"/cards/{ref}/edit")
    assert 'value="Недописано"' in page.text
    assert page.fields("/edit")["revision"] == sent["revision"]

    assert anna.post(f"/cards/{ref}/draft", {"go": "drop"}).status == 303
    assert "Недописано" not in anna.get(f"/cards/{ref}/edit").text
    assert site.as_("egor").post(f"/cards/{ref}/draft", {"card.goods": "x"}).status == 404
    assert site.as_("head").post(f"/cards/{ref}/draft", {"card.goods": "x"}).status == 404
    assert anna.post(f"/cards/{ref}/draft", {"submission": "x" * 1_100_000}).status == 422


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
