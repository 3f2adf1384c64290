"""Who may do what with a task. Pure."""

from __future__ import annotations

from engine.actor import Actor


def is_machine(actor: Actor) -> bool:
    """The machine itself: jobs, and what an operator does on the command line."""
    return actor.account_id is None and actor.via in ("job", "cli")


def holds(actor: Actor, assignee_id: int | None) -> bool:
    """The task is this actor's own, or that of whom the actor stands in for."""
    return assignee_id is not None and assignee_id in (actor.account_id, actor.acting_for)


def may_see(actor: Actor, assignee_id: int | None, candidate: bool) -> bool:
    """To anybody else the task does not exist."""
    return is_machine(actor) or holds(actor, assignee_id) or candidate


def may_complete(actor: Actor, assignee_id: int | None, candidate: bool) -> bool:
    """Its holder; while nobody holds it, whoever may take it."""
    return is_machine(actor) or holds(actor, assignee_id) or (assignee_id is None and candidate)
