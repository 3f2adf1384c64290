"""A formatted text: a small safe part of HTML."""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text

TAGS = frozenset(
    "p br strong em u s b i ul ol li blockquote h2 h3 h4 table thead tbody tr th td a sub sup hr".split()  # noqa: SIM905
)
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
MOST = 200_000
_ENDS = re.compile(r"(?i)</(p|li|h2|h3|h4|tr|blockquote)>|<br\s*/?>")


class Rich(FieldType):
    """HTML cleaned when it comes in and when it goes out: what was kept by an older rule never reaches a page raw."""

    name = "rich"
    component = "richtext"
    in_tables = False
    computable = False

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if len(text) > (spec.most or MOST):
            raise FieldError("too-long", most=spec.most or MOST, length=len(text))
        cleaned = clean(text) if "<" in text else paragraphs(text)
        return cleaned if words(cleaned) else None

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, str) and clean(value) == value, "not-clean-html")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return "" if value is None else clean(str(value))

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(text=None if value is None else words(str(value)))

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """Its words, `html` for a renderer that knows formatting, `paragraphs` for one that does not."""
        text = words(str(value or ""))
        return {"$text": text, "html": clean(str(value or "")), "paragraphs": text.split("\n") if text else []}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "contentMediaType": "text/html"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> str | None:
        return None if value is None else words(str(value))


def clean(text: str) -> str:
    """*text* with every tag, attribute and address not on our list removed."""
    return nh3.clean(
        text,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def words(text: str) -> str:
    """The words of a formatted text, a line for each paragraph."""
    bare = nh3.clean(_ENDS.sub("\n", text), tags=set(), attributes={})
    return "\n".join(line for line in (" ".join(part.split()) for part in html.unescape(bare).split("\n")) if line)


def paragraphs(text: str) -> str:
    """Plain typing as paragraphs."""
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in text.splitlines() if part.strip())
