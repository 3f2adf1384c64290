"""Variables of an execution: scopes outside the tokens, last write wins, nothing is copied or merged at joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Protocol, runtime_checkable

from engine.errors import ScriptFailed
from engine.runtime.values import MAX_TEXT, NotData, from_json, stored

TOP = ""


@runtime_checkable
class StoredVariables(Protocol):
    """Variable rows read when needed."""

    def one(self, scope: str, name: str) -> str | None:
        """JSON of one variable, None when there is no such row."""

    def all(self, scope: str) -> Iterable[tuple[str, str]]:
        """(name, JSON) of a whole scope."""


class RowsInMemory:
    """Rows (scope, name, json) given whole."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        for scope, name, text in rows:
            self._rows.setdefault(scope, {})[name] = text

    def one(self, scope: str, name: str) -> str | None:
        return self._rows.get(scope, {}).get(name)

    def all(self, scope: str) -> Iterable[tuple[str, str]]:
        return self._rows.get(scope, {}).items()


class Missing:
    """Stands for a variable that is not there; None is a value."""


MISSING = Missing()


class Variables:
    """
    Scopes of named values: '' is the instance, any other scope is a token's id.

    A read looks in the nearest scope and then outwards. A write goes to the nearest scope that has the name, else to the
    outermost (Camunda's setVariable); a name becomes local only by `declare`.
    """

    def __init__(self, stored: StoredVariables, parents: Mapping[str, str | None] | None = None) -> None:
        self._stored = stored
        self._values: dict[str, dict[str, Any]] = {}
        self._fresh: set[str] = set()
        self.parents: dict[str, str | None] = dict(parents or {TOP: None})
        self.written: dict[tuple[str, str], bool] = {}
        self.dropped: list[str] = []
        self.touched: set[str] = set()

    def open(self, scope: str, parent: str | None) -> None:
        """Open a scope unless it is open already; without a parent it sees nothing of the world around."""
        if scope not in self.parents:
            self.parents[scope] = parent
            self._fresh.add(scope)

    def adopt(self, scope: str, parent: str | None) -> None:
        """Take up a scope whose rows are stored."""
        self.parents[scope] = parent

    def release(self, scope: str) -> str | None:
        """Let a scope sleep: its rows stay, its place in the chain is kept by whoever sleeps. Gives the parent."""
        return self.parents.pop(scope)

    def drop(self, scope: str) -> None:
        if scope not in self.parents:
            return
        del self.parents[scope]
        self._values.pop(scope, None)
        for key in [key for key in self.written if key[0] == scope]:
            del self.written[key]
        if scope in self._fresh:
            self._fresh.discard(scope)
        else:
            self.dropped.append(scope)

    def local(self, scope: str, name: str) -> Any:
        """The value in exactly this scope, or MISSING."""
        known = self._values.setdefault(scope, {})
        if name not in known:
            text = None if scope in self._fresh else self._stored.one(scope, name)
            known[name] = MISSING if text is None else from_json(text)
        return known[name]

    def holder(self, scope: str, name: str) -> str | None:
        """The nearest scope outwards that has the name."""
        at: str | None = scope
        while at is not None:
            if self.local(at, name) is not MISSING:
                return at
            at = self.parents[at]
        return None

    def get(self, scope: str, name: str) -> Any:
        """The value seen from `scope`, or MISSING."""
        at = self.holder(scope, name)
        return MISSING if at is None else self.local(at, name)

    def set(self, scope: str, name: str, value: Any) -> None:
        """Write as Camunda's setVariable; in the outermost scope nothing has to be read to know where it belongs."""
        at = scope if self.parents[scope] is None else self.holder(scope, name)
        self.declare(self.outermost(scope) if at is None else at, name, value)

    def declare(self, scope: str, name: str, value: Any) -> None:
        """Write into exactly this scope."""
        self._values.setdefault(scope, {})[name] = value
        self.written[scope, name] = True
        self.touched.add(name)

    def remove(self, scope: str, name: str) -> None:
        at = self.holder(scope, name)
        if at is not None:
            self._values[at][name] = MISSING
            self.written[at, name] = False
            self.touched.add(name)

    def chain(self, scope: str) -> tuple[str, ...]:
        """The scope and those around it, the nearest first."""
        found, at = [scope], self.parents[scope]
        while at is not None:
            found.append(at)
            at = self.parents[at]
        return tuple(found)

    def outermost(self, scope: str) -> str:
        """The last scope of the chain: the instance, or the called process."""
        while (parent := self.parents[scope]) is not None:
            scope = parent
        return scope

    def names(self, scope: str) -> list[str]:
        """Names that have a value in exactly this scope."""
        if scope not in self._fresh:
            for name, text in self._stored.all(scope):
                self._values.setdefault(scope, {}).setdefault(name, from_json(text))
        return [name for name, value in self._values.get(scope, {}).items() if value is not MISSING]

    def rows(self) -> list[tuple[str, str, str | None]]:
        """
        What was written since the beginning: (scope, name, JSON or None for a deleted one). ScriptFailed when an
        expression or operation has made something that cannot be kept.
        """
        return [
            (scope, name, _text(name, self._values[scope][name]) if kept else None)
            for (scope, name), kept in self.written.items()
        ]


def _text(name: str, value: Any) -> str:
    try:
        return stored(value)
    except NotData as reason:
        raise ScriptFailed(reason.code, name=name, allowed=MAX_TEXT) from reason


class View(MutableMapping[str, Any]):
    """The variables as seen from one scope; what SpiffWorkflow gets as a task's `data`."""

    __slots__ = ("scope", "variables")

    def __init__(self, variables: Variables, scope: str) -> None:
        self.variables = variables
        self.scope = scope

    def __getitem__(self, name: str) -> Any:
        value = self.variables.get(self.scope, name)
        if value is MISSING:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self.variables.set(self.scope, name, value)

    def __delitem__(self, name: str) -> None:
        self.variables.remove(self.scope, name)

    def __contains__(self, name: object) -> bool:
        return self.variables.holder(self.scope, str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        at: str | None = self.scope
        while at is not None:
            seen.update(dict.fromkeys(self.variables.names(at)))
            at = self.variables.parents[at]
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __deepcopy__(self, memo: object) -> View:
        raise TypeError("variables are never copied whole")
