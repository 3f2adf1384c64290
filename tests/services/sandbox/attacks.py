"""Tasks of a hostile mind, given to a sandbox child by the tests."""

from __future__ import annotations

import os
import time
from typing import Any

from engine.errors import Invalid


def echo(payload: dict[str, Any]) -> dict[str, Any]:
    return dict(payload)


def memory_bomb(_: dict[str, Any]) -> dict[str, Any]:
    return {"size": len("a" * 10**10)}


def endless_loop(_: dict[str, Any]) -> dict[str, Any]:
    while True:
        pass


def sleeps(_: dict[str, Any]) -> dict[str, Any]:
    time.sleep(3600)
    return {}


def hard_crash(_: dict[str, Any]) -> dict[str, Any]:
    os.abort()


def refuses(_: dict[str, Any]) -> dict[str, Any]:
    raise Invalid("docx-unreadable", name="a.docx")


def breaks(_: dict[str, Any]) -> dict[str, Any]:
    return {"share": 1 // 0}


def recurses(payload: dict[str, Any]) -> dict[str, Any]:
    return recurses(payload)


def environment(_: dict[str, Any]) -> dict[str, Any]:
    return {"names": sorted(os.environ)}


def writes(payload: dict[str, Any]) -> dict[str, Any]:
    with open(payload["path"], "w") as file:
        file.write("x" * 10)
    return {}


def who(_: dict[str, Any]) -> dict[str, Any]:
    return {"pid": os.getpid()}


TASKS = {
    f.__name__: f"{__name__}:{f.__name__}"
    for f in (echo, memory_bomb, endless_loop, sleeps, hard_crash, refuses, breaks, recurses, environment, writes, who)
}
