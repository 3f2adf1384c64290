"""
Runs inside the sandbox child only: a letter's draft for a word processor, and a little reading and writing of DOCX.

A draft is the template filled with what is known; what will be known later keeps its marks. A mark is kept by hiding its
braces from the template language and giving them back afterwards; a block whose opening asks for something later is kept
whole. What people typed never becomes a mark: a brace in a value is followed by an invisible word joiner.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from html import unescape
from io import BytesIO
from typing import Any

from docx import Document
from markupsafe import Markup

from services.printing.archive import check_archive
from services.printing.rendering import Rich, Template, fill, live

_INSIDE = r"(?:<[^>]*>)*"  # a word processor may part a mark's two signs by its own tags
_MARK = re.compile(
    rf"\{{{_INSIDE}\{{.*?\}}{_INSIDE}\}}|\{{{_INSIDE}%.*?%{_INSIDE}\}}|\{{{_INSIDE}#.*?#{_INSIDE}\}}", re.DOTALL
)
_TAG_OR_SIGN = re.compile(r"(<[^>]*>)|([{}%#])")
_HIDDEN = {"{": "\ufdd0", "}": "\ufdd1", "%": "\ufdd2", "#": "\ufdd3"}
_SHOWN = str.maketrans({hidden: sign for sign, hidden in _HIDDEN.items()})
_NOTHING = dict.fromkeys(map(ord, _HIDDEN.values()))
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|([A-Za-z_][\w.]*)")
_WORD = re.compile(r"[-+\s]*(?:(?:tr|tc|p|r)\s+)?(\w+)")
_OPENING = frozenset({"if", "for", "with", "filter"})


def draft(payload: Mapping[str, Any]) -> dict[str, Any]:
    """`{"docx", "context", "later": names}` → `{"docx"}`; SolutionError for a template that cannot be filled."""
    content = b64decode(payload["docx"])
    check_archive(content)
    template = _Draft(BytesIO(content), payload["later"])
    context = live(_disarmed(payload["context"]), template)
    for value in context.values():
        if isinstance(value, Rich) and not value.blocks:
            value.blocks = Markup("<w:p/>")  # a place to write
    return fill(template, context)


def append(payload: Mapping[str, Any]) -> dict[str, Any]:
    """`{"docx", "lines"}` → `{"docx"}` with a paragraph more for each line."""
    document = _opened(payload)
    for line in payload["lines"]:
        document.add_paragraph(line)
    made = BytesIO()
    document.save(made)
    return {"docx": b64encode(made.getvalue()).decode()}


def text(payload: Mapping[str, Any]) -> dict[str, Any]:
    """`{"docx"}` → `{"text"}`: the paragraphs of body, tables, page heads and feet, a line each."""
    document = _opened(payload)
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    edges = [edge for section in document.sections for edge in (section.header, section.footer)]
    places = [document, *cells, *edges]
    return {"text": "\n".join(paragraph.text for place in places for paragraph in place.paragraphs)}


class _Draft(Template):
    """A template that keeps the marks of *later* names."""

    def __init__(self, file: BytesIO, later: Iterable[str]) -> None:
        super().__init__(file)
        self._later = tuple(later)

    def patch_xml(self, src_xml: str) -> str:
        kept = _Kept(self._later)
        patched: str = super().patch_xml(_MARK.sub(kept.hide, src_xml))
        return patched

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        filled: str = super().render_xml_part(src_xml, part, context, jinja_env)
        return filled.translate(_SHOWN)


class _Kept:
    """Goes through the marks of a part in order and hides those to be kept; `open` holds the blocks around a mark."""

    def __init__(self, later: tuple[str, ...]) -> None:
        self._later = later
        self._open: list[bool] = []

    def hide(self, found: re.Match[str]) -> str:
        plain = unescape(re.sub(r"<[^>]*>", "", found.group()))
        return _TAG_OR_SIGN.sub(_hidden, found.group()) if self._is_kept(plain) else found.group()

    def _is_kept(self, mark: str) -> bool:
        inside = bool(self._open) and self._open[-1]
        if not mark.startswith("{%"):
            return inside or self._asks_later(mark)
        word = _WORD.match(mark[2:])
        keyword = word.group(1) if word else ""
        if keyword.startswith("end"):
            return self._open.pop() if self._open else False
        if keyword in {"else", "elif"}:
            return inside
        kept = inside or self._asks_later(mark)
        if keyword in _OPENING:
            self._open.append(kept)
        return kept

    def _asks_later(self, mark: str) -> bool:
        names = (found.group(1) for found in _NAMES.finditer(mark) if found.group(1))
        return any(name == one or name.startswith(f"{one}.") for name in names for one in self._later)


def _hidden(found: re.Match[str]) -> str:
    return found.group(1) or _HIDDEN[found.group(2)]


def _disarmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _disarmed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_disarmed(inner) for inner in value]
    return value.translate(_NOTHING).replace("{", "{\u2060") if isinstance(value, str) else value


def _opened(payload: Mapping[str, Any]) -> Any:
    content = b64decode(payload["docx"])
    check_archive(content)
    return Document(BytesIO(content))
