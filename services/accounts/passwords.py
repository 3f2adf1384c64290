"""Argon2id. Slow on purpose: never call it inside a unit of work."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's second choice: 19 MiB, t=2


def hashed(password: str) -> str:
    """The hash to keep."""
    return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether *password* belongs to the hash; without a hash (no such account) it takes as long and answers False."""
    try:
        return _HASHER.verify(kept or _nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")
