"""Which decision an outcome is, when a remark is needed, and what a round comes to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.errors import Invalid

DECISIONS: Mapping[str, str] = {
    **dict.fromkeys(("agree", "agreed", "approve", "approved", "yes"), "agreed"),
    **dict.fromkeys(("remarks", "agree_with_remarks", "with_remarks"), "remarks"),
    **dict.fromkeys(("refuse", "refused", "reject", "rejected", "disagree", "no"), "refused"),
}
FAVOURABLE = frozenset({"agreed", "remarks"})


def decision_of(outcome: str) -> str:
    """The decision a pressed button stands for; a visa knows three."""
    if outcome not in DECISIONS:
        raise Invalid("form-refused", {"outcome": ("outcome-unknown", {"outcome": outcome})})
    return DECISIONS[outcome]


def check_remark(decision: str, remark: str) -> None:
    """A refusal and an agreement with remarks say why."""
    if decision in {"refused", "remarks"} and not remark.strip():
        raise Invalid("form-refused", {"remark": ("remark-required", {})})


def outcome_of(decisions: Iterable[str]) -> str | None:
    """What a round has come to: one refusal refuses it, all favourable agree it, otherwise it is still open."""
    given = list(decisions)
    if "refused" in given:
        return "refused"
    decided = [decision for decision in given if decision != "skipped"]
    return "agreed" if decided and all(decision in FAVOURABLE for decision in decided) else None
