"""
The parent's side of the sandbox.

A child is started by `subprocess` (a fresh interpreter: no fork of a threaded server), answers many tasks and is
replaced after a limit, a crash or `JOBS_PER_CHILD` tasks. A task over its wall-clock time is killed.

Example: `sandbox.run("docx.names", {"docx": text})["names"]`
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine import errors
from engine.errors import ScriptFailed

JOBS_PER_CHILD = 200
_ROOT = Path(__file__).resolve().parents[2]
_MAX_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one task may use: wall-clock seconds, CPU seconds, bytes of address space of its child."""

    wall_seconds: float = 20.0
    cpu_seconds: int = 10
    memory_bytes: int = 512 * 1024 * 1024


class Sandbox:
    """
    Children that open untrusted files. Thread-safe; at most `size` tasks run at once, the others wait their turn.

    Errors of `run`: what the task raised on purpose (its family, code and params); `ScriptFailed("sandbox-limit",
    limit=time|memory|crash|output)` when the child was stopped; `ScriptFailed("sandbox-failed", kind=…, message=…)` for
    any other exception in the child.
    """

    def __init__(self, limits: Limits | None = None, *, size: int = 1, module: str = "services.sandbox.tasks") -> None:
        self._limits = limits or Limits()
        self._module = module  # whose TASKS the children serve
        self._slots: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(None)
        self._size = size

    def run(self, task: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do *task* with plain JSON data in a child and give its plain JSON answer."""
        child = self._slots.get()
        try:
            if child is None or not child.usable:
                child = _Child(self._limits, self._module)
            answer = child.ask({"task": task, "payload": payload})
        finally:
            if child is not None and not child.usable:
                child.end()
                child = None
            self._slots.put(child)
        return _unpack(answer)

    def close(self) -> None:
        """End all children; waits for running tasks."""
        for _ in range(self._size):
            child = self._slots.get()
            if child is not None:
                child.end()
        for _ in range(self._size):
            self._slots.put(None)


def _unpack(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "result" in answer:
        result: Mapping[str, Any] = answer["result"]
        return result
    if "limit" in answer:
        raise ScriptFailed("sandbox-limit", limit=answer["limit"])
    if "error" in answer:
        family = getattr(errors, answer["error"])
        raise family(answer["code"], **answer["params"])
    raise ScriptFailed("sandbox-failed", kind=answer["failed"], message=answer.get("message", ""))


class _Child:
    """One child process."""

    def __init__(self, limits: Limits, module: str) -> None:
        self._limits = limits
        self._jobs = 0
        self._ended = False
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "services.sandbox.child", str(limits.memory_bytes), str(limits.cpu_seconds), module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.sep,
            env=_environment(),
        )

    @property
    def usable(self) -> bool:
        return not self._ended and self._jobs < JOBS_PER_CHILD and self._process.poll() is None

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self._jobs += 1
        late = threading.Event()
        watchdog = threading.Timer(self._limits.wall_seconds, self._kill, (late,))
        watchdog.start()
        try:
            line = self._talk(json.dumps(request).encode() + b"\n")
        finally:
            watchdog.cancel()
        if not line.endswith(b"\n"):
            self.end()
            return {"limit": "output" if line else self._why_it_died(late)}
        answer: Mapping[str, Any] = json.loads(line)
        if "limit" in answer:
            self._ended = True
        return answer

    def _talk(self, line: bytes) -> bytes:
        try:
            stdin, stdout = _pipes(self._process)
            stdin.write(line)
            stdin.flush()
            return stdout.readline(_MAX_ANSWER)
        except OSError:  # the child died while we wrote
            return b""

    def _why_it_died(self, late: threading.Event) -> str:
        cpu_spent = self._process.returncode == -24  # SIGXCPU
        return "time" if late.is_set() or cpu_spent else "crash"

    def _kill(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def end(self) -> None:
        self._ended = True
        self._process.kill() if self._process.poll() is None else None
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    return process.stdin, process.stdout


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # what was unwritten goes with the child
        return


def _environment() -> dict[str, str]:
    """Nothing of ours: no secret, no address; only where the code is."""
    return {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
