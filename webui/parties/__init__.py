"""Parties: found, looked at, written, merged, handed out and erased."""

from webui.parties import merging, pages, personal
from webui.parties.area import area

__all__ = ["area", "merging", "pages", "personal"]
