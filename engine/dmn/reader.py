"""
DMN 1.1 to 1.5 from bytes to `Definitions`.

All versions share their element names; only namespaces differ, so elements are known by local name within any of the
OMG's DMN namespaces. Nothing outside the file is ever loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from lxml import etree

from engine.dmn import model as m
from engine.dmn import rules
from engine.errors import SolutionError
from engine.feel.parser import normal
from engine.findings import Finding

VERSIONS: Final[dict[str, str]] = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151130": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}

Xml = Any


def read(source: bytes, file: str) -> tuple[m.Definitions, list[Finding]]:
    """The definitions in a file and what is wrong with its outer shape; raises SolutionError when there are none."""
    root = _parse(source, file)
    reader = _Reader(file)
    return reader.definitions(root), reader.findings


def _parse(source: bytes, file: str) -> Xml:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        _refuse(Finding(rules.NOT_XML, file, line=error.lineno, params={"reason": error.msg}))
    if root.getroottree().docinfo.doctype:
        _refuse(Finding(rules.DOCTYPE, file, line=1))
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in VERSIONS:
        found = f"{name.localname} of {name.namespace or 'no namespace'}"
        _refuse(Finding(rules.NOT_DMN, file, root.get("id"), line=root.sourceline, params={"found": found}))
    return root


def _refuse(finding: Finding) -> None:
    raise SolutionError("dmn-refused", (finding,), file=finding.file)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def definitions(self, root: Xml) -> m.Definitions:
        namespace = etree.QName(root).namespace
        services = [*_all(root, "decisionService")]
        return m.Definitions(
            id=root.get("id"),
            name=root.get("name") or "",
            line=root.sourceline,
            namespace=root.get("namespace") or "",
            file=self.file,
            language=root.get("expressionLanguage"),
            version=VERSIONS[namespace],
            imports=tuple(self.import_(e) for e in _all(root, "import")),
            items=tuple(self.item(e) for e in _all(root, "itemDefinition")),
            inputs=tuple(self.input_data(e) for e in _all(root, "inputData")),
            decisions=tuple(self.decision(e) for e in _all(root, "decision")),
            knowledge=tuple(self.knowledge(e) for e in _all(root, "businessKnowledgeModel")),
            services=tuple(self.service(e) for e in services),
        )

    def import_(self, e: Xml) -> m.Import:
        kind = e.get("importType") or ""
        return m.Import(e.get("id"), normal(e.get("name") or ""), e.sourceline, e.get("namespace") or "", kind)

    def item(self, e: Xml) -> m.ItemDefinition:
        return m.ItemDefinition(
            id=e.get("id"),
            name=normal(e.get("name") or ""),
            line=e.sourceline,
            type_ref=_text(_one(e, "typeRef")) or e.get("typeRef"),
            is_collection=e.get("isCollection") == "true",
            components=tuple(self.item(part) for part in _all(e, "itemComponent")),
            allowed=_text(_one(_one(e, "allowedValues"), "text")),
            constraint=_text(_one(_one(e, "typeConstraint"), "text")),
            is_function=_one(e, "functionItem") is not None,
        )

    def input_data(self, e: Xml) -> m.InputData:
        variable, type_ref = self.variable(e)
        return m.InputData(e.get("id"), normal(e.get("name") or ""), e.sourceline, variable, type_ref)

    def variable(self, e: Xml) -> tuple[str, str | None]:
        variable = _one(e, "variable")
        name = e.get("name") or e.get("id") or ""
        if variable is None:
            return normal(name), None
        return normal(variable.get("name") or name), _type_ref(variable)

    def decision(self, e: Xml) -> m.DecisionElement:
        variable, type_ref = self.variable(e)
        required = [
            part.get("href") or ""
            for requirement in _all(e, "informationRequirement")
            for part in requirement
            if _is_dmn(part) and etree.QName(part).localname in ("requiredInput", "requiredDecision")
        ]
        return m.DecisionElement(
            id=e.get("id"),
            name=normal(e.get("name") or e.get("id") or ""),
            line=e.sourceline,
            variable=variable,
            type_ref=type_ref,
            logic=self.first_boxed(e, skip=_NOT_LOGIC),
            required=tuple(required),
            knowledge=_knowledge(e),
        )

    def knowledge(self, e: Xml) -> m.KnowledgeElement:
        variable, type_ref = self.variable(e)
        logic = _one(e, "encapsulatedLogic")
        return m.KnowledgeElement(
            id=e.get("id"),
            name=normal(e.get("name") or ""),
            line=e.sourceline,
            variable=variable,
            type_ref=type_ref,
            function=self.function(logic) if logic is not None else None,
            knowledge=_knowledge(e),
        )

    def service(self, e: Xml) -> m.ServiceElement:
        variable, type_ref = self.variable(e)
        return m.ServiceElement(
            id=e.get("id"),
            name=normal(e.get("name") or ""),
            line=e.sourceline,
            variable=variable,
            type_ref=type_ref,
            outputs=_hrefs(e, "outputDecision"),
            encapsulated=_hrefs(e, "encapsulatedDecision"),
            input_decisions=_hrefs(e, "inputDecision"),
            input_data=_hrefs(e, "inputData"),
        )

    # boxed expressions ---------------------------------------------------------------------------------------

    def first_boxed(self, e: Xml | None, skip: frozenset[str] = frozenset()) -> m.Boxed | None:
        """The expression inside an element, if there is one."""
        if e is None:
            return None
        for part in e:
            if not _is_dmn(part) or etree.QName(part).localname in skip | _DECORATION:
                continue
            return self.boxed(part)
        return None

    def boxed(self, e: Xml) -> m.Boxed | None:
        kind = etree.QName(e).localname
        read = _BOXED.get(kind)
        if read is None:
            self.findings.append(
                Finding(rules.UNKNOWN_ELEMENT, self.file, _nearest_id(e), line=e.sourceline, params={"found": kind})
            )
            return None
        return read(self, e)

    def literal(self, e: Xml) -> m.Literal_:
        imported = _one(e, "importedValues")
        language = "an imported value" if imported is not None else e.get("expressionLanguage")
        return m.Literal_(
            id=e.get("id") or _nearest_id(e),
            line=e.sourceline,
            type_ref=_type_ref(e),
            text=_text(_one(e, "text"), strip=False) or "",
            language=language,
        )

    def context(self, e: Xml) -> m.BoxedContext:
        return m.BoxedContext(**_common(e), entries=tuple(self.context_entry(part) for part in _all(e, "contextEntry")))

    def context_entry(self, e: Xml) -> m.ContextEntry:
        variable = _one(e, "variable")
        name = normal(variable.get("name") or "") if variable is not None else ""
        type_ref = _type_ref(variable) if variable is not None else None
        value = self.first_boxed(e, skip=frozenset(("variable",)))
        return m.ContextEntry(e.get("id") or _nearest_id(e), name, e.sourceline, type_ref, value)

    def list(self, e: Xml) -> m.BoxedList:
        items = [self.boxed(part) for part in e if _is_dmn(part) and etree.QName(part).localname not in _DECORATION]
        return m.BoxedList(**_common(e), items=tuple(items))

    def relation(self, e: Xml) -> m.Relation:
        columns = tuple(normal(column.get("name") or "") for column in _all(e, "column"))
        rows = []
        for row in _all(e, "row"):
            cells = [c for c in row if _is_dmn(c) and etree.QName(c).localname not in _DECORATION]
            rows.append(tuple(self.boxed(cell) for cell in cells))
        return m.Relation(**_common(e), columns=columns, rows=tuple(rows))

    def invocation(self, e: Xml) -> m.Invocation:
        bindings = []
        for binding in _all(e, "binding"):
            parameter = _one(binding, "parameter")
            name = normal(parameter.get("name") or "") if parameter is not None else ""
            bindings.append((name, self.first_boxed(binding, skip=frozenset(("parameter",)))))
        function = self.first_boxed(e, skip=frozenset(("binding",)))
        return m.Invocation(**_common(e), function=function, bindings=tuple(bindings))

    def function(self, e: Xml) -> m.BoxedFunction:
        parameters = tuple((normal(p.get("name") or ""), _type_ref(p)) for p in _all(e, "formalParameter"))
        body = self.first_boxed(e, skip=frozenset(("formalParameter",)))
        return m.BoxedFunction(**_common(e), parameters=parameters, body=body, kind=e.get("kind") or "FEEL")

    def conditional(self, e: Xml) -> m.Conditional:
        parts = [self.first_boxed(_one(e, name)) for name in ("if", "then", "else")]
        return m.Conditional(**_common(e), condition=parts[0], then=parts[1], otherwise=parts[2])

    def filter(self, e: Xml) -> m.BoxedFilter:
        source, match = self.first_boxed(_one(e, "in")), self.first_boxed(_one(e, "match"))
        return m.BoxedFilter(**_common(e), source=source, match=match)

    def iteration(self, e: Xml) -> m.Iteration:
        kind = cast("Any", etree.QName(e).localname)
        body = _one(e, "return") if kind == "for" else _one(e, "satisfies")
        return m.Iteration(
            **_common(e),
            kind=kind,
            variable=normal(e.get("iteratorVariable") or "item"),
            source=self.first_boxed(_one(e, "in")),
            body=self.first_boxed(body),
        )

    # tables --------------------------------------------------------------------------------------------------

    def table(self, e: Xml) -> m.DecisionTable:
        policy = (e.get("hitPolicy") or "UNIQUE").upper()
        policy = _POLICY_LETTERS.get(policy, policy)
        aggregator = e.get("aggregation")
        if policy not in _POLICIES or aggregator not in (None, "SUM", "MIN", "MAX", "COUNT"):
            found = policy if policy not in _POLICIES else f"{policy} {aggregator}"
            self.findings.append(
                Finding(rules.BAD_HIT_POLICY, self.file, _nearest_id(e), line=e.sourceline, params={"found": found})
            )
            policy, aggregator = "UNIQUE", None
        table = m.DecisionTable(
            **_common(e),
            hit_policy=cast("Any", policy),
            aggregator=cast("Any", aggregator),
            inputs=tuple(self.input_clause(part) for part in _all(e, "input")),
            outputs=tuple(self.output_clause(part) for part in _all(e, "output")),
            rules=tuple(self.rule(part) for part in _all(e, "rule")),
        )
        self.check_cells(table, e)
        return table

    def check_cells(self, table: m.DecisionTable, e: Xml) -> None:
        for number, rule in enumerate(table.rules, 1):
            for found, expected in ((rule.inputs, table.inputs), (rule.outputs, table.outputs)):
                if len(found) != len(expected):
                    params = {"number": number, "found": len(found), "expected": len(expected)}
                    place = rule.id or _nearest_id(e)
                    self.findings.append(Finding(rules.WRONG_CELLS, self.file, place, line=rule.line, params=params))

    def input_clause(self, e: Xml) -> m.InputClause:
        expression = _one(e, "inputExpression")
        allowed = _one(e, "inputValues")
        variable = next((v for k, v in e.attrib.items() if k.endswith("}inputVariable")), None)
        return m.InputClause(
            id=e.get("id") or _nearest_id(e),
            line=e.sourceline,
            label=normal(e.get("label") or ""),
            expression=self.literal(expression) if expression is not None else m.Literal_(id=e.get("id")),
            allowed=self.literal(allowed) if allowed is not None else None,
            variable=variable or None,
        )

    def output_clause(self, e: Xml) -> m.OutputClause:
        allowed, default = _one(e, "outputValues"), _one(e, "defaultOutputEntry")
        return m.OutputClause(
            id=e.get("id") or _nearest_id(e),
            name=normal(e.get("name") or ""),
            line=e.sourceline,
            label=normal(e.get("label") or ""),
            type_ref=_type_ref(e),
            allowed=self.literal(allowed) if allowed is not None else None,
            default=self.literal(default) if default is not None else None,
        )

    def rule(self, e: Xml) -> m.Rule:
        return m.Rule(
            id=e.get("id") or None,
            line=e.sourceline,
            inputs=tuple(self.literal(part) for part in _all(e, "inputEntry")),
            outputs=tuple(self.literal(part) for part in _all(e, "outputEntry")),
            annotations=tuple(_text(_one(part, "text")) or "" for part in _all(e, "annotationEntry")),
        )


_NOT_LOGIC: Final = frozenset(
    (
        *("description", "extensionElements", "question", "allowedAnswers", "variable", "informationRequirement"),
        *("knowledgeRequirement", "authorityRequirement", "supportedObjective", "impactedPerformanceIndicator"),
        *("decisionMaker", "decisionOwner", "usingProcess", "usingTask"),
    )
)
_DECORATION: Final = frozenset(("description", "extensionElements"))
_POLICIES: Final = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
_POLICY_LETTERS: Final = {"U": "UNIQUE", "F": "FIRST", "P": "PRIORITY", "A": "ANY", "C": "COLLECT", "R": "RULE ORDER",
                          "O": "OUTPUT ORDER", "RULE_ORDER": "RULE ORDER", "OUTPUT_ORDER": "OUTPUT ORDER"}  # fmt: skip

_BOXED: Final[dict[str, Callable[[_Reader, Xml], m.Boxed]]] = {
    "literalExpression": _Reader.literal,
    "context": _Reader.context,
    "list": _Reader.list,
    "relation": _Reader.relation,
    "invocation": _Reader.invocation,
    "functionDefinition": _Reader.function,
    "decisionTable": _Reader.table,
    "conditional": _Reader.conditional,
    "filter": _Reader.filter,
    "for": _Reader.iteration,
    "some": _Reader.iteration,
    "every": _Reader.iteration,
}


def _is_dmn(e: Xml) -> bool:
    return isinstance(e.tag, str) and etree.QName(e).namespace in VERSIONS


def _all(e: Xml, name: str) -> Iterable[Xml]:
    return [part for part in e if _is_dmn(part) and etree.QName(part).localname == name]


def _one(e: Xml | None, name: str) -> Xml | None:
    return None if e is None else next(iter(_all(e, name)), None)


def _text(e: Xml | None, strip: bool = True) -> str | None:
    if e is None:
        return None
    text = "".join(e.itertext())
    return text.strip() if strip else text


def _type_ref(e: Xml) -> str | None:
    """`feel:number` and `number` are the same; old files write the type as an element."""
    found = e.get("typeRef") or _text(_one(e, "typeRef"))
    return normal(found.removeprefix("feel:")) if found else None


def _hrefs(e: Xml, name: str) -> tuple[str, ...]:
    return tuple(part.get("href") or "" for part in _all(e, name))


def _knowledge(e: Xml) -> tuple[str, ...]:
    return tuple(
        href for requirement in _all(e, "knowledgeRequirement") for href in _hrefs(requirement, "requiredKnowledge")
    )


def _nearest_id(e: Xml) -> str | None:
    """The id of the element or of the nearest one around it: real files leave many out."""
    while e is not None:
        if e.get("id"):
            return str(e.get("id"))
        e = e.getparent()
    return None


def _common(e: Xml) -> dict[str, Any]:
    return {"id": e.get("id") or _nearest_id(e), "line": e.sourceline, "type_ref": _type_ref(e)}
