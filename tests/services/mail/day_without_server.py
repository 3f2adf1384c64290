"""A day on which the mail server takes nobody: simulated by the clock, from one due job to the next."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from engine.clock import ManualClock
from engine.jobs.running import drain
from engine.store.models import Incident, Job, Outbox
from services.bootstrap import Office
from services.mail.post_mail import post_mail
from tests.services.mail.carriers import SmtpServer

DAY = timedelta(hours=24)


class SulkingServer(SmtpServer):
    """Takes the connection and hangs up at once while it is `down`; `knocks` counts how often somebody came."""

    def __init__(self) -> None:
        self.down, self.knocks = True, 0
        self._lock = threading.Lock()
        super().__init__()

    def _talk(self, talk: Any) -> None:
        with self._lock:
            self.knocks += 1
        if not self.down:
            super()._talk(talk)


@dataclass
class Told:
    """What the day was like: knocks at the door by hour, and what became of the messages."""

    knocks: Counter[int] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    incidents: int = 0
    most_in_a_minute: int = 0

    @property
    def right(self) -> bool:
        """Each once, nobody bothered, no storm when it was over."""
        once = set(self.received.values()) == {1} and len(self.received) == sum(self.states.values())
        return once and set(self.states) == {"sent"} and self.incidents == 0


def write(office: Office, number: int) -> None:
    office.database.run(
        lambda work: post_mail(
            office, work, to=f"mailto:c{number}@example.org", subject="Тема", text="Текст", once=f"day:{number}"
        )
    )


def live_through(office: Office, clock: ManualClock, server: SulkingServer, messages: int) -> Told:
    """Messages are written over the first hour; the server comes back after a day; an hour later all is told."""
    told, began = Told(), clock.now()
    for number in range(messages):
        write(office, number)
        _go_on(office, clock, server, told, began, clock.now() + timedelta(hours=1) / messages)
    _go_on(office, clock, server, told, began, began + DAY)
    server.down = False
    minutes: Counter[int] = Counter()
    end = clock.now() + timedelta(hours=1)
    while clock.now() < end:
        before = len(server.sent)
        _go_on(office, clock, server, told, began, clock.now() + timedelta(minutes=1))
        minutes[len(minutes)] = len(server.sent) - before
    told.received = Counter(str(mail["Message-ID"]) for mail in server.sent)
    told.most_in_a_minute = max(minutes.values())
    with office.database.reading() as session:
        told.states = dict(session.execute(select(Outbox.state, func.count()).group_by(Outbox.state)).all())
        told.incidents = session.scalar(select(func.count()).select_from(Incident)) or 0
    return told


def _go_on(
    office: Office, clock: ManualClock, server: SulkingServer, told: Told, began: datetime, until: datetime
) -> None:
    """From one due job to the next, up to a moment."""
    while True:
        before = server.knocks
        drain(office.engine)
        told.knocks[int((clock.now() - began) / timedelta(hours=1))] += server.knocks - before
        with office.database.reading() as session:
            coming = session.scalar(select(func.min(Job.run_at)).where(Job.state == "waiting"))
        if coming is None or coming > until:
            clock.move(max(timedelta(0), until - clock.now()))
            return
        clock.move(max(timedelta(milliseconds=1), coming - clock.now()))
