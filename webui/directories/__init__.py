"""Directories: the tree, its items, files in and out."""

from webui.directories import importing, items, pages
from webui.directories.area import area

__all__ = ["area", "importing", "items", "pages"]
