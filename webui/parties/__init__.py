"""Parties: found, looked at, written, merged."""

from webui.parties import merging, pages
from webui.parties.area import area

__all__ = ["area", "merging", "pages"]
