"""Rules about data objects and associations: what is moved, and what is only shown."""

from __future__ import annotations

from engine.bpmn.data import Broken, moves_of, objects_of
from engine.bpmn.expressions import Compiler
from engine.bpmn.lint.expressions import Problem, tell_problems
from engine.bpmn.lint.reporting import Report
from engine.findings import rule

STORE = rule(
    "bpmn-data-store",
    "The data association ends at the data store {ref}; stores are shown, nothing is read from them or written to them.",
    "Let a service task call an operation that reads or writes, if something has to happen here.",
    severity="warning",
)
UNKNOWN = rule(
    "bpmn-data-reference",
    "The data association names {ref}, which is no data object, data input, data output or property; nothing is moved.",
    "Connect the association again.",
    severity="warning",
)
NOTHING = rule(
    "bpmn-data-association-shown",
    "The data association names no source or no target; it is shown, nothing is moved.",
    "Name the data output it takes, or write an assignment, if a value is to be moved.",
    severity="note",
)
TARGET = rule(
    "bpmn-assignment-target",
    "The assignment writes to {ref}, which is no variable and no place in one.",
    "Write the name of the target, for example sum or order.sum.",
)
BROKEN = {"store": STORE, "unknown": UNKNOWN, "nothing": NOTHING}


def check(report: Report) -> None:
    for scope in report.model.scopes:
        problems: list[Problem] = []
        compiler = Compiler(lambda text, error, found=problems: found.append(Problem(text, error)))  # type: ignore[misc]
        for _, first in objects_of(report.model, scope.element):
            compiler.expression(first)
        tell_problems(report, scope.element, problems)
        for node in scope.nodes.values():
            for move in moves_of(report.model, node):
                if not isinstance(move, Broken):
                    problems.clear()
                    compiler.expression(move.expression)
                    tell_problems(report, move.association, problems)
                elif move.why == "target":
                    report.at(move.association, TARGET, ref=move.ref or "(none)")
                else:
                    report.at(
                        move.association, BROKEN[move.why], **({} if move.why == "nothing" else {"ref": move.ref})
                    )
