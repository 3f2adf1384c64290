"""Decisions made from small models, one rule of DMN each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.dmn import Model, read_model
from engine.errors import NotFound, SolutionError

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'


def model(body: str, head: str = HEAD, **options: Any) -> Model:
    return read_model(f"{head}{body}</definitions>".encode(), "test.dmn", **options)


def table(rules: str, policy: str = "", outputs: str = '<output id="o" name="fee"/>') -> Model:
    """A table over `amount` and `kind`; a rule is written `cell | cell => output, output`."""
    rows = ""
    for number, line in enumerate(rules.strip().splitlines(), 1):
        cells, _, out = line.partition("=>")
        inputs = "".join(f"<inputEntry><text><![CDATA[{c.strip()}]]></text></inputEntry>" for c in cells.split("|"))
        results = "".join(f"<outputEntry><text>{c.strip()}</text></outputEntry>" for c in out.split(","))
        rows += f'<rule id="r{number}">{inputs}{results}</rule>'
    columns = "".join(f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in ("amount", "kind"))
    return model(
        f'<decision id="t" name="T"><decisionTable {policy}>{columns}{outputs}{rows}</decisionTable></decision>'
    )


def policy(name: str, aggregation: str = "") -> str:
    return f'hitPolicy="{name}"' + (f' aggregation="{aggregation}"' if aggregation else "")


OVERLAPPING = """
    < 10  | -         => 1
    -     | "letter"  => 2
    > 100 | -         => 3
