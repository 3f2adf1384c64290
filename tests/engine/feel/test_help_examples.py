"""Every example of the FEEL help is evaluated, and every finding about DMN stands in the DMN help, in all languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import engine.dmn.rules  # noqa: F401 - declares the findings
from engine.feel import compile_expression, values
from engine.feel.printer import print_expression
from engine.findings import RULES

HELP = Path(__file__).resolve().parents[3] / "webui" / "help"
LANGUAGES = ("ru", "en", "fa")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def examples(language: str, page: str) -> list[tuple[str, str]]:
    text = (HELP / language / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```feel\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [(line.partition("  # = ")[0], line.partition("  # = ")[2]) for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_gives_what_it_says(language: str) -> None:
    found = examples(language, "feel.md")
    assert len(found) > 40
    for text, result in found:
        value = compile_expression(text).evaluate({}, now=NOW)
        expected = compile_expression(result).evaluate({})
        assert values.equal(value, expected) is True, (text, value, result)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_in_the_help(language: str) -> None:
    text = (HELP / language / "dmn.md").read_text(encoding="utf-8")
    missing = [code for code in RULES if code.startswith("dmn-") and f"`{code}`" not in text]
    assert missing == []


def test_the_examples_survive_being_printed() -> None:
    for text, _ in examples("en", "feel.md"):
        if not text.startswith(("$", "=")):
            node = compile_expression(text).node
            assert compile_expression(print_expression(node)).node == node
