"""Makes the file a line of the table is about: a valid diagram that holds the element or attribute, found by the schema."""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.engine.conformance.schemas import NAMESPACES, SCHEMA, Extension, Member, Row, extensions, schema

BASE = Path(__file__).with_name("base.bpmn")
REFERENCES = {
    "attachedToRef": "user",
    "bpmnElement": "user",
    "calledChoreographyRef": "pools",
    "calledCollaborationRef": "pools",
    "calledElement": "Q",
    "categoryValueRef": "value",
    "choreographyActivityShape": "shape",
    "choreographyRef": "pools",
    "correlationKeyRef": "key",
    "correlationPropertyRef": "order",
    "dataObjectRef": "object",
    "dataStoreRef": "store",
    "definitionalCollaborationRef": "pools",
    "errorRef": "broken",
    "escalationRef": "late",
    "flowNodeRef": "user",
    "incoming": "f1",
    "labelStyle": "style",
    "messageFlowRef": "letter",
    "messageRef": "paid",
    "gatewayDirection": "Diverging",
    "inMessageRef": "paid",
    "outMessageRef": "paid",
    "operationRef": "operation",
    "outgoing": "f2",
    "parameterRef": "parameter",
    "partitionElementRef": "item",
    "processRef": "P",
    "resourceRef": "clerks",
    "signalRef": "closed",
    "sourceElement": "user",
    "supports": "P",
    "targetElement": "service",
}
ENDS = {
    "association": ("user", "note"),
    "conversationLink": ("client", "talk"),
    "messageFlow": ("office", "client"),
    "sequenceFlow": ("start", "user"),
}
UNDER_ANOTHER_NAME = {"dc:Point": "di:waypoint"}
PLAIN = {"boolean": "true", "integer": "2", "int": "2", "double": "1", "anyURI": "urn:test"}
PREFERRED = [
    "userTask",
    "startEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "exclusiveGateway",
    "dataInputAssociation",
    "multiInstanceLoopCharacteristics",
    "callConversation",
    "globalUserTask",
    "choreographyTask",
]


def qualified(name: str) -> str:
    prefix, _, own = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{own}"


def short(tag: str) -> str:
    namespace, _, own = tag[1:].partition("}")
    return next(prefix for prefix, uri in NAMESPACES.items() if uri == namespace) + ":" + own


@cache
def _base() -> Any:
    return etree.parse(str(BASE), etree.XMLParser(remove_blank_text=True)).getroot()


