"""Compiles every expression of the file and reports those that do not compile, and names nobody will know."""

from __future__ import annotations

from typing import NamedTuple

from engine import feel
from engine.bpmn.compiled import Knowledge
from engine.bpmn.expressions import Compiler, is_ours, language_of, stated_text
from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.model import Scope
from engine.bpmn.names import Element, child, local
from engine.bpmn.nodes import read_node
from engine.findings import rule

BAD_EXPRESSION = Missing(
    "bpmn-bad-expression",
    "The expression {expression} cannot be read: {detail}.",
    "Write a FEEL expression; {hint}",
)
UNKNOWN_FUNCTION = Missing(
    "bpmn-unknown-function",
    "The expression {expression} calls {function}, which is no function known here.",
    "Check the spelling, or ask for the function to be registered.",
)
OTHER_LANGUAGE = rule(
    "bpmn-expression-language",
    "The condition says it is written in {language}; it reads the same in FEEL and is run as FEEL.",
    "Remove the language, so that nobody is misled.",
    severity="warning",
)
TEXT_TOO_LONG = "it is too long or too deep"


class Problem(NamedTuple):
    text: str
    error: feel.FeelSyntaxError | feel.FeelLimitError


def check(report: Report, knowledge: Knowledge | None) -> None:
    for scope in report.model.scopes:
        for node in scope.nodes.values():
            _node(report, scope, node, knowledge)


def _node(report: Report, scope: Scope, node: Element, knowledge: Knowledge | None) -> None:
    problems: list[Problem] = []
    used: list[feel.Expression] = []
    compiler = Compiler(lambda text, error: problems.append(Problem(text, error)), used.append)
    read_node(node, (), report.model.library, compiler)
    if local(node) == "userTask":
        compiler.text(node.get("name", ""))
    _tell(report, node, problems, used, knowledge)
    for flow in scope.out_of(node):
        condition = stated_text(child(flow, "conditionExpression"))
        if condition is not None:
            problems.clear()
            used.clear()
            compiler.expression(condition)
            _tell(report, flow, problems, used, knowledge)
            _language(report, flow, problems)


def _tell(
    report: Report, element: Element, problems: list[Problem], used: list[feel.Expression], knowledge: Knowledge | None
) -> None:
    tell_problems(report, element, problems)
    if knowledge is None or knowledge.functions is None:
        return
    for expression in used:
        for function in sorted(expression.functions - knowledge.functions):
            report.at(element, UNKNOWN_FUNCTION, expression=_short(expression.text), function=function)


def tell_problems(report: Report, element: Element, problems: list[Problem]) -> None:
    """A finding for every expression that does not compile."""
    for text, error in problems:
        hint = getattr(error, "hint", "") or "text stands in double quotes, names without quotes."
        detail = str(getattr(error, "reason", TEXT_TOO_LONG)).rstrip(".")
        report.at(element, BAD_EXPRESSION, expression=_short(text), detail=detail, hint=hint)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "…"


def _language(report: Report, flow: Element, problems: list[Problem]) -> None:
    condition = child(flow, "conditionExpression")
    language = language_of(condition) if condition is not None else ""
    if language and not problems and not is_ours(language):
        report.at(flow, OTHER_LANGUAGE, language=language)
