"""A mail server that is away for a day: each message comes once, nobody knocks without end, nothing else waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clock import ManualClock
from engine.errors import OutsideError
from services.bootstrap import Office, bootstrap
from services.mail.message import Mail
from services.mail.patience import PatientMailer
from tests.services.mail.carriers import KeepingMailer
from tests.services.mail.day_without_server import SulkingServer, live_through


def mail(clock: ManualClock) -> Mail:
    return Mail(to="clara@example.org", to_name="Clara", subject="x", text="y", once="1", at=clock.now())


def test_while_the_server_rests_nobody_asks_it(clock: ManualClock) -> None:
    carrier = KeepingMailer()
    patient = PatientMailer(carrier, clock)
    carrier.refusal = OutsideError("mail-server-unreachable")
    said = []
    for _ in range(4):
        for _ in range(3):
            with pytest.raises(OutsideError) as refused:
                patient.send(mail(clock))
            said.append(refused.value.code)
        clock.move(timedelta(minutes=15))
    assert said == ["mail-server-unreachable", "mail-server-rests", "mail-server-rests"] * 4
    carrier.refusal = None
    patient.send(mail(clock))
    patient.send(mail(clock))
    assert len(carrier.sent) == 2


def test_a_refused_receiver_is_no_reason_to_let_the_server_rest(clock: ManualClock) -> None:
    carrier = KeepingMailer()
    patient = PatientMailer(carrier, clock)
    carrier.refusal = OutsideError("mail-refused", reply=451)
    for _ in range(2):
        with pytest.raises(OutsideError, match="mail-refused"):
            patient.send(mail(clock))


def test_after_a_day_without_a_server_each_message_comes_once(office: Office, clock: ManualClock) -> None:
    server = SulkingServer()
    posting = bootstrap(
        office.settings, clock=clock, mailer=server.mailer(), database=office.database, sandbox=office.sandbox
    )
    told = live_through(posting, clock, server, messages=3)
    server.close()
    assert told.right, told
    assert sum(told.knocks[hour] for hour in range(1, 24)) <= 23 * 5, "five an hour at most"
