"""What FEEL itself can complain about. Everything else in an expression gives null and a reason."""

from __future__ import annotations


class FeelSyntaxError(Exception):
    """
    A text that is no expression.

    `position` counts characters from 0, `line` and `column` from 1; `hint` says what to write instead, or is empty.
    """

    def __init__(self, reason: str, text: str, position: int, hint: str = "") -> None:
        super().__init__(reason, text, position, hint)
        self.reason = reason
        self.text = text
        self.position = position
        self.hint = hint

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        return self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1

    def __str__(self) -> str:
        sentence = f"{self.reason} at line {self.line}, column {self.column}"
        return f"{sentence}: {self.hint}" if self.hint else sentence


class FeelLimitError(Exception):
    """An expression asked for more than `engine/feel/limits.py` allows; `limit` names the limit, `allowed` its size."""

    def __init__(self, limit: str, allowed: int) -> None:
        super().__init__(limit, allowed)
        self.limit = limit
        self.allowed = allowed

    def __str__(self) -> str:
        return f"the expression goes beyond the limit of {self.allowed} for {self.limit}"
