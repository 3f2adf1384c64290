"""
Runs inside the sandbox child only: fills a DOCX template, and reads which names it uses.

A template is untrusted even when an analyst made it: the environment is immutable and escapes everything, gives no
functions, only a short list of filters, and context values are plain data. Marks in the data become more than text:
`{"$rich": html, "rtl": bool}` prints as text, and its `.blocks` as paragraphs (`{{p reply.blocks }}`);
`{"$text": text, …}` prints as text and has parts (`card.price.amount`); with `"$rows"` it is looped over as well;
`{"$picture": base64, "mm": width}` prints as an inline picture.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import XMLSyntaxError
from markupsafe import Markup, escape

from engine.errors import SolutionError
from services.printing.archive import check_archive
from services.printing.rich import paragraphs, plain

_FILTERS = {
    *("capitalize", "default", "d", "e", "escape", "first", "int", "join", "last", "length", "list", "lower", "map"),
    *("rejectattr", "round", "selectattr", "sort", "sum", "title", "trim", "upper", "unique"),
}
_PROPERTIES = (
    *("author", "category", "comments", "content_status", "identifier", "keywords"),
    *("last_modified_by", "subject", "title", "version"),
)


class _Environment(ImmutableSandboxedEnvironment):
    """No globals, few filters; a mapping has only its keys (a field may be called `items`)."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Parted | Rows):
            obj = obj.parts
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        allowed = isinstance(obj, Rich) and attr == "blocks"
        return allowed or (
            attr in {"index", "index0", "first", "last", "length"} and type(obj).__name__ == "LoopContext"
        )


class Rich(str):
    """Formatted text: prints as its plain text."""

    blocks: Markup


class Parted(str):
    """A value that prints as text and has parts by name."""

    parts: dict[str, Any]


class Rows(list[Any]):
    """Several values or rows: looped over; printed as one text."""

    parts: dict[str, Any]
    text: str

    def __html__(self) -> str:
        return str(escape(self.text))


class _Picture:
    def __init__(self, template: DocxTemplate, picture: bytes, mm: int) -> None:
        self._image = InlineImage(template, BytesIO(picture), width=Mm(mm))

    def __html__(self) -> str:
        return str(self._image)


class Template(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """Document properties are never rendered: they are cleared."""

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        properties = self.docx.core_properties
        for name in [
            "author",
            "category",
            "comments",
            "content_status",
            "identifier",
            "keywords",
            "last_modified_by",
            "subject",
            "title",
            "version",
        ]:
            setattr(properties, name, "")

    def sources(self) -> list[str]:
        """The template text of body, headers, footers and footnotes."""
        self.init_docx()
        found = [self.patch_xml(self.get_xml())]
        for part in self.docx.part.package.parts:
            if part.content_type.endswith(("header+xml", "footer+xml", "footnotes+xml")):
                found.append(self.patch_xml(part.blob.decode("utf-8")))
        return found


def render(payload: Mapping[str, Any]) -> dict[str, Any]:
    """`{"docx": base64, "context": {…}}` → `{"docx": base64}`; SolutionError for a template that cannot be filled."""
    content = b64decode(payload["docx"])
    check_archive(content)
    template = Template(BytesIO(content))
    return fill(template, live(payload["context"], template))


def fill(template: Template, context: Mapping[str, Any]) -> dict[str, Any]:
    """A template filled with live values, as `{"docx": base64}`."""
    try:
        template.render(context, _Environment())
    except (TemplateError, SecurityError, XMLSyntaxError, TypeError, KeyError, AttributeError) as error:
        raise SolutionError("template-failed", reason=str(error)[:300]) from error
    made = BytesIO()
    template.save(made)
    return {"docx": b64encode(made.getvalue()).decode()}


def names(payload: Mapping[str, Any]) -> dict[str, Any]:
    """`{"docx": base64}` → `{"names": […]}`: dotted names the template reads (`letter.number`), loop names resolved away."""
    content = b64decode(payload["docx"])
    check_archive(content)
    environment = _Environment()
    found: set[str] = set()
    try:
        for source in Template(BytesIO(content)).sources():
            tree = environment.parse(source)
            _refuse_code(tree)
            found |= _dotted(tree)
    except TemplateError as error:
        raise SolutionError("template-failed", reason=str(error)[:300]) from error
    return {"names": sorted(found)}


def _refuse_code(tree: nodes.Template) -> None:
    """A template shows data; what calls something or looks behind a value could not be filled anyway."""
    for node in tree.find_all((nodes.Call, nodes.Getattr, nodes.Getitem)):
        name = node.attr if isinstance(node, nodes.Getattr) else getattr(getattr(node, "arg", None), "value", "")
        if isinstance(node, nodes.Call) or str(name).startswith("_"):
            raise SolutionError("template-failed", reason=f"it runs code in line {node.lineno}")


def live(value: Any, template: DocxTemplate) -> Any:
    """Plain data with its two marks made into what they stand for."""
    if isinstance(value, dict):
        if "$rich" in value:
            rich = Rich(plain(value["$rich"]))
            rich.blocks = Markup(paragraphs(value["$rich"], rtl=bool(value.get("rtl"))))  # noqa: S704 - escaped there
            return rich
        if "$text" in value:
            return _parted(value, template)
        if "$picture" in value:
            return _Picture(template, b64decode(value["$picture"]), value.get("mm", 25))
        return {key: live(inner, template) for key, inner in value.items()}
    if isinstance(value, list):
        return [live(inner, template) for inner in value]
    return value


def _parted(value: dict[str, Any], template: DocxTemplate) -> Parted | Rows:
    made = Rows(live(value["$rows"], template)) if "$rows" in value else Parted(value["$text"])
    made.parts = {key: live(inner, template) for key, inner in value.items() if not key.startswith("$")}
    if isinstance(made, Rows):
        made.text = value["$text"]
    return made


def _dotted(tree: nodes.Template) -> set[str]:
    """Names read from outside: `a.b.c` as far as it is constant; names the template itself sets are left out."""
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx in {"store", "param"}} | {"loop"}
    inner: set[int] = set()
    found: set[str] = set()
    for node in tree.find_all((nodes.Getattr, nodes.Name)):
        if id(node) in inner:
            continue
        path: list[str] = []
        at: nodes.Node = node
        while isinstance(at, nodes.Getattr):
            path.append(at.attr)
            at = at.node
            inner.add(id(at))
        if isinstance(at, nodes.Name) and at.name not in own and at.ctx == "load":
            found.add(".".join([at.name, *reversed(path)]))
    return found
