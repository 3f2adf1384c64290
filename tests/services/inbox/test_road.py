"""The whole road, as the manual tells it."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document

from engine.errors import Conflict, Invalid, NotFound
from services.inbox.claim_task import claim_task, release_task
from services.inbox.complete_task import complete_task
from services.inbox.give_task import give_task
from services.inbox.save_task_draft import save_task_draft
from services.portal.queries import follow_page, open_customer_file
from services.upkeep.verify import verify
from tests.services.inbox.road import FIRM, PASSWORD, Road


def test_a_signed_and_printed_reply_reaches_clara(road: Road) -> None:
    filed = road.prepared()
    road.does("lawyer", "approve", "agree", _mine=True)
    road.does("quality", "approve", "refuse", _mine=True, remark="Нет срока возврата")
    road.prepares("<p>Деньги вернём до 1 декабря, <b>извините</b>.</p>")
    road.does("lawyer", "approve", "agree", _mine=True)
    road.does("quality", "approve", "remarks", _mine=True, remark="Спасибо")
    done = road.does("head", "sign", "sign", password=PASSWORD)
    assert road.incidents() == []
    with road.office.database.reading() as session:
        page = follow_page(road.office, session, filed.token, road.manner)
        _, content = open_customer_file(road.office, session, filed.token, page.reply_files[0].ref)
        paper = Document(BytesIO(content.read()))
        content.close()
    assert done.instance_ref
    assert (page.answered, page.status, page.number) == (True, "Рассмотрено, ответ готов", "ОП-2026/00001")
    assert "до 1 декабря" in page.reply
    text = "\n".join(
        [p.text for p in paper.paragraphs] + [c.text for t in paper.tables for r in t.rows for c in r.cells]
    )
    assert (
        FIRM in text
        and "ОП-2026/00001" in text
        and "Нет срока возврата" in text
        and "Деньги вернём до 1 декабря" in text
    )
    kinds = [mail["Subject"] for mail in road.post.sent if "clara" in mail["To"]]
    assert len(kinds) == 3, kinds


def test_the_clerk_sees_the_form_in_words_and_what_is_wrong_beside_each_field(road: Road) -> None:
    road.file()
    (row,) = road.inbox("clerk").rows
    page = road.page("clerk", row.ref)
    subject = next(c for c in page.form["components"] if c["key"] == "card.subject")
    assert (page.name, page.may_complete, page.may_claim) == ("Зарегистрировать обращение", True, True)
    assert (subject["type"], subject["label"], page.values["card.kind"]) == ("directory", "Вопрос", "claim") or subject[
        "label"
    ]
    with pytest.raises(Invalid) as refused:
        road.does("clerk", "register", "register", card__subject="99", dirty="x", card__importance="huge")
    wrong = refused.value.fields
    assert wrong["dirty"] == ("field-not-in-form", {})
    assert {"card.subject", "card.importance"} <= set(wrong)
    assert road.page("clerk", row.ref).state == "open"


def test_a_stranger_finds_no_task(road: Road) -> None:
    road.file()
    ref = road.task("register")
    for act in (
        lambda: road.page("executor", ref),
        lambda: complete_task(road.office, road.actor("executor"), ref, {"outcome": "account"}),
        lambda: claim_task(road.office, road.actor("executor"), ref),
        lambda: save_task_draft(road.office, road.actor("executor"), ref, {}),
        lambda: road.page("clerk", "nothing"),
    ):
        with pytest.raises(NotFound, match="task-not-found"):
            act()
    assert road.inbox("executor").rows == ()


def test_of_two_clerks_one_wins_and_the_other_learns_who(road: Road) -> None:
    road.file()
    ref = road.task("register")
    sent = {"outcome": "account"}
    complete_task(road.office, road.actor("clerk", "a"), ref, sent)
    with pytest.raises(Conflict) as late:
        complete_task(road.office, road.actor("clerk2", "b"), ref, sent)
    assert late.value.code == "task-already-completed"
    assert (late.value.params["who"], late.value.params["at"]) == ("Делопроизводитель", road.clock.now())


def test_a_repeated_request_changes_nothing_and_answers_the_same(road: Road) -> None:
    road.file()
    ref = road.task("register")
    first = complete_task(road.office, road.actor("clerk", "once"), ref, {"outcome": "account"})
    assert complete_task(road.office, road.actor("clerk", "once"), ref, {"outcome": "account"}) == first


def test_claim_and_release(road: Road) -> None:
    road.file()
    ref = road.task("register")
    revision = claim_task(road.office, road.actor("clerk"), ref)
    assert (road.inbox("clerk").counts.mine, road.inbox("clerk2").rows) == (1, ())
    with pytest.raises(Conflict, match="task-already-claimed"):
        claim_task(road.office, road.actor("clerk2"), ref)
    page = road.page("clerk", ref)
    assert (page.mine, page.may_release, page.holder) == (True, True, "Делопроизводитель")
    release_task(road.office, road.actor("clerk"), ref, revision=revision)
    assert len(road.inbox("clerk2", which="group").rows) == 1


def test_whoever_is_given_a_task_sees_its_card(road: Road) -> None:
    road.file()
    for login in ("lawyer", None, "executor"):
        give_task(road.office, road.actor("admin"), road.task("register"), login)
        assert verify(road.office, ["card-access"]).clean, login


def test_what_was_typed_survives(road: Road) -> None:
    road.file()
    ref = road.task("register")
    save_task_draft(road.office, road.actor("clerk"), ref, {"card.goods": "x", "card.channel": "mail", "password": "p"})
    page = road.page("clerk", ref)
    assert page.values["card.channel"] == "mail" and page.draft_saved_at == road.clock.now()
    assert "password" not in page.values and "card.goods" not in page.values
    assert road.page("clerk2", ref).draft_saved_at is None


def test_a_wrong_password_signs_nothing(road: Road) -> None:
    road.prepared()
    for login in ("lawyer", "quality"):
        road.does(login, "approve", "agree", _mine=True)
    with pytest.raises(Invalid) as refused:
        road.does("head", "sign", "sign", password="wrong")
    assert refused.value.fields == {"password": ("password-wrong", {})}
    with pytest.raises(Invalid) as silent:
        road.does("head", "sign", "refuse")
    assert silent.value.fields == {"remark": ("remark-required", {})}
    assert road.page("head", road.task("sign")).buttons[0].needs_password


def test_an_approver_must_say_why_not(road: Road) -> None:
    road.prepared()
    with pytest.raises(Invalid) as refused:
        road.does("lawyer", "approve", "refuse", _mine=True)
    assert refused.value.fields == {"remark": ("remark-required", {})}
    page = road.page("lawyer", road.task("approve", "lawyer"))
    assert [(b.code, b.style, b.needs_remark) for b in page.buttons] == [
        ("agree", "primary", False),
        ("remarks", "plain", True),
        ("refuse", "refuse", True),
    ]
    assert [past.element for past in page.history][:3] == ["register", "assign", "prepare"]
    assert page.history[1].outcome != ""
