"""Tiny diagrams for tests: elements in the order of the flow, arrows between them."""

from __future__ import annotations

from itertools import pairwise

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'id="file_{key}" targetNamespace="test">'
)


def drawing(key: str, *parts: str, also: str = "") -> bytes:
    """A file with one process; `also` stands beside it (messages, signals, errors)."""
    body = "".join(parts)
    return (
        f'{HEAD.format(key=key)}{also}<process id="{key}" isExecutable="true">{body}</process></definitions>'.encode()
    )


def start(id: str = "begun", inside: str = "", attributes: str = "") -> str:
    return f'<startEvent id="{id}" {attributes}>{inside}</startEvent>'


def end(id: str = "ended") -> str:
    return f'<endEvent id="{id}"/>'


def task(id: str, inside: str = "", **attributes: str) -> str:
    """A user task; keywords are Camunda's attributes (`candidateGroups="clerks"`)."""
    said = " ".join(f'camunda:{name}="{value}"' for name, value in attributes.items())
    return f'<userTask id="{id}" name="{id.capitalize()}" {said}>{inside}</userTask>'


def service(id: str, topic: str, inside: str = "", attributes: str = "") -> str:
    return f'<serviceTask id="{id}" camunda:type="external" camunda:topic="{topic}" {attributes}>{inside}</serviceTask>'


def path(*ids: str) -> str:
    """Arrows from each element to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))


def flow(source: str, target: str, condition: str | None = None) -> str:
    inside = (
        ""
        if condition is None
        else f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>'
    )
    return f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
