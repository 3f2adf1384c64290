"""Duplicate control on the screen: hints while typing, two documents side by side, a verdict."""

from __future__ import annotations

from sqlalchemy import select

from services.cards.models import Card
from services.parties.models import Party
from tests.webui.conftest import Site

AGAIN = {
    "card.kind": "complaint",
    "card.text": "The milk was sour again.",
    "card.store": "101",
    "card.channel": "person",
    "card.applicant.name": "Клара Соколова",
    "card.applicant.mail": "clara@example.org",
}


def test_who_enters_the_same_twice_compares_and_says_which(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    with site.office.database.reading() as session:
        party = session.scalars(select(Party.ref).join(Card, Card.party_id == Party.id).where(Card.ref == ref)).one()

    hints = anna.post("/cards/new/appeal/alike", {**AGAIN, "card.applicant": party})
    assert "ОП-2026/00001" in hints.words and "Похож на 1 документ" in hints.words

    sent = anna.get("/cards/new/appeal").fields("/cards/new/appeal")
    entered = anna.post("/cards/new/appeal", {**sent, **AGAIN, "csrf_token": anna.token(), "then": "next"})
    assert entered.location.endswith("/alike?then=next")
    page = anna.get(entered.location)
    assert (
        "отличается" in page.words
        and "The milk was sour again." in page.words
        and "The milk was sour.The" not in page.words
    )
    mine = entered.location.split("/")[-2]
    assert "Сравнить рядом" in anna.get(f"/cards/{mine}").words
    task = next(one for one in site.tasks("anna") if "sour" in anna.get(f"/inbox/{one}").words)
    assert f"/cards/{mine}/alike" in anna.get(f"/inbox/{task}").text
    verdict = {**page.fields("/alike"), "csrf_token": anna.token(), "verdict": "different"}
    assert anna.post(f"/cards/{mine}/alike", verdict).location.endswith("/cards/new/appeal")
    assert anna.post(f"/cards/{mine}/alike", verdict).status == 303  # sent twice, said once
    assert "Похожих нет" in anna.get(f"/cards/{mine}/alike").words
    assert "Не дубликат документа" in anna.get(f"/cards/{mine}?tab=links").words


def test_a_stranger_learns_nothing_of_what_is_alike(site: Site):
    ref = site.registered()
    anna, egor = site.as_("anna"), site.as_("egor")

    assert egor.get(f"/cards/{ref}/alike").status == 404
    assert egor.post(f"/cards/{ref}/alike", {"other": ref, "verdict": "duplicate"}).status == 404
    assert egor.post("/cards/new/appeal/alike", AGAIN).status == 404
    assert anna.post(f"/cards/{ref}/alike", {"other": "nothing-there-000", "verdict": "duplicate"}).status == 422
    assert anna.post(f"/cards/{ref}/alike", {"other": ref, "verdict": "perhaps"}).status == 422
