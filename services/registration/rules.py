"""Who may do what with the numbers of a journal. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.accounts.rules import ADMIN, AUDITOR
from services.solutions.card_type import CardTypeFile

REGISTER, ANNUL = "register", "annul"
NUMBERING = (REGISTER, ANNUL)
"""The transitions that take a number and give one up, for card types with a journal."""


def may_keep_journal(type: CardTypeFile, roles: Iterable[str]) -> bool:
    """Whether one of these roles registers cards of this type: it sees the journal, reserves and releases its numbers."""
    known = frozenset(roles)
    whos = {"*", *(f"role:{role}" for role in known)} if AUDITOR not in known else set()
    return type.journal is not None and any(rule.who in whos and "register" in rule.may for rule in type.access)


def may_read_journal(type: CardTypeFile, roles: Iterable[str]) -> bool:
    """Those who keep it, administrators and auditors read it."""
    known = set(roles)
    return type.journal is not None and (may_keep_journal(type, known) or bool(known & {ADMIN, AUDITOR}))