class Document:
    """A copy of the base diagram, to which one thing is added."""

    def __init__(self) -> None:
        self.root = deepcopy(_base())
        self.made = 0

    def text(self) -> bytes:
        return bytes(etree.tostring(self.root))

    # elements and attributes of BPMN -----------------------------------------------------------------------------

    def place(self, element: str) -> Any:
        """An element of that name: the base diagram's own, or a new one where the schema allows it."""
        own = self.root if element == "bpmn:definitions" else next(self.root.iter(qualified(element)), None)
        return own if own is not None else self.add(element)

    def add(self, element: str) -> Any:
        """A new element of that name, with what it needs."""
        holder, name = way_to(element)
        return self.insert(self.place(holder), name)

    def insert(self, parent: Any, element: str, type_name: str = "") -> Any:
        made = etree.Element(qualified(element))
        self.complete(made, type_name or schema().elements[element])
        order = [each.name for each in schema().children(self.type_of(parent))]
        mine = self._position(element, order)
        at = len(parent)
        for index, other in enumerate(parent):
            if self._position(short(other.tag), order) > mine:
                at = index
                break
        parent.insert(at, made)
        return made

    def type_of(self, element: Any) -> str:
        """The schema's type of an element of the tree, a local one too."""
        name = short(element.tag)
        if name in schema().elements:
            return schema().elements[name]
        parent = self.type_of(element.getparent())
        return next(each.type for each in schema().children(parent) if each.name == name)

    def _position(self, element: str, order: list[str]) -> int:
        at: str | None = element
        while at is not None:
            if at in order:
                return order.index(at)
            at = schema().heads.get(at)
        return len(order)

    def complete(self, made: Any, type_name: str) -> None:
        """Required attributes, an id, required children; text where the type is simple."""
        parts = schema().of_type(type_name)
        if not parts or any(part.values for part in parts):
            made.text = self.value(Member(short(made.tag).partition(":")[2], type_name), made)
            return
        for part in parts:
            for each in part.attributes:
                if each.required or each.name == "id":
                    made.set(each.name, self.value(each, made))
        for each in schema().children(type_name):
            if each.required:
                self.fill(made, each)
        if "bpmn:tExpression" in schema().kinds_of(type_name) and not made.text:
            made.text = "true"

    def fill(self, parent: Any, child: Member) -> Any:
        if not child.ref:
            return self.child(parent, child)
        options = schema().concrete(child.name)
        chosen = next((name for name in PREFERRED if f"bpmn:{name}" in options), options[0].partition(":")[2])
        return self.insert(parent, options[0] if len(options) == 1 else f"bpmn:{chosen}")

    def child(self, parent: Any, member: Member) -> Any:
        """A local child element of its parent."""
        own = next(iter(parent.findall(qualified(member.name))), None)
        return own if own is not None else self.insert(parent, member.name, member.type)

    def value(self, member: Member, owner: Any) -> str:
        """A value of the attribute's or text's type which is not its default."""
        name, kind = member.name, member.type
        element = etree.QName(owner).localname
        holder = element if name in ("sourceRef", "targetRef") and owner.attrib.get("id") else ""
        if kind.endswith(":ID"):
            self.made += 1
            return f"made{self.made}"
        if name in ("sourceRef", "targetRef"):
            parent = owner.getparent()
            at = ENDS.get(holder or element) or (
                ENDS.get(etree.QName(parent).localname) if parent is not None else None
            )
            return (at or ("object", "object"))[name == "targetRef"]
        if name in REFERENCES:
            return REFERENCES[name]
        if name.endswith(("articipantRef",)):
            return "office"
        if name == "default":
            return next(
                f.get("id")
                for f in self.root.iter(qualified("bpmn:sequenceFlow"))
                if f.get("sourceRef") == owner.get("id")
            )
        values = next((part.values for part in schema().of_type(kind) if part.values), ())
        if values:
            return next(each for each in values if each != member.default)
        plain = kind.partition(":")[2]
        if plain == "boolean":
            return "false" if member.default == "true" else "true"
        return PLAIN.get(plain, "item" if plain in ("QName", "IDREF") else "text")


@cache
def ways() -> dict[str, tuple[str, str]]:
    """Element -> the nearest element from the root that may hold it (breadth first; the base diagram's own first)."""
    made = schema()
    found: dict[str, tuple[str, str]] = {}
    todo = deque(["bpmn:definitions"])
    seen = {"bpmn:definitions"}
    while todo:
        holder = todo.popleft()
        for each in made.children(made.elements[holder]):
            if not each.ref:
                continue
            options = made.concrete(each.name)
            for name in sorted(options, key=lambda one: one.partition(":")[2] not in PREFERRED):
                found.setdefault(name, (holder, name))
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
    return found


def way_to(element: str) -> tuple[str, str]:
    return ways()[element]


def holder_of(row: Row) -> str:
    """A concrete element that has the row's member."""
    element = f"{row.vocabulary}:{row.owner}"
    made = schema()
    if element in UNDER_ANOTHER_NAME:
        return UNDER_ANOTHER_NAME[element]
    if element in ways() or element == "bpmn:definitions":
        return element
    options = [
        name
        for name, type_name in made.elements.items()
        if name in ways() and made.elements[element] in made.kinds_of(type_name)
    ]
    for name in PREFERRED:
        if f"bpmn:{name}" in options:
            return f"bpmn:{name}"
    return options[0]


