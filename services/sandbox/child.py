"""
The child: reads one JSON line, does the task, writes one JSON line, until its input ends.

Limits are set before the first untrusted byte is read: memory for the whole process, CPU anew for each task, no file
may be written. Nothing of the parent's environment is here (no secret key, no database address).
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, BinaryIO

from engine.errors import ChanceryError
from services.sandbox.tasks import resolve


def main() -> None:
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    table: Mapping[str, str] = import_module(sys.argv[3]).TASKS
    for name in table:
        resolve(table, name)  # imports are done before the limits and never counted to a task
    _limit(memory)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        _allow_seconds(seconds)
        answer = _answer(table, json.loads(line))
        _write(sink, answer)
        if "limit" in answer:
            return


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_seconds(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


def _answer(table: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"result": dict(resolve(table, request["task"])(request["payload"]))}
    except MemoryError:
        return {"limit": "memory"}
    except RecursionError:
        return {"failed": "RecursionError"}
    except ChanceryError as error:
        return {"error": type(error).__name__, "code": error.code, "params": error.params}
    except Exception as error:  # noqa: BLE001 - whatever a hostile file causes is an answer, never a traceback to the user
        return {"failed": type(error).__name__, "message": str(error)[:500]}


def _write(sink: BinaryIO, answer: Mapping[str, Any]) -> None:
    sink.write(json.dumps(answer).encode())
    sink.write(b"\n")
    sink.flush()


if __name__ == "__main__":
    main()
