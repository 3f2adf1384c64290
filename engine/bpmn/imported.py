"""
What another BPMN file declares (`import`): messages, signals, errors, interfaces, global tasks … stand in this file then.

Its processes are not taken: they are deployed from their own file and called by their key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import unquote

from engine.bpmn.compiled import Knowledge
from engine.bpmn.dialects import translate
from engine.bpmn.names import BPMN, Element, bpmn, children, local
from engine.bpmn.reader import Unreadable, read

NOT_TAKEN = {
    "import",
    "extension",
    "relationship",
    "process",
    "collaboration",
    "globalConversation",
    "choreography",
    "globalChoreographyTask",
}


def imports(root: Element) -> Iterator[Element]:
    """Imports of BPMN files; those of WSDL and XML Schema say nothing we need."""
    return (entry for entry in children(root, "import") if entry.get("importType") == BPMN)


def file_name(entry: Element) -> str:
    """The file an import means, whatever folder its author had it in."""
    return unquote(entry.get("location", "")).replace("\\", "/").rpartition("/")[2]


def take_in(root: Element, file: str, knowledge: Knowledge | None) -> list[Element]:
    """Put the declarations of imported files, and of what they import, into *root*; gives imports that lead nowhere."""
    _name_the_called(root)
    if knowledge is None or knowledge.files is None:
        return []
    taking = _Taking(root, knowledge, {file.rpartition("/")[2]})
    return [entry for entry in list(imports(root)) if not taking.follow(root, entry)]


def _name_the_called(root: Element) -> None:
    """A called process is known by its key; the prefix only says which file it is drawn in."""
    for call in root.iter(bpmn("callActivity")):
        prefix, _colon, key = call.get("calledElement", "").strip().partition(":")
        if key and prefix in call.nsmap:
            call.set("calledElement", key)


@dataclass
class _Taking:
    root: Element
    knowledge: Knowledge
    seen: set[str]
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ids = {id for element in self.root.iter() if (id := element.get("id"))}

    def follow(self, importing: Element, entry: Element) -> bool:
        """Take the file *importing* means with *entry*; False when it, or one it needs, is not there or no BPMN."""
        name = file_name(entry)
        if name in self.seen:
            return True
        self.seen.add(name)
        other = self._read(name)
        if other is None:
            return False
        lost = [inner for inner in list(imports(other)) if not self.follow(other, inner)]
        space = entry.get("namespace") or other.get("targetNamespace", "")
        self._declare(importing, other, space)
        return not lost

    def _read(self, name: str) -> Element | None:
        source = self.knowledge.files(name) if self.knowledge.files is not None else None
        if source is None:
            return None
        try:
            other = read(source, name)
        except Unreadable:  # the file says itself what is wrong with it
            return None
        translate(other)
        return other

    def _declare(self, importing: Element, other: Element, space: str) -> None:
        declared = [each for each in children(other) if local(each) not in NOT_TAKEN and each.get("id")]
        renamed = {id: self._free(id) for each in declared if (id := each.get("id", "")) in self.ids}
        for element in importing.iter():
            _point(element, {space}, renamed)
        for each in declared:
            for element in each.iter():
                _point(element, {None, other.get("targetNamespace")}, renamed)
            each.set("id", renamed.get(each.get("id", ""), each.get("id", "")))
            self.ids.add(each.get("id", ""))
            self.root.append(deepcopy(each))

    def _free(self, id: str) -> str:
        at = 2
        while f"{id}__{at}" in self.ids:
            at += 1
        return f"{id}__{at}"


def _point(element: Element, spaces: set[str | None], renamed: Mapping[str, str]) -> None:
    """Let references into one of these namespaces mean what the declarations are called here."""
    if not renamed or not local(element):
        return
    for name, value in element.attrib.items():
        if name.endswith("Ref") and (meant := _meant(element, value, spaces, renamed)):
            element.set(name, meant)
    if local(element).endswith("Ref") and (meant := _meant(element, element.text, spaces, renamed)):
        element.text = meant


def _meant(element: Element, value: str | None, spaces: set[str | None], renamed: Mapping[str, str]) -> str | None:
    prefix, _colon, id = (value or "").strip().rpartition(":")
    space = element.nsmap.get(prefix) if prefix else None
    return renamed.get(id) if space in spaces else None
