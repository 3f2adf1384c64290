"""Reads BPMN files safely: no DOCTYPE, no entities, nothing from the network, limits on size and depth."""

from __future__ import annotations

from lxml import etree

from engine.bpmn.names import BPMN, Element
from engine.findings import Finding, rule

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 120
MAX_ELEMENTS = 200_000

TOO_LARGE = rule(
    "bpmn-too-large",
    "The file has {size} bytes; at most {allowed} are read.",
    "Split the diagram into several processes joined by call activities, or remove embedded pictures.",
)
NOT_WELL_FORMED = rule(
    "bpmn-not-well-formed",
    "The file is not well-formed XML: {detail}.",
    "Open the file in the program that wrote it and save it again; line {line}, column {column} is where reading stops.",
)
DOCTYPE = rule(
    "bpmn-doctype",
    "The file has a DOCTYPE, which could make the reader fetch or expand other files.",
    "Remove the line that begins with <!DOCTYPE; BPMN needs none.",
)
TOO_DEEP = rule(
    "bpmn-too-deep",
    "The elements are nested {depth} deep or more; at most {allowed} are read.",
    "Move inner sub-processes into processes of their own and call them.",
)
TOO_MANY = rule(
    "bpmn-too-many-elements",
    "The file has more than {allowed} elements.",
    "Split the diagram into several files.",
)
NOT_BPMN = rule(
    "bpmn-not-bpmn",
    "The file is XML, but its outermost element is {root}, not BPMN 2.0 definitions.",
    "Export the diagram as BPMN 2.0 XML.",
)


class Unreadable(Exception):
    """The file cannot be read; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def read(source: bytes, file: str) -> Element:
    """The definitions element of a file somebody uploaded; raises Unreadable."""
    if len(source) > MAX_BYTES:
        raise Unreadable(Finding(TOO_LARGE, file, line=1, params={"size": len(source), "allowed": MAX_BYTES}))
    root = _parse(source, file)
    _refuse_doctype(root, file)
    _refuse_excess(root, file)
    if root.tag != f"{{{BPMN}}}definitions":
        raise Unreadable(Finding(NOT_BPMN, file, line=root.sourceline or 1, params={"root": str(root.tag)}))
    return root


def _parse(source: bytes, file: str) -> Element:
    try:
        return etree.fromstring(source, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        detail = (error.msg or "the text breaks off").split(", line")[0].rstrip(".")
        params = {"detail": detail, "line": line, "column": column}
        raise Unreadable(Finding(NOT_WELL_FORMED, file, line=max(line, 1), params=params)) from None
    except ValueError as error:
        params = {"detail": str(error), "line": 1, "column": 1}
        raise Unreadable(Finding(NOT_WELL_FORMED, file, line=1, params=params)) from None


def _refuse_doctype(root: Element, file: str) -> None:
    if root.getroottree().docinfo.doctype:
        raise Unreadable(Finding(DOCTYPE, file, line=1))


def _refuse_excess(root: Element, file: str) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            params = {"depth": depth, "allowed": MAX_DEPTH}
            raise Unreadable(Finding(TOO_DEEP, file, line=element.sourceline, params=params))
        if count > MAX_ELEMENTS:
            params = {"allowed": MAX_ELEMENTS}
            raise Unreadable(Finding(TOO_MANY, file, line=element.sourceline, params=params))


def parse_trusted(compiled: str) -> Element:
    """The tree of a text we wrote ourselves, read with the same care."""
    return etree.fromstring(compiled.encode(), _parser())
