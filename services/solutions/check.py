"""
The office's own findings about a solution's files: cards, texts, forms, directories, scenarios, the manifest. What is wrong
in diagrams and decisions the engine says itself. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.deployment.bundle import Bundle
from engine.findings import Finding, rule
from services.accounts.rules import RESERVED
from services.directories.rules import read_directory
from services.fields import TYPES, FieldSpec
from services.fields.choice import option_key
from services.solutions.card_type import OWN_OF_BASIS, CardTypeFile
from services.solutions.check_fields import check_fields, places
from services.solutions.folders import too_large
from services.solutions.manifest import NO_MANIFEST, Manifest, parse_toml, read_manifest
from services.solutions.read_card_type import read_card_type
from services.solutions.scenarios import read_scenario
from services.solutions.shelf import texts_of
from services.solutions.texts import Texts

NO_TEXT = rule("text-missing", "The text «{key}» is missing in {language}.", "Add it to texts/{language}.toml.")
TEXT_SPARE = rule(
    "text-language",
    "texts/{language}.toml: the solution does not list this language.",
    "Add it to languages.",
    "warning",
)
NO_ROLE = rule("role-unknown", "The role «{role}» is not declared.", "Add it to [roles] of solution.toml.")
RESERVED_ROLE = rule(
    "role-reserved",
    "The role «{role}» is the platform's own: admin, auditor and engine are given to people by an administrator.",
    "Give the role of the solution another name.",
)
NO_GIVEN_DIRECTORY = rule(
    "directory-missing", "Field «{key}» names the directory «{directory}».", "Add directories/{directory}.csv."
)
FORM_UNREADABLE = rule(
    "form-unreadable", "The form is not form-js JSON: {reason}.", "Save it from the form editor again."
)
FORM_FIELD = rule(
    "form-field-unknown",
    "The form shows «{key}», which no card of the solution has.",
    "Correct the key or declare the field.",
)
FORM_TYPE = rule(
    "form-field-type", "«{key}» is a {type} in the card; the form shows it as {shown}.", "Use one of: {known}."
)
FORM_COMPONENT = rule("form-component-unknown", "The form uses the component «{type}».", "Components: {known}.")
NO_FORM = rule("form-missing", "The user task «{task}» has no form.", "Add forms/<slug>/{task}.form.")
NO_PORTAL_CARD = rule(
    "portal-card", "[portal] names the card «{card}», which the solution has not.", "Correct the card."
)
NO_PORTAL_FORM = rule(
    "portal-form", "[portal] names the form «{form}», which the solution has not.", "Add forms/<slug>/{form}.form."
)
NO_TEMPLATE = rule(
    "reply-template-missing",
    "The card's reply is drafted from the template «{template}», which the solution has not.",
    "Add templates_docx/<slug>/{template}.docx or correct `reply_template`.",
)
NO_CARD_TEMPLATE = rule(
    "card-template-missing",
    "The card is printed on the template «{template}», which the solution has not.",
    "Add templates_docx/<slug>/{template}.docx or correct `card_template`.",
)
TYPE_TWICE = rule("card-type-twice", "The card type «{type}» stands in two files.", "Keep one of them.")
BASIS_FIELD = rule(
    "basis-field",
    "The basis «{source}» takes «{key}», which that card has not.",
    "Name a field of it, `number` or `title`.",
)
NO_PROCESS = rule(
    "card-process", "The card starts the process «{process}», which is not drawn.", "Draw it or correct the id."
)


def _shown_by(type_: str, many: bool) -> tuple[str, ...]:
    return TYPES[type_].components_for(FieldSpec("", type_, many=many))


CARD_COMPONENTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys(shown for many in (False, True) for shown in _shown_by(name, many))) for name in TYPES
}
PLAIN_COMPONENTS = frozenset(
    "text html separator spacer group button checkbox checklist taglist dynamiclist table default".split()  # noqa: SIM905
)
KNOWN_COMPONENTS = PLAIN_COMPONENTS | {one for many in CARD_COMPONENTS.values() for one in many}
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"


@dataclass(frozen=True)
class Drawn:
    """A user task in a diagram."""

    id: str
    path: str
    form_key: str | None
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """A solution's files as typed values, with what was found while reading."""

    manifest: Manifest
    card_types: Mapping[str, CardTypeFile]
    texts: Texts
    tasks: tuple[Drawn, ...]
    processes: frozenset[str]
    forms: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def transitions(self) -> frozenset[str]:
        """Those of every card, by their ids."""
        return frozenset(one.id for type in self.card_types.values() for one in type.transitions)


def check_files(bundle: Bundle) -> list[Finding]:
    """Everything the office finds wrong in a bundle: register it among the engine's `checkers`."""
    read = read_solution(bundle)
    findings = [*read.findings, *too_large(bundle)]
    findings += _texts(read)
    findings += _roles(read)
    findings += [found for type in read.card_types.values() for found in check_fields(_card_path(type), type)]
    findings += _directories(bundle, read)
    findings += _forms(read)
    findings += _bases(read)
    findings += _named_templates(bundle, read)
    findings += _portal(read)
    findings += _scenarios(bundle, read)
    return findings


