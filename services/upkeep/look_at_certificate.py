"""Twice a day the certificate people see at the public address is looked at, so that its end surprises nobody."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.upkeep.health import CERTIFICATE
from services.upkeep.note_run import note_run

if TYPE_CHECKING:
    from services.office import Parts

_PATIENCE = 5.0


def look_at_certificate(office: Parts) -> None:
    """Ask the own public address, and nobody else, for its certificate; an address without TLS has none."""
    address = urlsplit(office.settings.public_url)
    if address.scheme != "https" or not address.hostname:
        return
    try:
        until = ends_at(address.hostname, address.port or 443, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        note_run(office, CERTIFICATE, False, error=error.verify_message[:200])
    except OSError:
        return  # from here the address may not be reachable: that says nothing of the certificate
    else:
        note_run(office, CERTIFICATE, True, until=until.isoformat())


def ends_at(host: str, port: int, context: ssl.SSLContext) -> datetime:
    """Until when the certificate of a host is valid. Raises ssl.SSLCertVerificationError for one people are warned of."""
    with (
        socket.create_connection((host, port), timeout=_PATIENCE) as line,
        context.wrap_socket(line, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
