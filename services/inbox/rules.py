"""Who may do what with a task, and which buttons it has: the same predicates draw the buttons and guard the actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.actor import Actor

VISA, SIGNATURE, REGISTRATION, PLAIN = "visa", "signature", "registration", "plain"
_DEFAULT_OUTCOMES = {VISA: ("agree", "remarks", "refuse"), SIGNATURE: ("sign", "refuse")}
_DEFAULT_REMARKS = {VISA: frozenset({"remarks", "refuse"}), SIGNATURE: frozenset({"refuse"})}


@dataclass(frozen=True)
class TaskFacts:
    """What the predicates look at. `candidate`: one of the actor's principals may take it."""

    state: str
    assignee_id: int | None
    candidate: bool
    own: bool  # held by the actor, or by whom the actor stands in for


@dataclass(frozen=True)
class Outcome:
    """A button of the bar; `style`: primary, plain, refuse."""

    code: str
    style: str
    needs_remark: bool
    needs_password: bool
    checks_required: bool


def may_see(facts: TaskFacts) -> bool:
    return facts.own or facts.candidate


def may_complete(facts: TaskFacts) -> bool:
    return facts.state == "open" and (facts.own or (facts.assignee_id is None and facts.candidate))


def may_claim(facts: TaskFacts) -> bool:
    return facts.state == "open" and facts.assignee_id is None and facts.candidate


def may_release(facts: TaskFacts) -> bool:
    return facts.state == "open" and facts.own and facts.candidate


def is_own(actor: Actor, assignee_id: int | None, stands_in_for: frozenset[int]) -> bool:
    return assignee_id is not None and (assignee_id == actor.account_id or assignee_id in stands_in_for)


def outcomes(kind: str, properties: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """The button bar of a task: its property `outcomes`, else what its kind has, else one plain «done»."""
    codes = _words(properties.get("outcomes")) or _DEFAULT_OUTCOMES.get(kind, ("done",))
    remarks = frozenset(_words(properties.get("remark_required"))) or _DEFAULT_REMARKS.get(kind, frozenset())
    styles = dict(pair.partition("=")[::2] for pair in _words(properties.get("outcome_style")))
    return tuple(_outcome(code, at, kind, styles, remarks) for at, code in enumerate(codes))


def _outcome(code: str, at: int, kind: str, styles: Mapping[str, str], remarks: frozenset[str]) -> Outcome:
    style = styles.get(code) or ("refuse" if code in {"refuse", "reject"} else "primary" if at == 0 else "plain")
    return Outcome(
        code=code,
        style=style,
        needs_remark=code in remarks,
        needs_password=kind == SIGNATURE and style != "refuse",
        checks_required=style != "refuse" and (kind != REGISTRATION or at == 0),
    )


def _words(text: Any) -> tuple[str, ...]:
    return tuple(word.strip() for word in str(text or "").split(",") if word.strip())
