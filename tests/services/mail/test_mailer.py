"""What every carrier of mail keeps to: the tests' own and the real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from engine.errors import OutsideError
from services.mail.mailer import Mailer, NoServer, SmtpMailer, mailer_for
from services.mail.message import Mail, clean_header
from tests.services.mail.carriers import KeepingMailer, SmtpServer

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(params=["kept", "smtp"])
def carrier(request: pytest.FixtureRequest) -> Iterator[tuple[Mailer, list[EmailMessage]]]:
    if request.param == "kept":
        kept = KeepingMailer()
        yield kept, kept.sent
    else:
        server = SmtpServer()
        yield server.mailer(), server.sent
        server.close()


def mail(**changes: str) -> Mail:
    given = {
        "to": "clara@example.org",
        "subject": "Обращение ОП-2026/00001 принято",
        "text": "Ответим до 2 декабря.\n.\nтри",
        "once": "outbox:1",
    }
    return Mail(**(given | changes), at=AT)  # type: ignore[arg-type]


def test_a_mail_arrives_whole(carrier: tuple[Mailer, list[EmailMessage]]) -> None:
    mailer, sent = carrier
    given = mailer.send(mail(to_name="Клара"), "Магазин")
    (arrived,) = sent
    assert arrived["Subject"] == "Обращение ОП-2026/00001 принято"
    assert arrived.get_content().replace("\r\n", "\n") == "Ответим до 2 декабря.\n.\nтри\n"
    assert (arrived["To"], arrived["From"]) == ("Клара <clara@example.org>", "Магазин <office@example.org>")
    assert (arrived["Auto-Submitted"], arrived["Message-ID"]) == ("auto-generated", given)


def test_the_same_row_has_the_same_message_id_on_every_try(carrier: tuple[Mailer, list[EmailMessage]]) -> None:
    mailer, _ = carrier
    assert mailer.send(mail()) == mailer.send(mail(subject="ещё раз")) != mailer.send(mail(once="outbox:2"))


@pytest.mark.parametrize(
    "bad", ["x\r\nBcc: dmitri@example.org", "=?utf-8?q?x=0D=0ABcc:_dmitri@example.org?=", "x\x00\u2028y"]
)
def test_no_header_can_be_smuggled_in(carrier: tuple[Mailer, list[EmailMessage]], bad: str) -> None:
    mailer, sent = carrier
    mailer.send(mail(subject=bad, to_name=bad), bad)
    assert sent[0]["Bcc"] is None
    assert sorted(sent[0].keys()) == sorted(set(sent[0].keys()))
    assert [part.addr_spec for part in sent[0]["To"].addresses] == ["clara@example.org"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "clara",
        "clara@",
        "a@b\r\nc",
        "a b@example.org",
        "=?x?=@example.org",
        "clara@example.org, dmitri@example.org",
    ],
)
def test_an_impossible_address_is_given_up_at_once(carrier: tuple[Mailer, list[EmailMessage]], to: str) -> None:
    mailer, sent = carrier
    with pytest.raises(OutsideError) as refused:
        mailer.send(mail(to=to))
    assert (refused.value.permanent, sent) == (True, [])


def test_a_refused_receiver_is_given_up(carrier: tuple[Mailer, list[EmailMessage]]) -> None:
    with pytest.raises(OutsideError) as refused:
        carrier[0].send(mail(to="nobody@example.org"))
    assert (refused.value.code, refused.value.permanent) == ("mail-refused", True)


def test_a_server_that_says_later_or_is_away_is_tried_again() -> None:
    server = SmtpServer()
    with pytest.raises(OutsideError) as later:
        server.mailer().send(mail(to="later@example.org"))
    server.close()
    with pytest.raises(OutsideError) as away:
        SmtpMailer("smtp://127.0.0.1:1", "office@example.org", 2).send(mail())
    assert (later.value.permanent, away.value.permanent) == (False, False)
    assert away.value.code == "mail-server-unreachable"


def test_without_a_server_nothing_can_be_sent() -> None:
    nobody = mailer_for("", "", 5)
    assert isinstance(nobody, NoServer) and not nobody.ready
    with pytest.raises(OutsideError):
        nobody.send(mail())


def test_cleaning_keeps_what_people_write() -> None:
    assert clean_header("Ответ на № ОП-2026/00001 готов — «да»") == "Ответ на № ОП-2026/00001 готов — «да»"
