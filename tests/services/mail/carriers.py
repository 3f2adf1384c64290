"""Carriers of mail for tests: one that keeps what it is given, one that speaks SMTP to a server of our own."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from engine.errors import OutsideError
from services.mail.mailer import SmtpMailer
from services.mail.message import Mail, Sender, compose

SENDER = "Office <office@example.org>"


class KeepingMailer:
    """Keeps messages in memory; `refusal` makes it fail."""

    ready = True

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.refusal: OutsideError | None = None

    def send(self, mail: Mail, sender_name: str = "") -> str:
        message = compose(mail, Sender(SENDER, sender_name))
        if self.refusal is not None:
            raise self.refusal
        if "nobody" in mail.to:
            raise OutsideError("mail-refused", permanent=True, reply=550)
        self.sent.append(message_from_bytes(message.as_bytes(), policy=default))  # type: ignore[arg-type]
        return str(message["Message-ID"])


class SmtpServer:
    """A small SMTP server on loopback: takes everything but `nobody@…` (550) and `later@…` (451)."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def mailer(self) -> SmtpMailer:
        return SmtpMailer(f"smtp://127.0.0.1:{self.port}", SENDER, 5)

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with suppress(ConnectionError), connection, connection.makefile("rwb", 0) as talk:
                self._talk(talk)  # whoever is killed in the middle hangs up

    def _talk(self, talk: Any) -> None:
        talk.write(b"220 test\r\n")
        while line := talk.readline():
            word = line[:4].upper()
            if word == b"RCPT" and b"nobody" in line:
                talk.write(b"550 no such user\r\n")
            elif word == b"RCPT" and b"later" in line:
                talk.write(b"451 later\r\n")
            elif word == b"DATA":
                talk.write(b"354 go on\r\n")
                body = b""
                while (part := talk.readline()) != b".\r\n":
                    body += part[1:] if part.startswith(b"..") else part
                self.sent.append(message_from_bytes(body, policy=default))  # type: ignore[arg-type]
                talk.write(b"250 taken\r\n")
            elif word == b"QUIT":
                talk.write(b"221 bye\r\n")
                return
            else:
                talk.write(b"250 fine\r\n")
