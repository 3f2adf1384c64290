"""The manual, inside the product: pages as Markdown by language, and reference pages drawn from the code itself."""

from __future__ import annotations

from pathlib import Path

from flask import g, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup

from engine.errors import NotFound
from webui.help.reference import CHAPTERS
from webui.presentation import reader
from webui.reading import office
from webui.routing import Area

area = Area("help", __name__, admits="staff", url_prefix="/help")
FOLDER = Path(__file__).parent
PAGES = (
    "start",
    "inbox",
    "registering",
    "documents",
    "portal",
    "keys",
    "administering",
    "operating",
    "authoring",
    "feel",
    "dmn",
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@area.get("/", action="help.see")
def contents() -> str:
    """What there is to read."""
    g.section = "help"
    return render_template("help/contents.html", pages=[(name, title(name)) for name in PAGES], chapters=CHAPTERS)


@area.get("/<name>", action="help.see")
def page(name: str) -> str:
    """A page of the manual, or a chapter of the reference."""
    g.section = "help"
    if name in CHAPTERS:
        chapter = CHAPTERS[name]
        entries = chapter.entries(office().engine.operations)
        return render_template("help/reference.html", chapter=chapter, entries=entries)
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
