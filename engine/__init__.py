"""
The engine: runs processes on a database. It knows no card, no page; the office registers what it needs (`engine.office`).

    engine = Engine(Database(url), SystemClock(), zone, operations=…, people=…, context=…)
    deploy(engine, work, actor, Bundle("orders", files))              # engine.deployment
    start_instance(engine, work, actor, "orders", subject_ref=…)      # engine.runtime.commands
    queries.open_tasks(session, instance_ref)                          # engine.queries
    drain(engine)                                                      # engine.jobs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.face import Engine

__all__ = ["Engine"]


def __getattr__(name: str) -> Any:
    """Expressions and decisions (`engine.feel`, `engine.dmn`) are used without a database: it is not imported for them."""
    if name == "Engine":
        from engine.face import Engine

        return Engine
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