def document(row: Row) -> bytes:
    """The diagram a line of the table is about."""
    made = Document()
    if row.vocabulary in ("camunda", "zeebe"):
        _extend(made, row)
        return made.text()
    if not row.member:
        if row.owner != "definitions":
            made.add(f"{row.vocabulary}:{row.owner}") if f"bpmn:{row.owner}" not in _drawn() else None
        return made.text()
    owner = made.place(holder_of(row))
    own = schema().types[schema().elements[f"{row.vocabulary}:{row.owner}"]]
    if row.member.startswith("@"):
        attribute = next(each for each in own.attributes if each.name == row.member[1:])
        if owner.get(attribute.name) is None:
            owner.set(attribute.name, made.value(attribute, owner))
    else:
        child = next(each for each in own.children if each.name == f"{row.vocabulary}:{row.member}")
        made.child(owner, child)
    return made.text()


@cache
def _drawn() -> frozenset[str]:
    return frozenset(short(each.tag) for each in _base().iter())


# extensions -----------------------------------------------------------------------------------------------------------


def _extend(made: Document, row: Row) -> None:
    known = extensions(row.vocabulary)
    extension = known[row.owner]
    find = _element if extension.is_element else _bearer
    owner = find(made, row.vocabulary, extension)
    if not row.member:
        return
    name = row.member.lstrip("@")
    each = next(one for one in extension.properties if row.member in ("text", one.name, "@" + one.name))
    if row.member == "text":
        owner.text = "text"
    elif row.member.startswith("@"):
        key = (
            name
            if extension.is_element or etree.QName(owner).namespace == NAMESPACES[row.vocabulary]
            else qualified(f"{row.vocabulary}:{name}")
        )
        if owner.get(key) is None:
            owner.set(key, "true" if each.type == "Boolean" else "2" if each.type == "Integer" else "text")
    else:
        child = known.get(each.type)
        tag = child.element if child is not None else name
        if each.type.startswith("bpmn:"):
            etree.SubElement(owner, qualified("bpmn:" + each.type[5].lower() + each.type[6:]))
        else:
            made_child = etree.SubElement(owner, qualified(f"{row.vocabulary}:{tag}"))
            made_child.text = "text" if child is None else None


def _bearer(made: Document, vocabulary: str, extension: Extension) -> Any:
    """Who bears the attributes of a type that is no element of its own."""
    known = extensions(vocabulary)
    for name in extension.extends or _heirs(vocabulary, extension):
        prefix, _, own = name.partition(":")
        if prefix == vocabulary:
            other = known[own]
            return _element(made, vocabulary, other) if other.is_element else _bearer(made, vocabulary, other)
        element = "bpmn:" + own[0].lower() + own[1:]
        if element in schema().elements:
            return made.place(holder_of(Row("bpmn", element.partition(":")[2])))
    raise LookupError(extension.name)


def _heirs(vocabulary: str, extension: Extension) -> tuple[str, ...]:
    return tuple(
        f"{vocabulary}:{name}" for name, each in extensions(vocabulary).items() if extension.name in each.bases
    )


def _element(made: Document, vocabulary: str, extension: Extension) -> Any:
    """The extension's element, in the extension elements of something that may hold it, or inside another one."""
    own = next(made.root.iter(qualified(f"{vocabulary}:{extension.element}")), None)
    if own is not None:
        return own
    tag = qualified(f"{vocabulary}:{extension.element}")
    anywhere = extension.allowed_in == ("*",)
    for name, other in extensions(vocabulary).items() if not anywhere else ():
        named = {each.type for each in other.properties}
        if name != extension.name and (extension.name in named or set(extension.bases) & named) and not other.extends:
            if other.abstract:
                continue
            return etree.SubElement(_element(made, vocabulary, other), tag)
    for allowed in (*extension.allowed_in, "bpmn:UserTask"):
        prefix, _, element = allowed.partition(":")
        if allowed == "*" or (prefix == vocabulary and extensions(vocabulary)[element].is_element):
            continue
        if prefix == vocabulary:
            bearer = _bearer(made, vocabulary, extensions(vocabulary)[element])
        else:
            bearer = made.place(holder_of(Row("bpmn", element[0].lower() + element[1:])))
        box = bearer.find(qualified("bpmn:extensionElements"))
        if box is None:
            box = made.insert(bearer, "bpmn:extensionElements")
        return etree.SubElement(box, tag)
    raise LookupError(extension.name)


@cache
def validator() -> Any:
    return etree.XMLSchema(etree.parse(str(SCHEMA / "BPMN20.xsd")))
