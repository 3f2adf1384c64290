"""Answering a task."""

from __future__ import annotations

import io
import json

from services.accounts.actors import INSTALLER
from services.accounts.memberships import set_groups
from tests.services.printing.papers import paper
from tests.webui.conftest import PASSWORD, Site

ANSWER = {
    "card.kind": "complaint",
    "card.subject": "01.01.01.01.01",
    "card.channel": "portal",
    "card.demand": "refund",
}


def test_the_process_moves_on(site: Site):
    site.file()

    page = site.complete("anna", "register", **ANSWER)

    assert page.status == 303
    assert not site.tasks("anna")
    assert len(site.tasks("boris")) == 1


def test_the_whole_road(site: Site):
    site.registered()
    site.complete("boris", "accept")
    reply = {
        "card.reply": "<p>Вернём <b>деньги</b>.</p>",
        "card.result": "confirmed",
        "approvers": ["lawyer", "quality"],
    }
    assert site.complete("vera", "submit", **reply).status == 303
    assert site.complete("galina", "agree").status == 303
    assert site.complete("dmitri", "agree").status == 303

    page = site.complete("head", "sign", password=PASSWORD)

    assert page.status == 303
    assert not site.tasks("head")


def test_a_refusal_needs_a_remark_and_returns_it(site: Site):
    site.registered()
    site.complete("boris", "accept")
    reply = {"card.reply": "<p>Нет.</p>", "card.result": "confirmed", "approvers": ["lawyer", "quality"]}
    site.complete("vera", "submit", **reply)

    asked = site.as_("galina").get(f"/inbox/{site.tasks('galina')[0]}")
    silent = site.complete("galina", "refuse")
    said = site.complete("galina", "refuse", remark="Обоснуйте")
    site.complete("dmitri", "agree")

    assert '<article class="ch-paper" dir="auto"><p>Нет.</p></article>' in asked.text
    assert silent.status == 422
    assert 'id="f-remark-error"' in silent.text
    assert said.status == 303
    assert "Обоснуйте" in site.as_("vera").get(f"/inbox/{site.tasks('vera')[0]}").words


def test_signing_asks_the_password_again(site: Site):
    site.registered()
    site.complete("boris", "accept")
    site.complete("vera", "submit", **{"card.reply": "<p>Да.</p>", "card.result": "confirmed", "approvers": ["lawyer"]})
    site.complete("galina", "agree")

    wrong = site.complete("head", "sign", password="not mine")

    assert wrong.status == 422
    assert 'id="f-password-error"' in wrong.text
    assert "not mine" not in wrong.text


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(site: Site):
    site.file()

    page = site.complete("anna", "register", **(ANSWER | {"card.subject": "no such", "card.goods": "Milk"}))

    shown = json.loads(page.text.split('type="application/json">')[1].split("</script>")[0])
    assert page.status == 422
    assert "card.subject" in shown["errors"]
    assert shown["data"]["card.subject"] == "no such"


def test_the_second_of_two_is_told_who_and_when_and_keeps_the_text(site: Site):
    set_groups(site.office, INSTALLER, "egor", {"clerk"})
    site.file()
    ref = site.tasks("anna")[0]
    sent = site.as_("egor").get(f"/inbox/{ref}").fields("/complete")
    site.complete("anna", "register", ref, **ANSWER)

    page = site.as_("egor").post(
        f"/inbox/{ref}/complete",
        {
            **sent,
            "submission": json.dumps(ANSWER),
            "outcome": "register",
            "remark": "my long text",
            "csrf_token": site.as_("egor").token(),
        },
    )

    assert page.status == 409
    assert "Делопроизводитель" in page.words
    assert "сегодня" in page.words
    assert "my long text" in page.text


def test_htmx_is_given_a_banner_above_the_untouched_form(site: Site):
    set_groups(site.office, INSTALLER, "egor", {"clerk"})
    site.file()
    ref = site.tasks("anna")[0]
    site.complete("anna", "register", ref, **ANSWER)

    page = site.as_("egor").post(
        f"/inbox/{ref}/complete",
        {"submission": json.dumps(ANSWER), "outcome": "register"},
        headers={"HX-Request": "true"},
    )

    assert page.status == 409
    assert "data-conflict" in page.text
    assert "<form" not in page.text


def test_the_same_request_twice_is_done_once(site: Site):
    site.file()
    ref = site.tasks("anna")[0]
    sent = site.as_("anna").get(f"/inbox/{ref}").fields("/complete")
    data = {**sent, "submission": json.dumps(ANSWER), "outcome": "register", "csrf_token": site.as_("anna").token()}

    first, again = (site.as_("anna").post(f"/inbox/{ref}/complete", data) for _ in range(2))

    assert first.status == again.status == 303
    assert len(site.tasks("boris")) == 1


def test_a_stranger_finds_nothing(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    page = site.as_("egor").post(f"/inbox/{ref}/complete", {"submission": "{}", "outcome": "register"})

    assert page.status == 404
    assert ref in site.tasks("anna")


def test_htmx_gets_the_next_task_and_the_list_without_this_one(site: Site):
    site.file()
    site.file()
    ref = site.tasks("anna")[0]

    page = site.as_("anna").post(
        f"/inbox/{ref}/complete",
        {"submission": json.dumps(ANSWER), "outcome": "register"},
        headers={"HX-Request": "true"},
    )

    assert page.status == 200
    assert f"task-{ref}" not in page.text
    assert 'hx-swap-oob="true"' in page.text
    assert "data-toast" in page.text


def test_a_file_comes_with_the_answer(site: Site):
    site.registered()
    site.complete("boris", "accept")
    ref = site.tasks("vera")[0]
    sent = site.as_("vera").get(f"/inbox/{ref}").fields("/complete")
    answer = {"card.reply": "<p>Да.</p>", "card.result": "confirmed", "approvers": ["lawyer"]}

    page = site.as_("vera").post(
        f"/inbox/{ref}/complete",
        {
            **sent,
            "submission": json.dumps(answer),
            "outcome": "submit",
            "files.answer_files": (io.BytesIO(paper("Да.")), "ответ.docx"),
            "csrf_token": site.as_("vera").token(),
        },
        content_type="multipart/form-data",
    )

    assert page.status == 303
    assert "ответ.docx" in site.as_("galina").get(f"/inbox/{site.tasks('galina')[0]}").words


def test_nonsense_instead_of_a_form_is_told(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    for nonsense in ("[", "[]", "x" * 1_100_000):
        assert site.as_("anna").post(f"/inbox/{ref}/complete", {"submission": nonsense}).status in (413, 422)
