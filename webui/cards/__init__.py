"""Documents: the list, a card and its parts, registration."""

from webui.cards import (
    acts,
    alike,
    bin,
    discuss,
    edit,
    files,
    groups,
    history,
    journals,
    links,
    listing,
    page,
    paper,
    register,
    templates,
    why,
)
from webui.cards.area import area

__all__ = [
    "acts",
    "alike",
    "area",
    "bin",
    "discuss",
    "edit",
    "files",
    "groups",
    "history",
    "journals",
    "links",
    "listing",
    "page",
    "paper",
    "register",
    "templates",
    "why",
]
