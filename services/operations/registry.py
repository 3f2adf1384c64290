"""All operations the office offers to diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import Operations
from services.operations.approval_close import approval_close
from services.operations.approval_open import approval_open
from services.operations.card_change import card_change
from services.operations.card_link import card_link
from services.operations.card_move import card_move
from services.operations.card_register import card_register
from services.operations.document_print import document_print
from services.operations.notify_party import notify_party
from services.operations.notify_people import notify_people

if TYPE_CHECKING:
    from services.office import Parts

_ALL = (
    card_register,
    card_change,
    card_move,
    card_link,
    approval_open,
    approval_close,
    document_print,
    notify_people,
    notify_party,
)


def operations(office: Parts) -> Operations:
    """The registry, made once at bootstrap."""
    return Operations.of(make(office) for make in _ALL)
