"""SpiffWorkflow's script engine, speaking FEEL: nothing is evaluated as Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.errors import ScriptFailed
from engine.runtime.spiff import BasePythonScriptEngineEnvironment, PythonScriptEngine

if TYPE_CHECKING:
    from engine.runtime.host import Host
    from engine.runtime.token import Token


class Names(Mapping[str, Any]):
    """What an expression sees: variables first, then the context the host offers (`card`)."""

    __slots__ = ("context", "extra", "view")

    def __init__(
        self, view: Mapping[str, Any], context: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> None:
        self.view = view
        self.context = context
        self.extra = extra or {}

    def __getitem__(self, name: str) -> Any:
        if name in self.extra:
            return self.extra[name]
        return self.view[name] if name in self.view else self.context[name]

    def __contains__(self, name: object) -> bool:
        return name in self.extra or name in self.view or name in self.context

    def __iter__(self) -> Iterator[str]:
        return iter({**self.extra, **dict.fromkeys(self.view), **dict.fromkeys(self.context)})

    def __len__(self) -> int:
        return sum(1 for _ in self)


class FeelEnvironment(BasePythonScriptEngineEnvironment):
    """Holds nothing: an expression brings its code, a token its names."""

    def evaluate(self, expression: feel.Expression, context: Mapping[str, Any], external_context: Any = None) -> Any:
        raise TypeError("expressions are evaluated through a token")

    def execute(self, script: str, context: Mapping[str, Any], external_context: Any = None) -> bool:
        raise TypeError("scripts are FEEL expressions or operations")


class FeelEngine(PythonScriptEngine):
    """Evaluates compiled FEEL in a token's scope, with the clock, zone and functions of the host."""

    def __init__(self, host: Host) -> None:
        super().__init__(FeelEnvironment())
        self.host = host

    def evaluate(self, task: Token, expression: feel.Expression, external_context: Any = None) -> Any:
        """The value as plain Python data; a failing expression is a ScriptFailed with the element."""
        names = Names(task.data, self.host.context(), external_context)
        node = task.node
        warnings: list[feel.Warning_] = []
        try:
            value = expression.evaluate(
                names,
                now=self.host.now(),
                zone=self.host.zone,
                functions=self.host.functions,
                warnings=warnings,
            )
        except (feel.FeelLimitError, TypeError, ValueError, ArithmeticError, KeyError) as error:
            raise ScriptFailed(
                "expression-failed",
                element=node.element if node else "",
                token=task.id,
                expression=expression.text,
                reason=str(error),
            ) from error
        task.workflow.top_workflow.warnings = [str(each) for each in warnings]
        return value