def read_solution(bundle: Bundle) -> Read:
    """The bundle's files as values; broken ones are left out and have findings."""
    if "solution.toml" not in bundle.files:
        return Read(
            Manifest(bundle.solution, "", "", None, ()), {}, Texts(), (), frozenset(), {}, (Finding(NO_MANIFEST),)
        )
    raw, findings = parse_toml(bundle.files["solution.toml"], "solution.toml")
    manifest, more = read_manifest(raw, bundle.solution)
    findings += more
    types: dict[str, CardTypeFile] = {}
    for path, content in bundle.of_kind("card"):
        raw, more = parse_toml(content, path)
        findings += more
        made, more = read_card_type(raw, path) if raw else (None, [])
        findings += more
        if made is not None and made.code in types:
            findings.append(Finding(TYPE_TWICE, file=path, element=made.code, params={"type": made.code}))
        if made is not None:
            types[made.code] = made
    for path, content in bundle.of_kind("texts"):
        findings += parse_toml(content, path)[1]
    tasks, processes = _drawn(bundle)
    forms, more = _read_forms(bundle)
    return Read(manifest, types, texts_of(bundle.files), tasks, processes, forms, tuple(findings + more))


def _drawn(bundle: Bundle) -> tuple[tuple[Drawn, ...], frozenset[str]]:
    tasks: list[Drawn] = []
    processes: set[str] = set()
    for path, content in bundle.of_kind("bpmn"):
        root = _parsed(content)
        if root is None:
            continue
        processes |= {one.get("id", "") for one in root.iter(f"{_BPMN}process")}
        for task in root.iter(f"{_BPMN}userTask"):
            said = {one.get("name"): one.get("value", "") for one in task.iter(f"{_CAMUNDA}property")}
            outcomes = tuple(one.strip() for one in said.get("outcomes", "").split(",") if one.strip())
            tasks.append(Drawn(task.get("id", ""), path, task.get(f"{_CAMUNDA}formKey"), outcomes))
    return tuple(tasks), frozenset(processes)


