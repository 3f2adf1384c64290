"""
What BPMN files may say: every element and attribute of the BPMN 2.0 schema (it ships with SpiffWorkflow) and of the
descriptors of Camunda's and Zeebe's extensions (npm `camunda-bpmn-moddle` and `zeebe-bpmn-moddle`, MIT).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import SpiffWorkflow
from lxml import etree

SCHEMA = Path(SpiffWorkflow.__file__).parent / "bpmn" / "parser" / "schema"
VENDOR = Path(__file__).parents[2] / "vendor"
XSD = "{http://www.w3.org/2001/XMLSchema}"
NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
XSD_FILES = {"bpmn": ("BPMN20.xsd", "Semantic.xsd"), "bpmndi": ("BPMNDI.xsd",), "di": ("DI.xsd",), "dc": ("DC.xsd",)}


@dataclass(frozen=True)
class Row:
    """A line of the table: an element (`member` is ''), one of its attributes (`@name`) or of its local children."""

    vocabulary: str
    owner: str
    member: str = ""

    def __str__(self) -> str:
        return f"{self.owner} {self.member}".strip()

    @property
    def name(self) -> str:
        """What a file that holds it must mention."""
        return self.member.lstrip("@") or self.owner


@dataclass(frozen=True)
class Member:
    """An attribute or a child element as its type declares it."""

    name: str
    type: str
    required: bool = False
    default: str | None = None
    ref: bool = False


@dataclass
class Type:
    """A type of the schema: its own attributes and children, and the type it extends."""

    base: str | None = None
    abstract: bool = False
    attributes: list[Member] = field(default_factory=list)
    children: list[Member] = field(default_factory=list)
    values: tuple[str, ...] = ()


@dataclass
class Schema:
    """The four XSD files as one; names carry their prefix (`bpmn:tActivity`)."""

    elements: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)

    def of_type(self, name: str) -> list[Type]:
        """The type and what it extends, the outermost first."""
        found: list[Type] = []
        at: str | None = name
        while at is not None and at in self.types:
            found.insert(0, self.types[at])
            at = self.types[at].base
        return found

    def attributes(self, element: str) -> list[Member]:
        return [each for part in self.of_type(self.elements[element]) for each in part.attributes]

    def children(self, type_name: str) -> list[Member]:
        return [each for part in self.of_type(type_name) for each in part.children]

    def is_abstract(self, element: str) -> bool:
        return self.types[self.elements[element]].abstract

    def kinds_of(self, type_name: str) -> set[str]:
        """The type's name and the names of what it extends."""
        names = set()
        at: str | None = type_name
        while at is not None and at in self.types:
            names.add(at)
            at = self.types[at].base
        return names

    def concrete(self, head: str) -> list[str]:
        """Elements that may stand where `head` is asked for."""
        found = [] if self.is_abstract(head) else [head]
        for name, above in self.heads.items():
            if above == head:
                found += self.concrete(name)
        return found


@cache
def schema() -> Schema:
    made = Schema()
    for prefix, files in XSD_FILES.items():
        for file in files:
            _read(made, prefix, etree.parse(str(SCHEMA / file)).getroot())
    return made


def _read(made: Schema, prefix: str, root: Any) -> None:
    for entry in root:
        name = f"{prefix}:{entry.get('name')}"
        if entry.tag == XSD + "element":
            made.elements[name] = _qualified(entry.get("type"), prefix)
            if entry.get("substitutionGroup"):
                made.heads[name] = _qualified(entry.get("substitutionGroup"), prefix)
        elif entry.tag == XSD + "complexType":
            made.types[name] = _type(entry, prefix)
        elif entry.tag == XSD + "simpleType":
            values = tuple(each.get("value") for each in entry.iter(XSD + "enumeration"))
            made.types[name] = Type(values=values)


def _qualified(name: str, prefix: str) -> str:
    return name if ":" in name else f"{prefix}:{name}"


