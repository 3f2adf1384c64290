"""
Copies of a corpus in which everything is said otherwise and nothing else is meant: other ids, other prefixes, another
order. Whoever reads BPMN by its meaning gives the same verdict on a copy as on the original.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XML = "http://www.w3.org/XML/1998/namespace"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
Tree = Any

RENAMED = re.compile(
    r"(process|participant|collaboration|lane|laneSet|\w*Task|task|\w*Event|\w*Gateway|\w*[sS]ubProcess|transaction"
    r"|callActivity|sequenceFlow|messageFlow|association|message|signal|error|escalation|textAnnotation|group"
    r"|data(Object|Store)Reference|dataStore|definitions|\w*EventDefinition|BPMN\w+)$"
)
"""Elements whose ids are only ids. Those of data objects, data inputs and items are the names of variables."""
POINTING = re.compile(r"\w*Ref$|bpmnElement|default|labelStyle|calledElement|choreographyActivityShape")
POINTING_TEXT = re.compile(r"incoming|outgoing|\w*Ref|source|target")
NODES = re.compile(r"(\w*Task|task|\w*Event|\w*Gateway|\w*[sS]ubProcess|transaction|callActivity)$")


def local(element: Tree) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def elements(root: Tree) -> Iterator[Tree]:
    return (each for each in root.iter() if isinstance(each.tag, str))


# other ids -----------------------------------------------------------------------------------------------------------


def other(id: str) -> str:
    """The new id for an old one, the same in every file."""
    return f"n{zlib.crc32(id.encode()):08x}"


def ids_of(roots: list[Tree]) -> set[str]:
    return {
        each.get("id") for root in roots for each in elements(root) if each.get("id") and RENAMED.match(local(each))
    }


def rename(root: Tree, known: set[str]) -> None:
    for each in elements(root):
        if each.get("id") in known and RENAMED.match(local(each)):
            each.set("id", other(each.get("id")))
        for name, value in each.attrib.items():
            if POINTING.fullmatch(etree.QName(name).localname):
                each.set(name, _pointed(value, known))
        if POINTING_TEXT.fullmatch(local(each)) and each.text:
            each.text = _pointed(each.text.strip(), known)


def _pointed(value: str, known: set[str]) -> str:
    prefix, colon, rest = value.rpartition(":")
    return prefix + colon + other(rest) if rest in known else value


def renamed_expectation(value: Any, known: set[str]) -> Any:
    """What is expected names processes and elements too."""
    if isinstance(value, dict):
        return {
            name: other(each) if name in ("process", "id") and each in known else renamed_expectation(each, known)
            for name, each in value.items()
        }
    return [renamed_expectation(each, known) for each in value] if isinstance(value, list) else value


# other prefixes ------------------------------------------------------------------------------------------------------


def with_other_prefixes(root: Tree) -> bytes:
    """The same document with prefixes of its own, declared at the top; the BPMN namespace loses its default place."""
    uris = list(dict.fromkeys(uri for each in elements(root) for uri in each.nsmap.values() if uri))
    prefixes = {uri: f"q{number}" for number, uri in enumerate(uris)} | {XML: "xml"}
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in prefixes.items() if uri != XML)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _written(root, prefixes, declared)).encode()


def _written(element: Tree, prefixes: dict[str, str], declared: str = "") -> str:
    if element.tag is etree.Comment:
        return f"<!--{element.text}-->"
    if element.tag is etree.ProcessingInstruction:
        return ""
    name = _name(element.tag, prefixes)
    said = "".join(
        f" {_name(key, prefixes)}={quoteattr(_qualified(element, value, prefixes, key == f'{{{XSI}}}type'))}"
        for key, value in element.attrib.items()
    )
    text = element.text or ""
    if POINTING_TEXT.fullmatch(local(element)):
        text = _qualified(element, text.strip(), prefixes, False)
    inside = escape(text) + "".join(_written(each, prefixes) + escape(each.tail or "") for each in element)
    return f"<{name}{declared}{said}>{inside}</{name}>"


def _name(tag: str, prefixes: dict[str, str]) -> str:
    name = etree.QName(tag)
    return f"{prefixes[name.namespace]}:{name.localname}" if name.namespace else name.localname


def _qualified(element: Tree, value: str, prefixes: dict[str, str], is_type: bool) -> str:
    """A value that is a qualified name, under its new prefix."""
    prefix, colon, rest = value.partition(":")
    if is_type and not colon:
        prefix, rest = "", value
    elif not colon or not re.fullmatch(r"[\w.-]+", rest) or prefix not in element.nsmap:
        return value
    uri = element.nsmap.get(prefix or None)
    return f"{prefixes[uri]}:{rest}" if uri in prefixes else value


# another order -------------------------------------------------------------------------------------------------------


def reorder(root: Tree) -> None:
    """
    Flow nodes from the last to the first, behind the sequence flows, whose order among themselves stays: it says which
    condition is asked first. Root elements from the last to the first but processes: the first is the main one.
    """
    for each in list(elements(root)):
        if local(each) in ("process", "subProcess", "adHocSubProcess", "transaction"):
            nodes = [child for child in each if NODES.match(local(child))]
            flows = [child for child in each if local(child) == "sequenceFlow"]
            _put(each, [*nodes, *flows], [*flows, *reversed(nodes)])
        elif local(each) == "BPMNPlane":
            _put(each, list(each), list(reversed(each)))
    rest = [each for each in root if local(each) in ("message", "signal", "error", "escalation", "itemDefinition")]
    _put(root, rest, list(reversed(rest)))


def _put(parent: Tree, old: list[Tree], new: list[Tree]) -> None:
    """New elements in the places of the old ones."""
    places = sorted(parent.index(each) for each in old)
    for each in old:
        parent.remove(each)
    for place, each in zip(places, new, strict=True):
        parent.insert(place, each)


# the copies ----------------------------------------------------------------------------------------------------------

KINDS: tuple[str, ...] = ("ids renamed", "prefixes changed", "elements reordered")


def copy_of(corpus: Path, target: Path, kind: str) -> int:
    """Write a copy of the BPMN cases with its own MANIFEST.csv; gives how many files are not as they were."""
    changed = 0
    with (corpus / "MANIFEST.csv").open(newline="", encoding="utf-8") as listed:
        reader = csv.DictReader(listed)
        names = list(reader.fieldnames or ())
        rows = [row for row in reader if row["kind"].startswith("bpmn")]
    for row in rows:
        files = [name for name in [row["path"], *row["extra_files"].split(";")] if name]
        changed += _copy_case(corpus, target, files, row, kind)
    with (target / "MANIFEST.csv").open("w", newline="", encoding="utf-8") as written:
        writer = csv.DictWriter(written, names)
        writer.writeheader()
        writer.writerows(rows)
    return changed


def _copy_case(corpus: Path, target: Path, files: list[str], row: dict[str, str], kind: str) -> int:
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(corpus / name, target / name)
    expected = row["expected_result"]
    said = (corpus / expected[1:]).read_text(encoding="utf-8") if expected.startswith("@") else expected
    try:
        roots = {name: etree.fromstring((corpus / name).read_bytes(), PARSER) for name in files}
    except etree.XMLSyntaxError:
        row["expected_result"] = said
        return 0  # not well-formed: there is nothing to say otherwise
    known = ids_of(list(roots.values())) if kind == "ids renamed" else set()
    for name, root in roots.items():
        (target / name).write_bytes(CHANGES[kind](root, known))
    row["expected_result"] = json.dumps(renamed_expectation(json.loads(said), known)) if said else said
    return sum((target / name).read_bytes() != (corpus / name).read_bytes() for name in files)


def _bytes(root: Tree) -> bytes:
    text: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return text


def _renamed(root: Tree, known: set[str]) -> bytes:
    rename(root, known)
    return _bytes(root)


def _reordered(root: Tree, known: set[str]) -> bytes:
    """Written by us: lxml gives moved elements the wrong prefix where one is declared twice."""
    reorder(root)
    return with_other_prefixes(root)


CHANGES: dict[str, Callable[[Tree, set[str]], bytes]] = {
    "ids renamed": _renamed,
    "prefixes changed": lambda root, known: with_other_prefixes(root),
    "elements reordered": _reordered,
}
