"""Clara files without an account and follows with number and code; Dmitri guesses and learns nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.models import Outbox
from services.cards.models import Card
from services.parties.models import Party
from services.portal.add_files import add_files
from services.portal.file_request import SentFile, portal_form
from services.portal.follow import follow
from services.portal.models import FollowCode
from services.portal.queries import FollowPage, follow_page, open_customer_file
from tests.services.inbox.road import PASSWORD, Road

PHOTO = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def page(road: Road, token: str) -> FollowPage:
    with road.office.database.reading() as session:
        return follow_page(road.office, session, token, road.manner)


def count(road: Road, table: type) -> int:
    with road.office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def photo(name: str = "чек «1».png", key: str = "card.evidence") -> SentFile:
    return SentFile(key, name, [PHOTO])


def test_the_form_speaks_the_readers_language(road: Road) -> None:
    with road.office.database.reading() as session:
        form = portal_form(road.office, session, "appeals", road.manner)
        english = portal_form(road.office, session, "appeals", type(road.manner)(locale="en"))
        with pytest.raises(NotFound, match="portal-not-found"):
            portal_form(road.office, session, "nothing", road.manner)
    kind = next(c for c in form.form["components"] if c["key"] == "card.kind")
    assert {"value": "claim", "label": "Претензия"} in kind["values"]
    assert kind["validate"]["required"] and not kind["label"].startswith("$")
    assert form.form["components"][0]["label"] != english.form["components"][0]["label"]


def test_clara_files_and_follows(road: Road) -> None:
    filed = road.file(files=(photo(),))
    seen = page(road, filed.token)
    assert (seen.receipt, seen.number, seen.status, seen.answered) == (filed.receipt, None, "Принято", False)
    assert [step.current for step in seen.steps].index(True) == 0
    assert [row.name for row in seen.own_files] == ["чек «1».png"]
    assert seen.reply_files == () and seen.reply == ""
    (mail,) = [mail for mail in road.post.sent if "clara" in mail["To"]]
    assert filed.code in mail.get_content() and filed.receipt in mail["Subject"]
    again = follow(road.office, "appeals", f" {filed.receipt.lower()} ", filed.code.lower().replace("-", " "))
    assert page(road, again).card_ref == filed.card_ref


def test_the_code_is_kept_nowhere(road: Road) -> None:
    filed = road.file()
    plain = filed.code.replace("-", "")
    with road.office.database.reading() as session:
        kept = str([row.code_mac for row in session.scalars(select(FollowCode))])
        mails = str([row.payload for row in session.scalars(select(Outbox))])
    assert plain not in kept and filed.code not in kept + mails and plain not in mails


def test_a_repeated_request_makes_nothing_and_answers_the_same(road: Road) -> None:
    first = road.file("same")
    second = road.file("same")
    assert (first.receipt, first.code, first.card_ref) == (second.receipt, second.code, second.card_ref)
    assert (count(road, Card), count(road, Party), count(road, FollowCode)) == (1, 1, 1)
    other = road.file("other")
    assert other.code != first.code and (count(road, Card), count(road, Party)) == (2, 1)


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_made(road: Road) -> None:
    with pytest.raises(Invalid) as refused:
        road.file(**{"card.kind": "", "card.text": None, "card.executor": "manager", "card.store": "nowhere"})
    wrong = refused.value.fields
    assert {"card.kind", "card.text", "card.store"} <= set(wrong)
    assert wrong["card.executor"] == ("field-not-in-form", {})
    with pytest.raises(Invalid) as applicant:
        road.file(**{"card.applicant": {"name": "Клара", "mail": "clara@"}})
    assert "card.applicant.mail" in applicant.value.fields
    with pytest.raises(Invalid):
        road.file(files=(photo("\x00evil"),))
    assert (count(road, Card), count(road, Party)) == (0, 0)


def test_dmitri_cannot_tell_a_wrong_code_from_a_number_that_does_not_exist(road: Road) -> None:
    filed = road.file()
    answers = []
    for number in (filed.receipt, "ZZZZ-ZZZZ"):
        said = []
        for _ in range(5):
            with pytest.raises((NotFound, NotAllowed)) as refused:
                follow(road.office, "appeals", number, "AAAAA-AAAAA")
            said.append((refused.value.code, refused.value.params))
        answers.append(said)
    assert answers[0] == answers[1]
    assert [code for code, _ in answers[0]] == ["follow-refused"] * 3 + ["follow-delayed"] * 2
    with pytest.raises(NotAllowed):
        follow(road.office, "appeals", filed.receipt, filed.code)
    road.clock.move(timedelta(seconds=3))
    assert follow(road.office, "appeals", filed.receipt, filed.code)


def test_a_visit_opens_one_card_and_ends(road: Road) -> None:
    first, second = road.file("a"), road.file("b")
    ref, ends, mac = first.token.split(".")
    for forged in (f"{second.card_ref}.{ends}.{mac}", f"{ref}.{int(ends) + 999}.{mac}", "", "x.y.z", f"{ref}.{ends}."):
        with pytest.raises(NotFound, match="follow-refused"):
            page(road, forged)
    road.clock.move(timedelta(hours=13))
    with pytest.raises(NotFound, match="follow-refused"):
        page(road, first.token)


def test_files_of_others_and_working_papers_stay_closed(road: Road) -> None:
    first, second = road.file("a", files=(photo(),)), road.file("b", files=(photo(),))
    own, foreign = page(road, first.token).own_files[0].ref, page(road, second.token).own_files[0].ref
    with road.office.database.reading() as session:
        _, content = open_customer_file(road.office, session, first.token, own)
        assert content.read() == PHOTO
        content.close()
        with pytest.raises(NotFound, match="file-not-found"):
            open_customer_file(road.office, session, first.token, foreign)


def test_clara_adds_files_until_she_is_answered(road: Road) -> None:
    filed = road.prepared()
    assert add_files(road.office, filed.token, [photo("ещё.png")], request_id="f1") == 1
    assert add_files(road.office, filed.token, [photo("ещё.png")], request_id="f1") == 1
    assert [row.name for row in page(road, filed.token).own_files] == ["ещё.png"]
    with pytest.raises(Invalid):
        add_files(road.office, filed.token, [])
    for login in ("lawyer", "quality"):
        road.does(login, "approve", "agree", _mine=True)
    assert page(road, filed.token).reply == ""
    road.does("head", "sign", "sign", password=PASSWORD)
    assert page(road, filed.token).answered
    with pytest.raises(Conflict, match="request-answered"):
        add_files(road.office, filed.token, [photo()])


def test_a_file_over_the_limit_is_refused_as_it_streams_in(road: Road) -> None:
    big = SentFile("card.evidence", "big.bin", (b"0" * 1_000_000 for _ in range(60)))
    with pytest.raises(Invalid) as refused:
        road.file(files=(big,))
    assert refused.value.code in {"file-too-large", "form-refused"}
    assert count(road, Card) == 0
