"""
Executions without a database: one `Memory` keeps what the tables would keep.

For benches, previews and tests of diagrams. Every action wakes the execution from its text, acts, advances and lets it
sleep again, exactly as the commands on the database do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from engine.clock import Clock, SystemClock
from engine.errors import NotFound
from engine.runtime.definition import Definition
from engine.runtime.effects import (
    CallRequested,
    Changes,
    Ended,
    MessageThrown,
    SignalThrown,
    Step,
    TaskOpened,
    WaitOpened,
)
from engine.runtime.execution import BUDGET, Execution
from engine.runtime.host import EXTERNAL, PENDING, DecisionCall, OperationCall, Pending

Operation = Callable[[OperationCall], Mapping[str, Any]]
Decide = Callable[[DecisionCall], list[Mapping[str, Any]]]
ScriptHandler = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass
class Office:
    """A host in memory: definitions by key (the newest last), operations, decisions, script handlers."""

    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    decisions: Decide | None = None
    scripts: dict[str, ScriptHandler] = field(default_factory=dict)
    roots: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    zone: tzinfo = UTC

    def deploy(self, definition: Definition) -> None:
        self.definitions.setdefault(definition.key, []).append(definition)

    def now(self) -> datetime:
        return self.clock.now()

    def context(self) -> Mapping[str, Any]:
        return self.roots

    def definition(self, key: str, *, binding: str, version: str | None, caller: Definition) -> Definition:
        found = self.definitions.get(key)
        if not found:
            raise NotFound("process", key=key)
        return found[int(version) - 1] if binding == "version" and version else found[-1]

    def definition_by_ref(self, ref: str) -> Definition:
        for versions in self.definitions.values():
            for each in versions:
                if each.ref == ref:
                    return each
        raise NotFound("definition", ref=ref)

    def call(self, call: OperationCall) -> Mapping[str, Any] | Pending:
        if call.operation in self.outside:
            return PENDING
        operation = self.operations.get(call.operation)
        return EXTERNAL if operation is None else operation(call)

    def run_script(self, format: str, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        handler = self.scripts.get(format) or self.scripts.get("*")
        if handler is None:
            raise NotFound("script-handler", format=format)
        return handler(text, variables)

    def decide(self, call: DecisionCall) -> list[Mapping[str, Any]]:
        if self.decisions is None:
            raise NotFound("decision", ref=call.ref)
        return self.decisions(call)


class Rows:
    """The variable table of one execution."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}

    def one(self, scope: str, name: str) -> str | None:
        return self.rows.get(scope, {}).get(name)

    def all(self, scope: str) -> Iterable[tuple[str, str]]:
        return list(self.rows.get(scope, {}).items())


class PartRows:
    """The table of sleeping children of one execution."""

    def __init__(self, parts: Mapping[str, tuple[str, str]]) -> None:
        self._parts = parts

    def one(self, token: str) -> tuple[str, str] | None:
        return self._parts.get(token)

    def of(self, holder: str) -> Iterable[tuple[str, str]]:
        return [(token, text) for token, (parent, text) in self._parts.items() if parent == holder]


class Memory:
    """One execution and its rows: open tasks, waits and calls by token, variables, sleeping parts, history."""

    def __init__(self, definition: Definition, office: Office) -> None:
        self.definition = definition
        self.office = office
        self.main = ""
        self.rows = Rows()
        self.parts: dict[str, tuple[str, str]] = {}
        self.tasks: dict[str, TaskOpened] = {}
        self.waits: dict[str, WaitOpened] = {}
        self.calls: dict[str, CallRequested] = {}
        self.history: list[Step] = []
        self.messages: list[MessageThrown] = []
        self.signals: list[SignalThrown] = []
        self.ended: Ended | None = None
        self.changes = Changes()

    @classmethod
    def begin(
        cls, definition: Definition, office: Office, variables: Mapping[str, Any] | None = None, **how: Any
    ) -> Memory:
        """Begin and advance; `how` as in `Execution.begin`."""
        memory = cls(definition, office)
        budget = how.pop("budget", BUDGET)
        run = Execution.begin(definition, office, variables or {}, **how)
        run.advance(budget)
        memory._keep(run)
        return memory

    def act(self, action: Callable[[Execution], Any], budget: int = BUDGET) -> Any:
        """Wake, do one thing, advance, sleep again; after an exception nothing has happened."""
        run = Execution.restore(
            self.definition, self.office, self.main, variables=self.rows, parts=PartRows(self.parts)
        )
        answer = action(run)
        run.advance(budget)
        self._keep(run)
        return answer

    def complete(self, token: str, values: Mapping[str, Any] | None = None) -> None:
        self.act(lambda run: run.complete(token, values))

    def fire(self, token: str, payload: Mapping[str, Any] | None = None) -> bool:
        return bool(self.act(lambda run: run.fire(token, payload)))

    def fire_due(self) -> int:
        """Fire every timer that is due by the clock; how many."""
        due = [wait for wait in self.waits.values() if wait.due is not None and wait.due <= self.office.now()]
        return sum(self.fire(wait.token) for wait in sorted(due, key=lambda each: each.due or self.office.now()))

    def message(
        self, name: str, payload: Mapping[str, Any] | None = None, keys: Mapping[str, Any] | None = None
    ) -> bool:
        return bool(self.act(lambda run: run.deliver_message(name, payload or {}, keys)))

    def signal(self, name: str, payload: Mapping[str, Any] | None = None) -> int:
        return int(self.act(lambda run: run.signal(name, payload)))

    def finish(self, token: str, outputs: Mapping[str, Any] | None = None) -> None:
        self.act(lambda run: run.finish_call(token, outputs))

    def fail(self, token: str, code: str, message: str = "") -> None:
        self.act(lambda run: run.fail_call(token, code, message))

    def variables(self, scope: str = "") -> dict[str, Any]:
        run = Execution.restore(self.definition, self.office, self.main, variables=self.rows)
        return run.variables(scope)

    def _keep(self, run: Execution) -> None:
        """Write what a transaction would write."""
        state = run.state()
        changes = self.changes = run.changes()
        self.main = state.main
        for token, part in state.parts.items():
            if part is None:
                self.parts.pop(token, None)
            else:
                self.parts[token] = part
        self._keep_open(changes)
        for scope in changes.dropped:
            self.rows.rows.pop(scope, None)
        for written in changes.variables:
            row = self.rows.rows.setdefault(written.scope, {})
            if written.json is None:
                row.pop(written.name, None)
            else:
                row[written.name] = written.json
        self.history += changes.steps
        self.messages += changes.messages
        self.signals += changes.signals
        self.ended = self.ended or changes.ended

    def _keep_open(self, changes: Changes) -> None:
        for holder in changes.swept:
            for token in [token for token, part in self.parts.items() if part[0] == holder]:
                del self.parts[token]
                self.tasks.pop(token, None)
                self.rows.rows.pop(token, None)
        for closed in changes.tasks_closed:
            self.tasks.pop(closed.token, None)
        for gone in changes.waits_closed:
            self.waits.pop(gone.token, None)
        for done in changes.calls_closed:
            self.calls.pop(done.token, None)
        self.tasks |= {each.token: each for each in changes.tasks_opened}
        self.waits |= {each.token: each for each in changes.waits_opened}
        self.calls |= {each.token: each for each in changes.calls_requested}