def _type(entry: Any, prefix: str) -> Type:
    extension = next(entry.iter(XSD + "extension"), None)
    base = _qualified(extension.get("base"), prefix) if extension is not None else None
    made = Type(base, entry.get("abstract") == "true")
    for each in entry.iter(XSD + "attribute"):
        said = _qualified(each.get("type", "xsd:string"), prefix)
        made.attributes.append(Member(each.get("name"), said, each.get("use") == "required", each.get("default")))
    for each in entry.iter(XSD + "element"):
        needed = each.get("minOccurs", "1") != "0" and all(
            up.get("minOccurs", "1") != "0" for up in each.iterancestors(XSD + "choice", XSD + "sequence")
        )
        if each.get("ref"):
            name = _qualified(each.get("ref"), prefix)
            made.children.append(Member(name, "", needed, ref=True))
        else:
            made.children.append(
                Member(f"{prefix}:{each.get('name')}", _qualified(each.get("type", ""), prefix), needed)
            )
    return made


@cache
def reachable() -> frozenset[str]:
    """Elements that can occur in a file, from the root on."""
    made = schema()
    todo, seen = ["bpmn:definitions"], {"bpmn:definitions"}
    while todo:
        for each in _children_of(made, todo.pop()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return frozenset(seen)


def _children_of(made: Schema, element: str) -> list[str]:
    children = made.children(made.elements[element])
    return [name for each in children if each.ref for name in made.concrete(each.name)]


@dataclass(frozen=True)
class Property:
    """A property of a descriptor's type: attribute, text or child element."""

    name: str
    type: str
    attribute: bool
    body: bool


@dataclass(frozen=True)
class Extension:
    """A type of a descriptor: an element of its own, or attributes for elements of BPMN."""

    name: str
    extends: tuple[str, ...]
    bases: tuple[str, ...]
    allowed_in: tuple[str, ...]
    properties: tuple[Property, ...]
    abstract: bool
    heirs: bool
    """Whether other types are made of it, which are what a file holds."""

    @property
    def is_element(self) -> bool:
        """Whether a file can hold it as an element; other types only lend their attributes."""
        lent = self.abstract or self.heirs or (self.extends and not self.allowed_in)
        return not lent

    @property
    def element(self) -> str:
        """The element's name in a file."""
        return self.name[0].lower() + self.name[1:]


@cache
def extensions(vocabulary: str) -> dict[str, Extension]:
    """The types of a descriptor by name."""
    text = json.loads((VENDOR / f"{vocabulary}-moddle.json").read_text(encoding="utf-8"))
    bases = {base for each in text["types"] for base in each.get("superClass", ())}
    return {each["name"]: _extension(each, each["name"] in bases) for each in text["types"]}


def _extension(entry: dict[str, Any], heirs: bool) -> Extension:
    properties = tuple(
        Property(each["name"].rpartition(":")[2], each["type"], bool(each.get("isAttr")), bool(each.get("isBody")))
        for each in entry.get("properties", ())
    )
    return Extension(
        entry["name"],
        tuple(entry.get("extends", ())),
        tuple(entry.get("superClass", ())),
        tuple(entry.get("meta", {}).get("allowedIn", ())),
        properties,
        bool(entry.get("isAbstract")),
        heirs,
    )


def rows(vocabulary: str) -> list[Row]:
    """Every line the table must have for a vocabulary, in the order of its source."""
    if vocabulary in XSD_FILES:
        return _schema_rows(vocabulary)
    found = []
    for extension in extensions(vocabulary).values():
        if extension.is_element:
            found.append(Row(vocabulary, extension.name))
        for each in extension.properties:
            member = "@" + each.name if each.attribute else "text" if each.body else each.name
            found.append(Row(vocabulary, extension.name, member))
    return found


def _schema_rows(vocabulary: str) -> list[Row]:
    """
    What a type adds is told once, at the element that adds it. Children that are elements themselves have lines of their
    own; an element that cannot occur in any file has lines for its members only.
    """
    made = schema()
    found = []
    for element, type_name in made.elements.items():
        if not element.startswith(vocabulary + ":"):
            continue
        owner = element.partition(":")[2]
        if element in reachable():
            found.append(Row(vocabulary, owner))
        own = made.types[type_name]
        found += [Row(vocabulary, owner, "@" + each.name) for each in own.attributes]
        found += [Row(vocabulary, owner, each.name.partition(":")[2]) for each in own.children if not each.ref]
    return found


VOCABULARIES = (*XSD_FILES, "camunda", "zeebe")
