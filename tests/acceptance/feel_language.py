"""
The language as a whole: text → tree → text → tree is the identity, and nothing an author writes breaks the engine.

10,000 expressions are grown from the grammar with a fixed seed and half of them are mutated; each either parses and
evaluates, or raises FeelSyntaxError or FeelLimitError, and nothing else.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression
from engine.feel.builtins import BUILTINS
from engine.feel.expression import Expression, parse, vocabulary
from engine.feel.printer import print_expression

COUNT = 10_000
SCOPE = {
    "a": 5,
    "b": "text",
    "items": [{"price": 10, "name": "x"}, {"price": 3, "name": "y"}],
    "Monthly Fee": 12.5,
    "заявка": {"сумма": 100, "n": None},
    "flag": True,
}
_WORDS = vocabulary(SCOPE)


class Grower:
    """Grows an expression from the grammar."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def expression(self, depth: int = 4) -> str:
        r = self.random
        if depth <= 0:
            return self.leaf()
        inner = lambda: self.expression(depth - 1 - r.randrange(2))  # noqa: E731 - a name for what repeats below
        kinds = (
            lambda: f"{inner()} {r.choice(('+', '-', '*', '/', '**'))} {inner()}",
            lambda: f"{inner()} {r.choice(('=', '!=', '<', '<=', '>', '>='))} {inner()}",
            lambda: f"{inner()} {r.choice(('and', 'or'))} {inner()}",
            lambda: f"({inner()})",
            lambda: f"-{inner()}",
            lambda: f"if {inner()} then {inner()} else {inner()}",
            lambda: f"for i in {inner()} return {inner()}",
            lambda: f"{r.choice(('some', 'every'))} v in {inner()} satisfies {inner()}",
            lambda: f"[{', '.join(inner() for _ in range(r.randrange(4)))}]",
            lambda: f"{{k: {inner()}, other key: {inner()}}}",
            lambda: f"[{self.leaf()}..{self.leaf()}{r.choice((']', ')'))}",
            lambda: f"({inner()}) between {self.leaf()} and {self.leaf()}",
            lambda: f"({inner()}) in ({inner()}, < {self.leaf()})",
            lambda: f"items[{inner()}]",
            lambda: f"({inner()}).{r.choice(('k', 'year', 'name', 'other key', 'сумма'))}",
            lambda: f"({inner()}) instance of {r.choice(('number', 'list<string>', 'context<k: number>', 'date'))}",
            lambda: f"(function(x, y) {inner()})({inner()}, {inner()})",
            self.call,
            self.leaf,
        )
        return r.choice(kinds)()

    def call(self) -> str:
        name = self.random.choice(sorted(BUILTINS))
        form = self.random.choice(BUILTINS[name])
        return f"{name}({', '.join(self.leaf() for _ in form.parameters)})"

    def leaf(self) -> str:
        return self.random.choice(
            (
                *("1", "0", "-2.50", "1e3", '"text"', '"&& ${ }"', "true", "false", "null", "a", "b", "items", "i"),
                *("заявка.сумма", "flag", '@"2026-11-22"', '@"PT8H"', '@"P1Y2M"', '@"10:00:00@Europe/Moscow"', "item"),
                *("[1, 2, 3]", "{k: 1}", "[1..5]", "(< 3)", '"a"', "10", "abs", "1/3", '@"2026-11-22T10:00:00Z"'),
                "Monthly Fee",
            )
        )

    def mutated(self, text: str) -> str:
        letters = list(text)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(letters) + 1)
            choice = self.random.randrange(3)
            if choice == 0 and letters:
                del letters[min(at, len(letters) - 1)]
            elif choice == 1:
                letters.insert(at, self.random.choice('()[]{}.,:+-*/<>=" ?@#$&|\\0a\u0627'))
            elif letters:
                letters[min(at, len(letters) - 1)] = self.random.choice(letters)
        return "".join(letters)


def main() -> int:
    grower = Grower(20261122)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(COUNT):
        text = grower.expression()
        if number % 2:
            text = grower.mutated(text)
        try:
            tree = parse(text, "feel", _WORDS.copy())
            printed = print_expression(tree)
            if parse(printed, "feel", _WORDS.copy()) != tree:
                wrong.append(f"print is not the reverse of parse: {text} → {printed}")
            Expression(text, tree).evaluate(SCOPE)
            seen["evaluated"] += 1
        except FeelSyntaxError:
            seen["refused"] += 1
        except FeelLimitError:
            seen["beyond a limit"] += 1
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}: {text}")
    exact = str(compile_expression("0.1 + 0.2 = 0.3").evaluate({})), str(compile_expression("10**33 + 1").evaluate({}))
    survives = compile_expression("${'&& ${ }' == s}").evaluate({"s": "&& ${ }"})
    for line in wrong[:20]:
        print(line)
    print(f"{COUNT} expressions: {dict(seen)}, undocumented or not reversible: {len(wrong)}")
    print(f"0.1 + 0.2 = 0.3: {exact[0]}; 10**33 + 1: {exact[1]}; a string with && ${{ }} survives: {survives}")
    enough = seen["evaluated"] >= COUNT // 2
    exactly = exact == ("True", "1000000000000000000000000000000001")
    return int(bool(wrong) or not enough or not exactly or survives is not True)


if __name__ == "__main__":
    sys.exit(main())
