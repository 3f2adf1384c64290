"""Passwords, waiting after failures, and what a session is worth. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}\Z")
LONGEST_PASSWORD = 256
FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)
TOUCH_EVERY = timedelta(minutes=1)
ENGINE = "engine"
"""The role whose holders may use the engine's REST interface; administrators may anyway."""
ADMIN, AUDITOR = "admin", "auditor"
"""An auditor sees everything and changes nothing."""
RESERVED = frozenset({ADMIN, AUDITOR, ENGINE})
"""Roles of the platform: no solution brings a group of such a name."""
LONGEST_TOKEN_DAYS = 3650


def login_of(typed: str) -> str:
    """The login as it is kept: NFC, casefolded."""
    return unicodedata.normalize("NFC", typed).strip().casefold()


def checked_login(typed: str) -> str:
    """Raises Invalid for a login that cannot be taken."""
    login = login_of(typed)
    if not LOGIN.match(login):
        raise Invalid("account-refused", {"login": ("login-letters", {})})
    return login


def checked_password(password: str, least: int, login: str) -> str:
    """Raises Invalid for a password that is too short, too long, all one character, or the login itself."""
    if len(password) < least:
        raise Invalid("password-refused", {"password": ("password-short", {"least": least})})
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password-refused", {"password": ("password-long", {"most": LONGEST_PASSWORD})})
    if len(set(password)) < 4 or login_of(password) == login:
        raise Invalid("password-refused", {"password": ("password-simple", {})})
    return unicodedata.normalize("NFC", password)


def wait_after(failures: int) -> timedelta:
    """
    How long the next try must wait.

    >>> [wait_after(n).seconds for n in (2, 3, 4, 5, 30)]
    [0, 2, 4, 8, 900]
    """
    if failures < FREE_TRIES:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - FREE_TRIES + 1, 20)), LONGEST_WAIT)


def session_lives(now: datetime, seen_at: datetime, ends_at: datetime, idle_minutes: int) -> bool:
    return now < ends_at and now - seen_at < timedelta(minutes=idle_minutes)


def roles_of(counted: Iterable[tuple[str, str, int]], *, is_admin: bool) -> frozenset[str]:
    """
    The roles somebody acts in, out of what it counts as: (kind, code, whom it stands in for). The platform's own roles are
    given to a person: neither a group of that name nor the person a deputy stands in for conveys them.

    >>> sorted(roles_of([("group", "clerk", 7), ("group", "admin", 0), ("role", "engine", 0)], is_admin=False))
    ['clerk', 'engine']
    """
    roles = {
        code
        for kind, code, absent in counted
        if (kind == "group" and code not in RESERVED) or (kind == "role" and code != ADMIN and absent == 0)
    }
    return frozenset(roles - {AUDITOR} | {ADMIN} if is_admin else roles)


def must_change_something(actor: Actor) -> None:
    """Raises NotAllowed("auditor-reads-only") for whoever may only look."""
    if AUDITOR in actor.roles:
        raise NotAllowed("auditor-reads-only")


def must_administer(actor: Actor) -> None:
    """Raises NotAllowed("admin-only") for whoever is no administrator."""
    if ADMIN not in actor.roles:
        raise NotAllowed("admin-only")