def _parsed(content: bytes) -> Any:
    """A diagram's tree; None when it cannot be read (the engine has the finding)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _read_forms(bundle: Bundle) -> tuple[dict[str, Any], list[Finding]]:
    forms: dict[str, Any] = {}
    findings: list[Finding] = []
    for path, content in bundle.of_kind("form"):
        try:
            form = json.loads(content)
            if not isinstance(form, dict) or not isinstance(form.get("components"), list):
                raise ValueError("it has no list of components")
            forms[path] = form
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            findings.append(Finding(FORM_UNREADABLE, file=path, line=line, params={"reason": str(error)[:200]}))
    return forms, findings


def _texts(read: Read) -> Iterator[Finding]:
    wanted = set(_wanted_texts(read))
    for language in read.manifest.languages:
        have = read.texts.by_language.get(language, {})
        for key in sorted((wanted | _somewhere(read)) - set(have)):
            params = {"key": key, "language": language}
            yield Finding(NO_TEXT, file=f"texts/{language}.toml", element=key, params=params)
    for language in read.texts.by_language:
        if language not in read.manifest.languages:
            yield Finding(TEXT_SPARE, file=f"texts/{language}.toml", params={"language": language})


def _somewhere(read: Read) -> set[str]:
    return {key for texts in read.texts.by_language.values() for key in texts}


def _wanted_texts(read: Read) -> Iterator[str]:
    yield read.manifest.title
    yield from (f"role.{code}" for code in read.manifest.roles)
    yield from (f"task.{task.id}.name" for task in read.tasks)
    yield from (f"task.{task.id}.outcome.{outcome}" for task in read.tasks for outcome in task.outcomes)
    for type in read.card_types.values():
        at = f"card.{type.code}"
        yield type.title
        yield from (f"{at}.tab.{tab.id}" for tab in type.tabs)
        yield from (f"{at}.group.{group.id}" for group in type.groups)
        for _, spec in places(type):
            yield spec.label
            yield from (option_key(spec, option) for option in spec.options)
            if spec.pattern is not None:
                yield spec.pattern_text
        yield from (f"{at}.{side}.{state.id}" for state in type.states for side in ("state", "client"))
        yield from (f"{at}.transition.{one.id}" for one in type.transitions)
        yield from (f"{at}.file_class.{one.id}" for one in type.file_classes)
        yield from (f"{at}.view.{one.id}" for one in type.views)
        yield from (f"{at}.template.{one.id}" for one in type.templates)
    for form in read.forms.values():
        for part in _components(form):
            yield from (text[1:] for text in part.values() if isinstance(text, str) and text.startswith("$"))


def _bases(read: Read) -> Iterator[Finding]:
    """What is taken from a card of the same solution is there; a card of another solution cannot be looked at here."""
    for type in read.card_types.values():
        for basis in type.bases:
            source = read.card_types.get(basis.source)
            for key in basis.fields.values() if source is not None else ():
                if source is not None and key not in (*source.by_key, *OWN_OF_BASIS):
                    params = {"source": basis.source, "key": key}
                    yield Finding(BASIS_FIELD, file=_card_path(type), element=basis.source, params=params)


def _card_path(type: CardTypeFile) -> str:
    return f"cards/{type.code}.toml"


def _roles(read: Read) -> Iterator[Finding]:
    for role in sorted(RESERVED & set(read.manifest.roles)):
        yield Finding(RESERVED_ROLE, file="solution.toml", element=role, params={"role": role})
    for type in read.card_types.values():
        for role in sorted(type.roles() - set(read.manifest.roles)):
            yield Finding(NO_ROLE, file=_card_path(type), element=role, params={"role": role})
        for place, spec in places(type):
            if spec.group and spec.group not in read.manifest.roles:
                yield Finding(NO_ROLE, file=_card_path(type), element=place, params={"role": spec.group})
        for process in dict.fromkeys([type.process or "", *(one.starts for one in type.transitions)]):
            if process and process not in read.processes:
                yield Finding(NO_PROCESS, file=_card_path(type), element=process, params={"process": process})
    for lane, role in read.manifest.lanes.items():
        if role not in read.manifest.roles:
            yield Finding(NO_ROLE, file="solution.toml", element=lane, params={"role": role})


def _directories(bundle: Bundle, read: Read) -> Iterator[Finding]:
    given = set()
    for path, content in bundle.of_kind("directory"):
        given.add(path.rpartition("/")[2].removesuffix(".csv"))
        yield from read_directory(content, path, read.manifest.languages)[1]
    for type in read.card_types.values():
        for place, spec in places(type):
            if spec.directory and spec.directory not in given | set(read.manifest.directories):
                params = {"key": place, "directory": spec.directory}
                yield Finding(NO_GIVEN_DIRECTORY, file=_card_path(type), element=place, params=params)


def _forms(read: Read) -> Iterator[Finding]:
    specs = {spec.key: spec for type in read.card_types.values() for spec in type.fields}
    for path, form in read.forms.items():
        for part in _components(form):
            key, shown = str(part.get("key", "")), str(part.get("type", ""))
            place = str(part.get("id") or key) or None
            if shown not in KNOWN_COMPONENTS:
                known = ", ".join(sorted(KNOWN_COMPONENTS))
                yield Finding(FORM_COMPONENT, file=path, element=place, params={"type": shown, "known": known})
            if not key.startswith("card."):
                continue
            spec = specs.get(key.removeprefix("card."))
            if spec is None:
                yield Finding(FORM_FIELD, file=path, element=place, params={"key": key})
            elif shown in KNOWN_COMPONENTS and shown not in TYPES[spec.type].components_for(spec):
                known = ", ".join(TYPES[spec.type].components_for(spec))
                params = {"key": key, "type": spec.type, "shown": shown, "known": known}
                yield Finding(FORM_TYPE, file=path, element=place, params=params)
    for task in read.tasks if read.card_types else ():  # without cards a task may be a program's, or only be done
        if task.form_key is None and f"forms/{task.id}.form" not in read.forms:
            yield Finding(NO_FORM, file=task.path, element=task.id, params={"task": task.id})


def _components(form: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for part in form.get("components", []):
        if isinstance(part, Mapping):
            yield part
            yield from _components(part)


def _named_templates(bundle: Bundle, read: Read) -> Iterator[Finding]:
    for type in read.card_types.values():
        for template, lacking in ((type.reply_template, NO_TEMPLATE), (type.card_template, NO_CARD_TEMPLATE)):
            if template is not None and f"templates_docx/{template}.docx" not in bundle.files:
                yield Finding(lacking, file=_card_path(type), params={"template": template})


def _portal(read: Read) -> Iterator[Finding]:
    portal = read.manifest.portal
    if portal is None:
        return
    if portal.card not in read.card_types:
        yield Finding(NO_PORTAL_CARD, file="solution.toml", element=portal.card, params={"card": portal.card})
    if f"forms/{portal.form}.form" not in read.forms:
        yield Finding(NO_PORTAL_FORM, file="solution.toml", element=portal.form, params={"form": portal.form})


def _scenarios(bundle: Bundle, read: Read) -> Iterator[Finding]:
    tasks = {task.id: task.outcomes for task in read.tasks}
    for path, content in bundle.of_kind("scenario"):
        raw, findings = parse_toml(content, path)
        yield from findings
        if raw:
            yield from read_scenario(raw, path, tasks, read.transitions)[1]
