"""
A mail server that is away is asked again ever more rarely, by one message for all: the others wait without knocking. A
timeout costs half a minute, and the one who waits for it is the worker that has everything else to do too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import OutsideError
from services.mail.mailer import Mailer
from services.mail.message import Mail

TRIES = 300
"""How often a message is tried before it becomes an incident: with pauses of a quarter of an hour, three days."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
OF_THE_SERVER = frozenset({"mail-server-unreachable", "mail-sign-in-refused"})


class PatientMailer:
    """Carries what another mailer carries, and lets that one rest after it found the server away."""

    def __init__(self, carrier: Mailer, clock: Clock) -> None:
        self._carrier = carrier
        self._clock = clock
        self._failures = 0
        self._until: datetime | None = None

    @property
    def ready(self) -> bool:
        return self._carrier.ready

    def send(self, mail: Mail, sender_name: str = "") -> str:
        """As `Mailer.send`; OutsideError("mail-server-rests", until=) without asking while the server is let rest."""
        now = self._clock.now()
        if self._until is not None and now < self._until:
            raise OutsideError("mail-server-rests", until=self._until)
        try:
            sent = self._carrier.send(mail, sender_name)
        except OutsideError as error:
            if error.code in OF_THE_SERVER:
                self._failures += 1
                self._until = now + min(LONGEST, FIRST * 2 ** min(self._failures - 1, 10))
            raise
        self.wake()
        return sent

    def wake(self) -> None:
        """Ask again with the next message: it works, or somebody says that it does now."""
        self._failures, self._until = 0, None