"""


def test_a_unique_table_answers_with_its_one_rule_and_says_which() -> None:
    decision = table(OVERLAPPING, policy("UNIQUE")).decide("t", {"amount": 50, "kind": "letter"})
    assert decision.value == Decimal(2)
    [evaluation] = decision.evaluations
    assert (evaluation.matched_rules, evaluation.rule_ids) == ((2,), ("r2",))
    assert evaluation.inputs == {"amount": Decimal(50), "kind": "letter"}


def test_two_rules_of_a_unique_table_are_an_error_and_null() -> None:
    decision = table(OVERLAPPING, policy("UNIQUE")).decide("t", {"amount": 5, "kind": "letter"})
    assert decision.value is None
    assert [w.code for w in decision.warnings] == ["several-rules"]


@pytest.mark.parametrize(
    ("hit_policy", "aggregation", "expected"),
    [
        ("FIRST", "", 1),
        ("RULE ORDER", "", [1, 2]),
        ("COLLECT", "", [1, 2]),
        ("COLLECT", "SUM", 3),
        ("COLLECT", "MIN", 1),
        ("COLLECT", "MAX", 2),
        ("COLLECT", "COUNT", 2),
        ("ANY", "", None),
    ],
)
def test_hit_policies(hit_policy: str, aggregation: str, expected: Any) -> None:
    found = table(OVERLAPPING, policy(hit_policy, aggregation)).decide("t", {"amount": 5, "kind": "letter"})
    assert found.value == expected


def test_priority_follows_the_order_of_the_output_values() -> None:
    outputs = '<output name="fee"><outputValues><text>3, 2, 1</text></outputValues></output>'
    made = table(OVERLAPPING, policy("PRIORITY"), outputs)
    assert made.decide("t", {"amount": 5, "kind": "letter"}).value == Decimal(2)
    made = table(OVERLAPPING, policy("OUTPUT ORDER"), outputs)
    assert made.decide("t", {"amount": 500, "kind": "letter"}).value == [3, 2]


def test_a_default_output_answers_when_no_rule_does() -> None:
    outputs = '<output name="fee"><defaultOutputEntry><text>9</text></defaultOutputEntry></output>'
    assert table(OVERLAPPING, policy("UNIQUE"), outputs).decide("t", {"amount": 50, "kind": "x"}).value == Decimal(9)


def test_decisions_build_on_one_another_and_are_made_once() -> None:
    made = model(
        '<inputData id="i" name="Net"><variable name="Net" typeRef="number"/></inputData>'
        '<decision id="tax" name="Value-added tax"><informationRequirement><requiredInput href="#i"/>'
        "</informationRequirement><literalExpression><text>Net * 0.2</text></literalExpression></decision>"
        '<decision id="sum" name="Gross"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        '<informationRequirement><requiredDecision href="#tax"/></informationRequirement>'
        "<literalExpression><text>Net + Value-added tax</text></literalExpression></decision>"
    )
    decision = made.decide("Gross", {"Net": 100})
    assert decision.value == Decimal(120)
    assert [e.decision_id for e in decision.evaluations] == ["tax", "sum"]
    assert made.decisions[1].inputs == ("Net",)
    assert made.decide("Gross", {"Net": "a hundred"}).value is None


def test_camundas_files_read_variables_and_outputs_without_drawn_inputs() -> None:
    head = '<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" id="d" namespace="n">'
    made = model(
        '<decision id="a"><informationRequirement><requiredDecision href="#b"/></informationRequirement><decisionTable>'
        "<input><inputExpression><text>risk</text></inputExpression></input><output name='x'/>"
        '<rule><inputEntry><text>"high"</text></inputEntry><outputEntry><text>${factor * 2}</text></outputEntry></rule>'
        "</decisionTable></decision>"
        '<decision id="b"><decisionTable><input><inputExpression><text>age</text></inputExpression></input>'
        "<output name='risk'/><rule><inputEntry><text>${cellInput &gt; 60}</text></inputEntry>"
        '<outputEntry><text>"high"</text></outputEntry></rule></decisionTable></decision>',
        head,
    )
    assert made.version == "1.1"
    assert made.decide("a", {"age": 70, "factor": 3}).value == Decimal(6)
    assert made.decisions[0].inputs == ("age", "factor")


def test_what_cannot_run_is_refused_naming_the_element() -> None:
    with pytest.raises(SolutionError) as caught:
        model(
            '<decision id="x" name="X"><literalExpression id="e1"><text>1 +</text></literalExpression></decision>'
            '<decision id="y" name="Y"><literalExpression id="e2" expressionLanguage="groovy"><text>a.b</text>'
            "</literalExpression></decision>"
        )
    assert [(f.code, f.element) for f in caught.value.findings] == [("dmn-syntax", "e1"), ("dmn-language", "e2")]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"<definitions", "dmn-not-xml"),
        (b"<a/>", "dmn-not-dmn"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + HEAD.encode() + b"</definitions>", "dmn-doctype"),
    ],
)
def test_files_of_another_kind_are_refused(source: bytes, code: str) -> None:
    with pytest.raises(SolutionError) as caught:
        read_model(source, "x.dmn")
    assert [f.code for f in caught.value.findings] == [code]


def test_a_ring_of_decisions_is_refused() -> None:
    def ring(id_: str, other: str) -> str:
        return (
            f'<decision id="{id_}" name="{id_}"><informationRequirement><requiredDecision href="#{other}"/>'
            "</informationRequirement><literalExpression><text>1</text></literalExpression></decision>"
        )

    with pytest.raises(SolutionError) as caught:
        model(ring("a", "b") + ring("b", "a"))
    assert caught.value.findings[0].params["path"] == "a → b → a"


def test_an_unknown_decision_is_not_found() -> None:
    with pytest.raises(NotFound):
        table(OVERLAPPING).decide("other", {})


def test_functions_may_call_themselves_and_decision_services_are_functions() -> None:
    made = model(
        '<businessKnowledgeModel id="f" name="factorial"><encapsulatedLogic><formalParameter name="n" typeRef="number"/>'
        "<literalExpression><text>if n &lt; 2 then 1 else n * factorial(n - 1)</text></literalExpression>"
        '</encapsulatedLogic><knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'
        '</businessKnowledgeModel><inputData id="i" name="x"/>'
        '<decision id="double" name="double"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        "<literalExpression><text>x * 2</text></literalExpression></decision>"
        '<decisionService id="s" name="doubling"><outputDecision href="#double"/><inputData href="#i"/></decisionService>'
        '<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'
        '<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
        "<literalExpression><text>factorial(5) + doubling(x: 4)</text></literalExpression></decision>"
    )
    assert made.decide("d", {}).value == Decimal(128)
    assert made.invoke("doubling", {"x": 21}).value == Decimal(42)
    assert made.invoke("factorial", {"n": 6}).value == Decimal(720)
    assert made.invoke("factorial", {"n": "six"}).value is None
