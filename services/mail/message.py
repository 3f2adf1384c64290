"""A mail as it leaves us: cleaned headers, a stable Message-ID, marked as written by a machine. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from engine.errors import OutsideError


@dataclass(frozen=True)
class Mail:
    """What is sent; `once` is the outbox row's key, the same on every try."""

    to: str
    subject: str
    text: str
    once: str
    at: datetime
    to_name: str = ""


@dataclass(frozen=True)
class Sender:
    """Who writes: an address as in `Office <office@example.org>`, the name beside it may be a policy."""

    address: str
    name: str = ""


def clean_header(text: str) -> str:
    """
    Text that cannot break out of a header: control characters become spaces, and an encoded word (`=?…?=`) is taken apart,
    because Python would write it out decoded, line breaks and all.

    >>> clean_header("hi\\r\\nBcc: x@example.org =?utf-8?q?a?=")
    'hi Bcc: x@example.org = ?utf-8?q?a?='
    """
    spaced = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)
    return " ".join(spaced.replace("=?", "= ?").split())


def address_of(text: str) -> str:
    """The bare address in *text*; OutsideError(permanent) when there is none that mail can be sent to."""
    address = parseaddr(text)[1]
    local, at, domain = address.rpartition("@")
    fine = at and local and domain and not any(c.isspace() or ord(c) < 32 or c in '<>,;:"\\' for c in address)
    if (
        not fine
        or len(address) > 254
        or "=?" in address
        or address != text.strip().rpartition("<")[2].rstrip(">").strip()
    ):
        raise OutsideError("mail-address-bad", permanent=True)
    return address


def message_id(once: str, sender: Sender) -> str:
    """Always the same for the same outbox row, so that a mail sent twice is shown once."""
    domain = address_of(sender.address).rpartition("@")[2]
    return f"<{hashlib.sha256(once.encode()).hexdigest()[:32]}@{domain}>"


def compose(mail: Mail, sender: Sender) -> EmailMessage:
    """The message, ready to be sent."""
    message = EmailMessage(policy=SMTP)
    name = clean_header(sender.name or parseaddr(sender.address)[0])
    message["From"] = _named(name, address_of(sender.address))
    message["To"] = _named(clean_header(mail.to_name), address_of(mail.to))
    message["Subject"] = clean_header(mail.subject)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = message_id(mail.once, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    return message


def _named(name: str, address: str) -> Address:
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError) as error:
        raise OutsideError("mail-address-bad", permanent=True) from error
