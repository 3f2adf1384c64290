"""«Why can she see this»: rules, groups, units, posts and substitutions in words; for oneself, and for those who may ask."""

from __future__ import annotations

from datetime import date

from services.accounts.actors import INSTALLER
from services.accounts.include_in_role import include_in_role
from services.accounts.memberships import substitute
from tests.webui.conftest import CAST, Site


def filed(site: Site) -> str:
    site.file()
    return site.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]


def test_anna_asks_why_she_sees_it(site: Site):
    ref = filed(site)
    page = site.as_("anna").get(f"/cards/{ref}/rights")

    assert page.status == 200
    assert f"/cards/{ref}/rights" in site.as_("anna").get(f"/cards/{ref}").text, "the card leads there"
    for said in (
        "Видит документ.",
        "Роль «Делопроизводитель»",
        "в группе «Делопроизводитель»",
        "Даёт",
        "Не из их числа",
    ):
        assert said in page.words, said
    assert 'name="person"' not in page.text and "data-kind" not in page.text, "she asks about herself only"


def test_she_may_not_ask_about_others_and_a_stranger_not_at_all(site: Site):
    ref = filed(site)
    missing = site.as_("egor").get("/cards/nothing-there/rights")

    assert site.as_("anna").get(f"/cards/{ref}/rights?person=manager").status == 404
    for who in ("egor", "vera"):
        assert site.as_(who).get(f"/cards/{ref}/rights").status == missing.status == 404
    assert site.visitor().get(f"/cards/{ref}/rights").status == 302


def test_an_administrator_asks_about_anybody_and_reads_nothing_of_the_card(site: Site):
    ref = filed(site)
    boris = site.as_("admin").get(f"/cards/{ref}/rights?person=manager")
    egor = site.as_("admin").get(f"/cards/{ref}/rights?person=egor")
    store = site.as_("admin").get(f"/cards/{ref}/rights?person=store101")

    assert "в группе «Менеджер по обращениям»" in boris.words and "Видит документ." in boris.words
    assert "Не видит документ" in egor.words
    assert "работает в подразделении «Магазин 101, ул. Береговая, 4» или ниже" in store.words
    assert "Не в этом состоянии" in store.words, "the store sees it once it is registered"
    assert not any("milk" in page.text.lower() or "Соколова" in page.text for page in (boris, egor, store))
    unknown = site.as_("admin").get(f"/cards/{ref}/rights?person=nobody-of-this-name")
    assert unknown.status == 422 and "Такого человека нет." in unknown.words


def test_a_deputy_is_told_for_whom(site: Site):
    ref = filed(site)
    assert "Не видит" in site.as_("admin").get(f"/cards/{ref}/rights?person=egor").words
    substitute(site.office, INSTALLER, "clerk", "egor", date(2026, 11, 1), None)

    page = site.as_("egor").get(f"/cards/{ref}/rights")
    assert page.status == 200 and "в группе «Делопроизводитель», замещая: Делопроизводитель" in page.words


def test_an_auditor_sees_everything_and_changes_nothing(site: Site):
    ref = filed(site)
    site.as_("egor")
    include_in_role(site.office, INSTALLER, "auditor", "egor")
    egor = site.as_("egor")

    page = egor.get(f"/cards/{ref}")
    assert page.status == 200 and "milk" in page.text
    assert f"/cards/{ref}/edit" not in page.text and "/act/" not in page.text
    assert ref in egor.get("/cards").text and "milk" in egor.get("/cards?q=milk").text
    assert egor.get(f"/cards/{ref}/rights?person=manager").status == 200
    assert "Аудитор видит всё и ничего не меняет." in egor.get(f"/cards/{ref}/rights").words
    assert egor.get("/cards/new/appeal").status == 404 and egor.get("/admin/people").status == 404
    refused = egor.post(f"/cards/{ref}/notes", {"text": "Hm."})
    assert refused.status == 403 and "ничего не меняет" in refused.words
    assert egor.post("/me/language", {"language": "ru"}).status in (302, 303), "her own settings are hers"


def test_what_an_auditor_may_is_not_lent_to_a_deputy(site: Site):
    ref = filed(site)
    include_in_role(site.office, INSTALLER, "auditor", CAST["vera"])
    substitute(site.office, INSTALLER, CAST["vera"], "egor", date(2026, 11, 1), None)

    assert site.as_("vera").get(f"/cards/{ref}").status == 200
    assert site.as_("egor").get(f"/cards/{ref}").status == 404
