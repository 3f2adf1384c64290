"""The card on paper."""

from __future__ import annotations

from io import BytesIO

from flask import Response

from services.files.rules import DOCX
from services.printing.print_card import print_card
from webui.auth import signed_in
from webui.cards.area import area
from webui.cards.files import harmless
from webui.reading import office


@area.get("/cards/<ref>/paper", action="card.print", endpoint="print_card")
def paper(ref: str) -> Response:
    """The card as a Word document with what this person sees of it."""
    made = print_card(office(), signed_in(), ref)
    return harmless(BytesIO(made.content), DOCX, made.name)
