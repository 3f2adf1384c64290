"""Expressions grown from the grammar: printing reverses parsing, and only the documented errors are raised."""

from __future__ import annotations

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.feel import FeelLimitError, FeelSyntaxError
from engine.feel.expression import Expression, parse, vocabulary
from engine.feel.inference import check_types
from engine.feel.printer import print_expression
from tests.acceptance.feel_language import SCOPE, Grower

WORDS = vocabulary(SCOPE)


@given(st.integers(0, 2**32))
@example(1482)  # an open expression to the left of “or” keeps its brackets
@settings(max_examples=300, deadline=None)
def test_parse_print_parse_is_the_identity(seed: int) -> None:
    text = Grower(seed).expression()
    try:
        tree = parse(text, "feel", WORDS.copy())
    except FeelSyntaxError:  # the grower does not know that nothing may follow the tests of an “in”
        assume(False)
    assert parse(print_expression(tree), "feel", WORDS.copy()) == tree


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_mutated_texts_raise_nothing_undocumented(seed: int) -> None:
    grower = Grower(seed)
    text = grower.mutated(grower.expression())
    try:
        tree = parse(text, "auto", WORDS.copy())
        check_types(tree, {"a": "number"})
        Expression(text, tree).evaluate(SCOPE)
    except (FeelSyntaxError, FeelLimitError):
        pass
