"""Rules about correlation: what a key names, and that its paths can be read."""

from __future__ import annotations

from engine.bpmn.expressions import Compiler
from engine.bpmn.lint.expressions import Problem, tell_problems
from engine.bpmn.lint.reporting import Report
from engine.bpmn.names import Element, child, children, local, reference, text_of
from engine.findings import rule

REFERENCE = rule(
    "bpmn-correlation-reference",
    "The correlation names the {kind} {ref}, which the file does not declare.",
    "Declare it, or choose another one.",
    severity="warning",
)
NAMED = {
    "correlationPropertyRetrievalExpression": ("messageRef", "message"),
    "correlationPropertyBinding": ("correlationPropertyRef", "correlationProperty"),
    "correlationSubscription": ("correlationKeyRef", "correlationKey"),
}


def check(report: Report) -> None:
    for element in report.model.root.iter(*(f"{{*}}{name}" for name in (*NAMED, "correlationKey"))):
        if local(element) == "correlationKey":
            for ref in children(element, "correlationPropertyRef"):
                _declared(report, element, "correlationProperty", text_of(ref))
        elif local(element) in NAMED:
            attribute, kind = NAMED[local(element)]
            _declared(report, element, kind, element.get(attribute))
            _path(report, element)


def _declared(report: Report, element: Element, kind: str, ref: str | None) -> None:
    found = report.model.by_id.get(reference(ref) or "")
    if ref is not None and (found is None or local(found) != kind):
        report.at(element, REFERENCE, kind=kind, ref=ref)


def _path(report: Report, element: Element) -> None:
    problems: list[Problem] = []
    compiler = Compiler(lambda text, error: problems.append(Problem(text, error)))
    text = text_of(child(element, "dataPath"))  # a message's path is read at the events that use it
    if text is not None:
        compiler.expression(text)
    tell_problems(report, element, problems)
