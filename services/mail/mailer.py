"""Who carries mail: a server over SMTP, or nobody when none is set. The tests' own carrier keeps the same contract."""

from __future__ import annotations

import smtplib
import ssl
from typing import Protocol
from urllib.parse import unquote, urlsplit

from engine.errors import OutsideError
from services.mail.message import Mail, Sender, compose


class Mailer(Protocol):
    """Sends one mail or raises OutsideError (`permanent` when trying again cannot help)."""

    @property
    def ready(self) -> bool:
        """Whether there is a server at all."""

    def send(self, mail: Mail, sender_name: str = "") -> str:
        """Hand *mail* over and give its Message-ID."""


class NoServer:
    """No server is set: nothing can be sent, the rows wait."""

    ready = False

    def send(self, mail: Mail, sender_name: str = "") -> str:
        raise OutsideError("no-server-set", permanent=True)


class SmtpMailer:
    """A server named by a URL: `smtp://user:password@host:587` (STARTTLS when offered) or `smtps://…`."""

    ready = True

    def __init__(self, url: str, sender: str, timeout: float) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._timeout = timeout

    def send(self, mail: Mail, sender_name: str = "") -> str:
        message = compose(mail, Sender(self._sender, sender_name))
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise OutsideError("mail-sign-in-refused", reply=error.smtp_code) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            raise OutsideError("mail-refused", permanent=code >= 500, reply=code) from error
        except smtplib.SMTPResponseException as error:
            raise OutsideError("mail-refused", permanent=error.smtp_code >= 550, reply=error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise OutsideError("mail-server-unreachable", reason=type(error).__name__) from error
        return str(message["Message-ID"])

    def _connect(self) -> smtplib.SMTP:
        host, secure = self._url.hostname or "localhost", self._url.scheme == "smtps"
        context = ssl.create_default_context()
        if secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=self._timeout, context=context)
        else:
            server = smtplib.SMTP(host, self._url.port or 587, timeout=self._timeout)
        try:
            self._introduce(server, context, secure)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, context: ssl.SSLContext, secure: bool) -> None:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


def mailer_for(url: str, sender: str, timeout: float) -> Mailer:
    """The carrier the settings ask for."""
    return SmtpMailer(url, sender, timeout) if url else NoServer()
