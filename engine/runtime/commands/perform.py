"""
Run a use case: one transaction, at most once for a request id, and nothing that failed is lost from sight.

When the automatic part of a step fails (an expression, a decision, an operation), everything of the step is rolled back
to the last wait state, the person's completion included; in a new transaction an incident is filed, and the person gets
the error naming it. What was typed is still in the draft; completing again, after the author or an admin has mended what
was wrong, resolves the incident.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from engine.actor import Actor
from engine.errors import ChanceryError, ScriptFailed
from engine.jobs.incidents import open_incident
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def perform(engine: Engine, actor: Actor, action: str, act: Callable[[UnitOfWork], Any]) -> Any:
    """
    Run *act* in a unit of work (deadlocks are tried again) and give its answer, plain JSON.

    With a request id the answer is remembered in the same transaction. A repetition runs into the first one's rows
    (task completed, id taken), is rolled back and gets the first answer: the first run pays no look-up.
    """
    try:
        return engine.database.run(lambda work: _accept(engine, work, actor, action, act))
    except (ChanceryError, IntegrityError) as failure:
        with engine.database.reading() as session:
            earlier = once(session, actor, action)
        if earlier is not None:
            return earlier.result
        if not isinstance(failure, ScriptFailed):
            raise
        incident_id = _file(engine, actor, failure)
        raise ScriptFailed(failure.code, **{**failure.params, "incident": incident_id}) from failure


def _accept(engine: Engine, work: UnitOfWork, actor: Actor, action: str, act: Callable[[UnitOfWork], Any]) -> Any:
    answer = act(work)
    remember(work, actor, action, answer, engine.clock.now())
    return answer


def _file(engine: Engine, actor: Actor, failure: ScriptFailed) -> int:
    return engine.database.run(lambda work: open_incident(engine, work, failure, actor=actor).id)
