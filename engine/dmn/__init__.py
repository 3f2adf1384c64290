"""
DMN: decision models, read, checked and evaluated.

    model = read_model(source, "limits.dmn")
    model.decide("limit", {"amount": 1200}).value

`check_model` finds what is wrong with the tables (gaps, overlaps, unreachable rules, values never allowed).
"""

from engine.dmn.decide import Decision, DecisionInfo, Evaluation, Model, read_model

__all__ = ["Decision", "DecisionInfo", "Evaluation", "Model", "read_model"]
