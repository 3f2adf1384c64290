"""Several executions in memory that talk to each other: messages, signals, starts, jobs. What the database side does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn.compiled import CompiledFile, Start
from engine.runtime.definition import load
from engine.runtime.effects import MessageThrown, SignalThrown, WaitOpened
from engine.runtime.memory import Memory, Office


class Instances:
    """All executions of one office, in the order they began."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.running: list[Memory] = []
        self.starts: list[tuple[str, Start]] = []

    def deploy(self, compiled: CompiledFile) -> None:
        """Take up every executable process of a file."""
        for made in compiled.definitions:
            if made.executable:
                self.office.deploy(load(made.compiled, made.key))
                self.starts += [(made.key, start) for start in made.starts]

    def begin(self, key: str, variables: Mapping[str, Any] | None = None, **how: Any) -> Memory:
        """Begin the newest version of a process."""
        memory = Memory.begin(self.office.definitions[key][-1], self.office, variables, **how)
        self.running.append(memory)
        return memory

    def message(
        self, name: str, payload: Mapping[str, Any] | None = None, keys: Mapping[str, Any] | None = None
    ) -> bool:
        """Give a message to whoever waits for it, else to a process that it starts."""
        if any(each.message(name, payload, keys) for each in self.running):
            return True
        return self.begin_by("message", name, payload) > 0

    def signal(self, name: str, payload: Mapping[str, Any] | None = None, thrower: Memory | None = None) -> None:
        """Tell everybody but the thrower, and begin what the signal starts."""
        for each in list(self.running):
            if each is not thrower:
                each.signal(name, payload)
        self.begin_by("signal", name, payload)

    def begin_by(self, kind: str, name: str, payload: Mapping[str, Any] | None = None) -> int:
        found = [(key, start) for key, start in self.starts if start.kind == kind and start.name == name]
        for key, start in found:
            self.begin(key, payload, start=start.node)
        return len(found)

    def settle(self) -> None:
        """Do what jobs would do: asynchronous continuations, messages and signals to others."""
        work = True
        while work:
            work = False
            for each in list(self.running):
                for call in [call for call in each.calls.values() if call.kind == "continue"]:
                    work = True
                    each.finish(call.token)
                thrown: list[MessageThrown | SignalThrown] = [*each.messages, *each.signals]
                each.messages, each.signals = [], []
                for event in thrown:
                    work = True
                    if isinstance(event, SignalThrown):
                        self.signal(event.name, event.payload, each)
                    else:
                        self.message(event.name, event.payload, event.keys)

    def timers(self) -> list[tuple[Memory, WaitOpened]]:
        """Waiting timers, the first due first."""
        waits = [(each, wait) for each in self.running for wait in each.waits.values() if wait.due is not None]
        return sorted(waits, key=lambda pair: pair[1].due or self.office.now())
