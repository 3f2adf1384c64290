"""The area of directories, and what its pages share."""

from __future__ import annotations

from flask import g, request

from services.directories.queries import DirectoryPage, directory_page
from services.directories.rules import LANGUAGES
from webui.auth import signed_in
from webui.presentation import LANGUAGES as LANGUAGE_NAMES
from webui.presentation import reader
from webui.reading import office, reading
from webui.routing import Area

area = Area("directories", __name__, admits="staff")


def directory(code: str) -> DirectoryPage:
    """The directory of the address, for this reader. Raises NotFound."""
    g.section = "directories"
    return directory_page(office(), reading(), signed_in(), code, reader().locale)


def name_fields(names: dict[str, str], errors: dict[str, str]) -> list[dict[str, str]]:
    """A field for the name in each language, the reader's own first."""
    ordered = sorted(LANGUAGES, key=lambda one: one != reader().locale)
    return [
        {
            "name": f"name_{one}",
            "language": LANGUAGE_NAMES[one],
            "value": names.get(one, ""),
            "error": errors.get(f"name_{one}", ""),
        }
        for one in ordered
    ]


def typed_names() -> dict[str, str]:
    """The names typed into those fields."""
    return {one: request.form.get(f"name_{one}", "") for one in sorted(LANGUAGES, key=lambda x: x != reader().locale)}
