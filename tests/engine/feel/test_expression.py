"""An expression from outside: compile, evaluate, and what goes in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.feel import (
    FeelLimitError,
    FeelSyntaxError,
    Warning_,
    check_name,
    compile_expression,
    compile_unary_tests,
    values,
)
from engine.feel.printer import print_expression

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def feel(text: str, **scope: Any) -> Any:
    return compile_expression(text).evaluate(scope, now=NOON)


class LazyScope(Mapping[str, Any]):
    """A scope that may not be walked, only asked: a card loads its fields when an expression needs them."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        return {"amount": 1200}[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("nobody may walk this scope")

    def __len__(self) -> int:
        raise AssertionError("nobody may count this scope")


def test_a_condition_reads_only_the_names_it_needs() -> None:
    scope = LazyScope()
    assert compile_expression("if amount > 1000 then true else other").evaluate(scope) is True
    assert scope.asked == ["amount"]


def test_plain_python_values_come_in() -> None:
    assert feel("n + 1", n=1) == Decimal(2)
    assert feel("n * 3", n=0.1) == Decimal("0.3")
    assert feel('d < date and time("2026-11-23T00:00:00")', d=date(2026, 11, 22)) is True
    assert feel("m.time offset", m=datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Moscow"))) == values.DaysDuration(
        3 * 3600 * 10**9
    )
    assert feel("t.hour", t=time(9, 30)) == Decimal(9)
    assert feel("w * 2", w=timedelta(hours=12)) == values.DaysDuration(86400 * 10**9)
    assert feel("l[2]", l=(1, 2)) == Decimal(2)


def test_host_objects_stay_outside() -> None:
    with pytest.raises(TypeError):
        feel("o", o=object())


def test_decimals_are_exact() -> None:
    assert feel("0.1 + 0.2 = 0.3") is True
    assert str(feel("10**33 + 1")) == "1000000000000000000000000000000001"


def test_now_is_the_moment_of_the_evaluation() -> None:
    expression = compile_expression("string(now())")
    assert expression.evaluate({}, now=NOON) == "2026-11-22T12:00:00Z"
    assert expression.evaluate({}, now=NOON, zone=ZoneInfo("Asia/Tehran")) == "2026-11-22T15:30:00@Asia/Tehran"
    tokyo = ZoneInfo("Asia/Tokyo")
    assert compile_expression("today()").evaluate({}, now=NOON, zone=tokyo) == values.Date(2026, 11, 22)


def test_wrong_data_gives_null_and_a_reason() -> None:
    warnings: list[Warning_] = []
    assert compile_expression("amount + 1").evaluate({"amount": "much"}, warnings=warnings) is None
    assert [(w.code, w.params["left"]) for w in warnings] == [("no-such-arithmetic", "string")]


def test_names_and_functions_are_known_before_evaluation() -> None:
    expression = compile_expression("for x in items return rate(x) + fee + count(items[price > limit])")
    assert expression.names == {"items", "fee", "price", "limit"}
    assert expression.certain_names == {"items", "fee"}
    assert expression.functions == {"rate"}


def test_registered_functions_are_called_with_values() -> None:
    double = compile_expression("double(n) + 1")
    assert double.evaluate({"n": 2}, functions={"double": lambda x: x * 2}) == Decimal(5)
    assert double.evaluate({"n": 2}) is None


def test_a_syntax_error_says_where_and_what_to_do() -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression("a > 1\n  && b")
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert caught.value.hint == "write “and”"


def test_limits_count_and_do_not_measure_time() -> None:
    with pytest.raises(FeelLimitError):
        compile_expression("(" * 200 + "1" + ")" * 200)
    with pytest.raises(FeelLimitError):
        feel("count(for x in 1..5000, y in 1..5000 return 1)")
    with pytest.raises(FeelLimitError):
        feel("{f: function(n) f(n), r: f(1)}.r")


