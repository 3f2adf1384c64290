"""
DMN: decision models, read, checked and evaluated.

    model = read_model(source, "limits.dmn")
    model.decide("limit", {"amount": 1200}).value

`check_model` finds what is wrong with the tables (gaps, overlaps, unreachable rules, values never allowed).
"""

from engine.dmn.cases import Case, Verdict, read_cases, try_case
from engine.dmn.checks import check_model
from engine.dmn.decide import Decision, DecisionInfo, Evaluation, Model, read_model

__all__ = [
    "Case",
    "Decision",
    "DecisionInfo",
    "Evaluation",
    "Model",
    "Verdict",
    "check_model",
    "read_cases",
    "read_model",
    "try_case",
]
