"""The inbox: filters, words, paging, the task beside its list."""

from __future__ import annotations

from datetime import timedelta

from tests.webui.conftest import Site


def test_a_task_of_the_group_is_there(site: Site):
    site.file()

    page = site.as_("anna").get("/inbox")

    assert "Зарегистрировать обращение" in page.words
    assert page.links("/inbox/")


def test_others_do_not_see_it(site: Site):
    site.file()

    assert not site.tasks("egor")
    assert not site.tasks("vera")


def test_every_filter_opens(site: Site):
    site.file()

    for folder in ("all", "mine", "group", "overdue", "today", "done"):
        assert site.as_("anna").get(f"/inbox?folder={folder}").status == 200
    assert site.as_("anna").get("/inbox?folder=nothing").status == 404


def test_a_late_task_is_said_to_be_late(site: Site):
    site.file()
    site.clock.move(timedelta(minutes=29))
    site.as_("anna").get("/")
    later = site.visitor()
    site.clock.move(timedelta(days=3))
    later.post("/sign-in", {"login": "clerk", "password": "a long sentence of words"})

    assert "назад" in later.get("/inbox?folder=overdue").words


def test_words_find_by_title(site: Site):
    site.file()
    anna = site.as_("anna")

    assert "Ничего не найдено" in anna.get("/inbox?q=nowhere").words


def test_htmx_gets_the_task_alone(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    whole, part = (
        site.as_("anna").get(f"/inbox/{ref}"),
        site.as_("anna").get(f"/inbox/{ref}", headers={"HX-Request": "true"}),
    )

    assert "<html" in whole.text
    assert "<html" not in part.text
    assert "HX-Request" in part.answer.headers["Vary"]


def test_a_foreign_task_is_a_missing_one(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    foreign, missing = site.as_("egor").get(f"/inbox/{ref}"), site.as_("egor").get("/inbox/nothing")

    assert foreign.status == missing.status == 404
    assert foreign.words.split("Код")[0] == missing.words.split("Код")[0]


def test_home_counts_and_names_it(site: Site):
    site.file()

    page = site.as_("anna").get("/")

    assert "Завтра" in page.words
    assert "Зарегистрировать обращение" in page.words
