"""The manual, inside the product: pages as Markdown by language, and reference pages drawn from the code itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import g, render_template
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markupsafe import Markup

from engine.errors import NotFound
from engine.findings import RULES
from services.settings import TABLE
from webui.messages import MESSAGES
from webui.presentation import reader
from webui.reading import office
from webui.routing import Area

area = Area("help", __name__, admits="staff", url_prefix="/help")
FOLDER = Path(__file__).parent
PAGES = (
    "start",
    "tasks",
    "registration",
    "documents",
    "customers",
    "administration",
    "operating",
    "feel",
    "dmn",
    "keys",
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@area.get("/", action="help.see")
def contents() -> str:
    """What there is to read."""
    g.section = "help"
    return render_template("help/contents.html", pages=[(name, title(name)) for name in PAGES], reference=_reference())


@area.get("/<name>", action="help.see")
def page(name: str) -> str:
    """A page of the manual, or one of the reference."""
    g.section = "help"
    if name in _reference():
        heading, intro = _reference()[name]
        return render_template("help/reference.html", heading=heading, intro=intro, rows=_ROWS[name]())
    if name not in PAGES:
        raise NotFound("page-not-found")
    return render_template("help/page.html", heading=title(name), text=_rendered(name))


def source(name: str, locale: str) -> str:
    """The Markdown of a page in a language, English when that language has none."""
    own = FOLDER / locale / f"{name}.md"
    return (own if own.exists() else FOLDER / "en" / f"{name}.md").read_text("utf-8")


def title(name: str) -> str:
    """The heading of a page: its first line."""
    return source(name, reader().locale).split("\n", 1)[0].removeprefix("# ")


def _rendered(name: str) -> Markup:
    body = source(name, reader().locale).split("\n", 1)[1]
    return Markup(_MARKDOWN.render(body))  # noqa: S704 - our own files, raw HTML in them is off


def _reference() -> dict[str, tuple[str, str]]:
    return {
        "settings": (_("Settings"), _("Environment variables the server reads once at its start.")),
        "errors": (_("Messages"), _("What the pages and the API say, by code.")),
        "findings": (_("Findings"), _("What the check of a solution's files can find, and what to do about it.")),
        "operations": (_("Operations"), _("What a service task of a diagram may call.")),
    }


def _settings() -> list[tuple[str, str, str]]:
    return [(row.variable, row.help, row.default) for row in TABLE]


def _errors() -> list[tuple[str, str, str]]:
    return [(code, str(text), "") for code, text in sorted(MESSAGES.items())]


def _findings() -> list[tuple[str, str, str]]:
    return [(code, _(rule.reason), _(rule.remedy)) for code, rule in sorted(RULES.items())]


def _operations() -> list[tuple[str, str, str]]:
    return [
        (name, operation.summary, ", ".join(parameter.name for parameter in operation.parameters))
        for name, operation in sorted(office().engine.operations.by_name.items())
    ]


_ROWS: dict[str, Any] = {
    "settings": _settings,
    "errors": _errors,
    "findings": _findings,
    "operations": _operations,
}
