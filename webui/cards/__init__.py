"""Documents: the list, a card and its parts, registration."""

from webui.cards import acts, files, journals, page, register
from webui.cards.area import area

__all__ = ["acts", "area", "files", "journals", "page", "register"]
