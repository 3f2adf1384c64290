"""
FEEL, the expression language of DMN, as every part of Chancery uses it.

    compile_expression("total > 1000 and not(paid)").evaluate({"total": 1200, "paid": False})   # True
    compile_unary_tests('"new", "open"').evaluate({"?": "open"})                                # True

Text is parsed once and becomes closures. Nothing but data is reachable from an expression; `values` leads plain Python
values in and out. The decisions behind it are in `engine/decisions/0010-…` and the following.
"""

from engine.feel import values
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.expression import RESERVED_NAMES, Expression, check_name, compile_expression, compile_unary_tests
from engine.feel.inference import Clash, check_types
from engine.feel.run import Warning_

__all__ = [
    "RESERVED_NAMES",
    "Clash",
    "Expression",
    "FeelLimitError",
    "FeelSyntaxError",
    "Warning_",
    "check_name",
    "check_types",
    "compile_expression",
    "compile_unary_tests",
    "values",
]