@pytest.mark.parametrize(
    "text",
    [
        " + ".join("a" * 4000),
        "a" + ".b" * 4000,
        "a" + "[1]" * 4000,
        "-" * 4000 + "1",
        "{a: " * 2000 + "1" + "}" * 2000,
        "if a then " * 1000 + "1" + " else 2" * 1000,
        "${" + "!" * 4000 + "a}",
        "${" + "(" * 4000 + "a" + ")" * 4000 + "}",
        "${" + "a + " * 4000 + "a}",
        "not(" * 4000,
        "/*" * 20000,
        "x" * 60_000,
    ],
    ids=lambda text: text[:12],
)
def test_monstrous_texts_are_refused_before_they_hurt(text: str) -> None:
    with pytest.raises((FeelLimitError, FeelSyntaxError)):
        compile_expression(text)


def test_a_small_text_cannot_name_an_endless_value() -> None:
    doubling = "{l0: [1, 1], " + ", ".join(f"l{n}: [l{n - 1}, l{n - 1}]" for n in range(1, 30)) + "}.l29"
    for text in (f"string({doubling})", f"{doubling} = {doubling}", f"count(flatten({doubling}))"):
        with pytest.raises(FeelLimitError):
            feel(text)
    with pytest.raises(FeelLimitError):
        values.to_json(feel(doubling))


def test_cells_test_the_value_called_question_mark() -> None:
    assert compile_unary_tests('"new", "open"').evaluate({"?": "open"}) is True
    assert compile_unary_tests("not(< 5)").evaluate({"?": 3}) is False
    assert compile_unary_tests("-").evaluate({"?": None}) is True
    assert compile_unary_tests("? > 3 and ? < limit").evaluate({"?": 4, "limit": 9}) is True


def test_the_camunda_way_of_writing_goes_through_its_own_grammar() -> None:
    assert feel("${amount > 10 && !empty name ? name : 'nobody'}", amount=11, name="Anna") == "Anna"
    assert feel("${'&& ${ }' == s}", s="&& ${ }") is True
    assert feel("#{list[0]}", list=[7]) == Decimal(7)
    assert feel("${a != 'x'}", a=5) is True
    assert feel("${missing.deeper == null}") is True
    assert compile_expression("Dear ${name}, ${count + 1} letters", "juel").evaluate({"name": "Clara", "count": 1}) == (
        "Dear Clara, 2 letters"
    )
    with pytest.raises(FeelSyntaxError, match="not allowed"):
        compile_expression("${task.getClass()}")


def test_stored_values_come_back_exactly() -> None:
    made = feel(
        '[1.10, 7, @"2026-11-22", @"10:00:00.123456789@Europe/Paris", @"P1Y2M", @"PT1.5S", [1..2), {"$date": 1}]'
    )
    assert [values.convert(item) for item in values.from_json(values.to_json(made))] == made


def test_reserved_names_are_refused_at_the_door() -> None:
    for name in ("__class__", "if", "count", "string length", " "):
        with pytest.raises(ValueError, match="reserved"):
            check_name(name)
    check_name("amount")


def test_regular_expressions_end_whatever_the_pattern() -> None:
    assert feel('matches(s, "(a+)+$")', s="a" * 3000 + "b") is False
    assert feel('matches(s, "(a|a)*b")', s="a" * 3000) is False
    assert feel('replace("abracadabra", "(b)(r)", "$2$1")') == "arbacadarba"
    with pytest.raises(FeelLimitError):
        feel('matches(s, "((a*)*)\\\\1b")', s="a" * 3000)


def test_printing_is_the_reverse_of_parsing() -> None:
    for text in ("a + b * -c ** 2", "(a or b) and not(c)", "x in (< 5, [1..3))", '{"a b": 1, "c": [1, (> 2)]}.c'):
        tree = compile_expression(text).node
        assert compile_expression(print_expression(tree)).node == tree
