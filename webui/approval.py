"""The approval sheet and signatures as pages show them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from services.approval.queries import RoundRow, VisaRow
from services.signing.queries import SignatureRow
from webui.formats import initials, short_name
from webui.presentation import reader

_MARKS = {"waiting": "work", "agreed": "ok", "remarks": "note", "refused": "no", "skipped": "skip"}
_TONES = ("", "b", "c", "d")


def rounds_of(rounds: tuple[RoundRow, ...]) -> list[dict[str, Any]]:
    """The rounds, newest first."""
    return [_round(row) for row in rounds]


def signature_lines(rows: tuple[SignatureRow, ...]) -> list[dict[str, Any]]:
    """Signatures and whether they still hold."""
    return [
        {
            "st": ("ok" if row.holds and row.covers else "over") if row.decision == "signed" else "no",
            "text": f"{row.signer} · {_signature(row)}" + (f" · {row.remark}" if row.remark else ""),
            "when": reader().moment(row.at),
            "who": row.post,
        }
        for row in rows
    ]


def _signature(row: SignatureRow) -> str:
    if row.decision != "signed":
        return _("Refused to sign")
    if not row.holds:
        return _("The signature does not hold: its record was changed")
    return _("Signed; the text is the same since") if row.covers else _("Signed; the text was changed after it")


def _round(row: RoundRow) -> dict[str, Any]:
    decided = sum(visa.decision != "waiting" for visa in row.visas)
    number, started = reader().number, reader().moment(row.started_at)
    outcome = {"agreed": _("agreed"), "refused": _("refused"), "withdrawn": _("taken back")}.get(row.outcome or "", "")
    return {
        "title": _("Round %(number)s", number=number(row.number)),
        "note": _("begun %(moment)s", moment=started.text if started else ""),
        "result": outcome or _("%(done)s of %(all)s", done=number(decided), all=number(len(row.visas))),
        "open": row.outcome != "agreed",
        "visas": [_visa(at, visa) for at, visa in enumerate(row.visas)],
    }


def _visa(at: int, visa: VisaRow) -> dict[str, Any]:
    received = reader().short(visa.received_at)
    decided = reader().short(visa.decided_at)
    by = _("decided by %(name)s", name=visa.decided_by) if visa.decided_by else ""
    return {
        "st": _MARKS.get(visa.decision, "idle"),
        "word": _word(visa.decision),
        "person": {
            "name": short_name(visa.person),
            "initials": initials(visa.person),
            "post": visa.post,
            "tone": _TONES[at % len(_TONES)],
        },
        "since": received.text if received else "",
        "decided": decided,
        "spent": reader().span(visa.decided_at - visa.received_at) if visa.decided_at else "",
        "waiting": "" if visa.decided_at else "…",
        "remark": visa.remark,
        "signature": by,
    }


def _word(decision: str) -> str:
    return {
        "waiting": _("In work"),
        "agreed": _("Agreed"),
        "remarks": _("Agreed with remarks"),
        "refused": _("Refused"),
        "skipped": _("Skipped"),
    }.get(decision, decision)
