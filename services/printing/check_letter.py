"""A letter somebody wrote in a word processor is opened before it is kept: what cannot be finished is refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.errors import Invalid, ScriptFailed, SolutionError
from services.cards.models import Card
from services.files.rules import DOCX
from services.printing.context import print_context, undocumented
from services.printing.fill import fill_template, undeclared_variables

if TYPE_CHECKING:
    from services.office import Parts


def check_letter(office: Parts, session: Session, card: Card, content_type: str, content: bytes) -> None:
    """
    Read the letter's marks in the sandbox and fill it for trial with the card as it is.

    Raises Invalid("file-refused") beside `file`: `letter-not-docx`, `docx-unreadable`, `docx-too-large`,
    `letter-names-unknown` (names=), `letter-broken` (reason=), `letter-too-heavy`.
    """
    if content_type != DOCX:
        raise _refused("letter-not-docx")
    fields = set(office.shelf.card_type(session, card.type).by_key)
    try:
        unknown = undocumented(undeclared_variables(office, content), fields)
        if unknown:
            raise _refused("letter-names-unknown", names=", ".join(sorted(unknown)))
        fill_template(office, content, print_context(office, session, card))
    except SolutionError as error:
        raise _refused("letter-broken", reason=error.params.get("reason", error.code)) from error
    except ScriptFailed as error:
        raise _refused("letter-too-heavy") from error
    except Invalid as error:
        if error.code == "file-refused":
            raise
        raise _refused(error.code, **error.params) from error


def _refused(code: str, **params: Any) -> Invalid:
    return Invalid("file-refused", {"file": (code, params)})
