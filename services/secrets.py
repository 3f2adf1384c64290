"""Keys for one purpose each, drawn from the installation's secret key; a MAC for one purpose never fits another."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secrets:
    """The installation's secret key and what is derived from it."""

    key: str = field(repr=False)

    def mac(self, purpose: str, message: str | bytes) -> str:
        """A keyed digest of *message* (64 hexadecimal characters) that only this installation can make."""
        own = hmac.new(self.key.encode(), b"chancery:" + purpose.encode(), hashlib.sha256).digest()
        body = message.encode() if isinstance(message, str) else message
        return hmac.new(own, body, hashlib.sha256).hexdigest()

    def agrees(self, purpose: str, message: str | bytes, mac: str) -> bool:
        """Whether *mac* was made here for this purpose and message; takes the same time either way."""
        return hmac.compare_digest(self.mac(purpose, message), mac)


def digest(token: str) -> str:
    """The hash under which a random token is kept (tokens have 256 bits: no key and no stretching needed)."""
    return hashlib.sha256(token.encode()).hexdigest()
