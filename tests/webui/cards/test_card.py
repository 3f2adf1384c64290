"""A card's page and its parts."""

from __future__ import annotations

from tests.webui.conftest import Site


def test_it_says_where_it_is_and_who_holds_it(site: Site):
    ref = site.registered()

    page = site.as_("anna").get(f"/cards/{ref}")

    assert "ОП-2026/00001" in page.words
    assert "Где документ и у кого" in page.words
    assert "Назначить исполнителя" in page.words


def test_every_part_opens(site: Site):
    ref = site.registered()

    for tab in ("card", "files", "approval", "process", "history"):
        assert site.as_("anna").get(f"/cards/{ref}?tab={tab}").status == 200
    assert site.as_("anna").get(f"/cards/{ref}?tab=nothing").status == 404
    assert b"definitions" in site.as_("anna").get(f"/cards/{ref}/diagram").answer.data


def test_my_own_task_is_the_main_button(site: Site):
    ref = site.registered()

    assert f"/inbox/{site.tasks('boris')[0]}" in site.as_("boris").get(f"/cards/{ref}").text


def test_the_list_finds_by_number(site: Site):
    site.registered()
    anna = site.as_("anna")

    assert "ОП-2026/00001" in anna.get("/cards?q=00001").words
    assert "Ничего не найдено" in anna.get("/cards?q=77777").words
    assert anna.get("/cards?type=nothing").status == 404


def test_a_stranger_finds_nothing(site: Site):
    ref = site.registered()

    for address in ("", "/edit", "/compare", "/diagram"):
        assert site.as_("egor").get(f"/cards/{ref}{address}").status == 404


def test_two_saves_are_compared(site: Site):
    ref = site.registered()

    page = site.as_("anna").get(f"/cards/{ref}/compare?older=1")

    assert page.status == 200
    assert "Молочное" in page.words


def test_what_a_customer_typed_is_text(site: Site):
    site.file(**{"card.text": "ООО «Рога & <Копыта>» <script>alert(1)</script>"})
    anna = site.as_("anna")
    page = anna.get(anna.get("/cards").links("/cards/")[-1])

    assert "ООО «Рога & <Копыта>»" in page.words
    assert "<script>alert" not in page.text
