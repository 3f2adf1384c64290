"""Every code an error may carry has a sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from webui.messages import MESSAGES

ROOT = Path(__file__).resolve().parent.parent.parent
FAMILIES = {
    "NotFound", "NotAllowed", "Invalid", "Conflict", "SolutionError", "ScriptFailed", "OutsideError", "FieldError",
    "Unauthorized",
}  # fmt: skip


def raised() -> Iterator[str]:
    """Codes in the calls of the error families, and in the `(code, params)` pairs beside fields."""
    for layer in ("engine", "services", "webui"):
        for path in (ROOT / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield from _codes(node)


def _codes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILIES and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
        code = node.elts[0]
        if isinstance(code, ast.Constant) and isinstance(code.value, str) and not node.elts[1].keys:
            yield code.value


def test_every_code_has_a_sentence():
    assert sorted(set(raised()) - set(MESSAGES)) == []


def test_a_code_stands_once():
    text = (ROOT / "webui" / "messages.py").read_text("utf-8")
    codes = [code for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Tuple) for code in _listed(node)]

    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def _listed(node: ast.Tuple) -> list[str]:
    first = node.elts[0] if len(node.elts) == 2 else None
    return first.value.split() if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
