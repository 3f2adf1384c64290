"""The sandbox's tasks with DOCX, as functions over bytes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.office import Parts


def fill_template(office: Parts, template: bytes, context: Mapping[str, Any]) -> bytes:
    """The template filled. Raises SolutionError("template-failed"), Invalid("docx-unreadable"|"docx-too-large")."""
    return _made(office, "docx.render", template, context=context)


def fill_draft(office: Parts, template: bytes, context: Mapping[str, Any], later: Iterable[str]) -> bytes:
    """The template filled, but for the marks of *later* names, which stay for the next filling."""
    return _made(office, "docx.draft", template, context=context, later=sorted(later))


def undeclared_variables(office: Parts, template: bytes) -> set[str]:
    """The dotted names a template reads (`letter.number`); Invalid or SolutionError for what is no usable template."""
    return set(office.sandbox.run("docx.names", {"docx": b64encode(template).decode()})["names"])


def with_lines(office: Parts, document: bytes, lines: Iterable[str]) -> bytes:
    """The document with paragraphs added, as somebody at a word processor would."""
    return _made(office, "docx.append", document, lines=list(lines))


def text_of_document(office: Parts, document: bytes) -> str:
    """What a person reads in the document."""
    return str(office.sandbox.run("docx.text", {"docx": b64encode(document).decode()})["text"])


def _made(office: Parts, task: str, document: bytes, **further: Any) -> bytes:
    return b64decode(office.sandbox.run(task, {"docx": b64encode(document).decode(), **further})["docx"])
