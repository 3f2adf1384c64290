"""The manual, inside the product: pages as Markdown by language, and reference pages drawn from the code itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import g, render_template
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
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
    "directories",
    "parties",
    "portal",
    "keys",
    "administering",
    "operating",
    "authoring",
    "machines",
    "bpmn",
    "feel",
    "dmn",
)


def _markdown() -> MarkdownIt:
    """Markdown in our clothes: tables and code scroll in their own box, code reads from left to right in every language."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    plain = RendererHTML()

    def boxed(_self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        inner = getattr(plain, tokens[at].type)(tokens, at, options, env)
        return f'<div class="ch-scroll" tabindex="0" dir="ltr">{inner}</div>\n'

    def left_to_right(_self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        tokens[at].attrSet("dir", "ltr")
        return plain.code_inline(tokens, at, options, env)

    made.add_render_rule("table_open", lambda *_: '<div class="ch-scroll" tabindex="0"><table class="table">\n')
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    made.add_render_rule("fence", boxed)
    made.add_render_rule("code_block", boxed)
    made.add_render_rule("code_inline", left_to_right)
    return made


_MARKDOWN = _markdown()


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
