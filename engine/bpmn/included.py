"""Scripts and conditions that stand in files of their own beside the diagram (`camunda:resource="deployment://…"`)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn.compiled import Knowledge
from engine.bpmn.names import Element, bpmn, camunda, child, local

PLACES = ("deployment://", "classpath://")


def included(root: Element) -> Iterator[tuple[Element, str]]:
    """Elements whose text is in another file, and the file's name."""
    for element in root.iter():
        own = "resource" if element.tag == camunda("script") else camunda("resource")
        name = element.get(own) if isinstance(element.tag, str) else None
        if name:
            yield element, file_name(name)


def file_name(resource: str) -> str:
    for place in PLACES:
        resource = resource.removeprefix(place)
    return resource


def include(root: Element, knowledge: Knowledge | None) -> None:
    """Put the texts where they belong; what is not beside the diagram is left to the findings."""
    for element, name in list(included(root)):
        text = _text(knowledge, name)
        if text is None:
            continue
        if local(element) == "scriptTask":
            script = child(element, "script")
            script = etree.SubElement(element, bpmn("script")) if script is None else script
            script.text = text
        else:
            element.text = text
        element.attrib.pop(camunda("resource"), None)
        element.attrib.pop("resource", None)


def _text(knowledge: Knowledge | None, name: str) -> str | None:
    content = knowledge.files(name) if knowledge is not None and knowledge.files is not None else None
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None
