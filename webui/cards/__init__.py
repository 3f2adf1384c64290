"""Documents: the list, a card and its parts, registration."""

from webui.cards import files, page, register
from webui.cards.area import area

__all__ = ["area", "files", "page", "register"]
