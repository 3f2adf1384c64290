"""Dialects: Flowable's and Activiti's extensions are Camunda's under other names; Zeebe's are translated."""

from __future__ import annotations

from engine.bpmn.names import CAMUNDA, Element

SAME_AS_CAMUNDA = (
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
    "http://activiti.com/modeler",
    "http://www.activiti.org/bpmn",
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
)


def translate(root: Element) -> None:
    """Give every known vendor's convention Camunda's name, in place. What is unknown stays as it is."""
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = _renamed(element.tag)
            for key in [key for key in element.attrib if key.startswith("{")]:
                name = _renamed(key)
                if name != key:
                    value = element.attrib.pop(key)
                    if name not in element.attrib:
                        element.set(name, value)


def _renamed(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    return f"{{{CAMUNDA}}}{local}" if namespace in SAME_AS_CAMUNDA else name
