"""
What a template may name. One context for every printed form, in the organisation's language and calendar, plain data only.

`DOCUMENTED` is the list the help page shows and `chancery check` compares a template with; a name ending in `.*` stands
for the card's own fields.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import segno
from babel.dates import format_time
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account
from services.approval.queries import approval_sheet
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.cards.store_card import caption, organisation_manner
from services.fields import TYPES, Around, FieldSpec, Manner
from services.fields.date import show_date
from services.policies.queries import policies
from services.signing.queries import signatures
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

DOCUMENTED: Mapping[str, str] = {
    "org.name": "Name of the organisation.",
    "org.address": "Its postal address.",
    "org.requisites": "Codes and phones of the letterhead.",
    "letter.number": "Number of the card.",
    "letter.date": "Day of printing.",
    "letter.answer_to": "Number of what is answered: the card's.",
    "letter.answer_to_date": "Day the card was made.",
    "card.*": "Every field of the card as text, some with parts (card.price.amount); number, title, state, created_on, "
    "registered_on, due_on. Tables and fields of several values are looped over: {%tr for row in card.items %}.",
    "applicant.name": "The party's name; also applicant.phone, applicant.mail, applicant.address.",
    "applicant.phone": "",
    "applicant.mail": "",
    "applicant.address": "",
    "applicant.salutation": "How the letter begins, by the party's form of address.",
    "applicant.surname": "",
    "applicant.given_name": "",
    "applicant.father_name": "",
    "applicant.short_name": "An organisation's short name.",
    "reply.blocks": "The reply as formatted paragraphs: {{p reply.blocks }} alone in its paragraph.",
    "reply": "The reply as plain text.",
    "approvals": "Rows of the approval sheet: round, name, post, decision, remark, at, deputy.",
    "signature.name": "The signer; also signature.post, signature.at, signature.mark. Empty before signing.",
    "signature.post": "",
    "signature.at": "",
    "signature.mark": "",
    "executor.name": "The executor; also executor.post.",
    "executor.post": "",
    "qr": "A picture that leads to the page where the request is followed.",
}


def print_context(
    office: Parts, session: Session, card: Card, *, qr: str = "", seen: frozenset[str] | None = None
) -> dict[str, Any]:
    """
    The context of a card as plain JSON data (see `rendering` for the marks in it). *seen*: for a reader of these fields
    alone; whatever follows from another one is empty, and contacts are masked as on the page.
    """
    type = office.shelf.card_type(session, card.type)
    manner = organisation_manner(office, session)
    around = around_card(office, session, type.solution, manner, in_full=seen is None, card_id=card.id)
    open_ = frozenset(type.by_key) if seen is None else seen
    values = {key: value for key, value in values_of(office, session, card, type).items() if key in open_}
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    rules = policies(session)
    reply = values.get(type.reply_field) if type.reply_field else None
    return {
        "org": {
            "name": rules.organisation,
            "address": rules["organisation.address"],
            "requisites": rules["organisation.requisites"],
        },
        "letter": _letter(card, manner),
        "card": _card(card, type, values, around)
        | ({} if seen is None else {"title": caption(card, type, values, around)})
        | ({} if type.due_field in {None, *open_} else {"due_on": ""}),
        "applicant": _applicant(type, values, around),
        "reply": _rich(reply, manner),
        "approvals": _approvals(session, card, around),
        "signature": _signature(office, session, card, reply, manner),
        "executor": _executor(session, card if type.executor_field in {None, *open_} else None),
        "qr": _qr(qr) if qr else "",
    }


def undocumented(names: set[str], card_fields: set[str]) -> set[str]:
    """Names of a template that the context does not have for a card type with these fields."""
    known = set(DOCUMENTED) | {name.partition(".")[0] for name in DOCUMENTED}
    own = {"number", "title", "state", "created_on", "registered_on", "due_on", *card_fields}
    return {name for name in names if name not in known and not _of_card(name, own)}


def _of_card(name: str, own: set[str]) -> bool:
    root, _, rest = name.partition(".")
    return root == "card" and rest.partition(".")[0] in own


def _letter(card: Card, manner: Manner) -> dict[str, str]:
    number = card.number or ""
    return {
        "number": number,
        "date": show_date(manner.today, manner),
        "answer_to": number,
        "answer_to_date": _day(card.created_at, manner),
    }


def _card(card: Card, type: CardTypeFile, values: Mapping[str, Any], around: Around) -> dict[str, Any]:
    manner = around.manner
    made = {spec.key: _shown(spec, values.get(spec.key), around) for spec in type.fields}
    return made | {
        "number": card.number or "",
        "title": card.title,
        "state": around.label(f"card.{card.type}.state.{card.state}"),
        "created_on": _day(card.created_at, manner),
        "registered_on": _day(card.registered_at, manner),
        "due_on": _day(card.due_at, manner),
    }


def _shown(spec: FieldSpec, value: Any, around: Around) -> Any:
    if spec.type == "rich":
        return _rich(value, around.manner)
    return _cleaned(TYPES[spec.type].docx_value(value, spec, around))


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return _clean("" if value is None else str(value))


def _rich(html: Any, manner: Manner) -> dict[str, Any]:
    return {"$rich": _clean(str(html or "")), "rtl": manner.locale == "fa"}


def _applicant(type: CardTypeFile, values: Mapping[str, Any], around: Around) -> dict[str, str]:
    ref = values.get(type.party_field) if type.party_field else None
    found = around.references.party(ref) if ref else None
    facts = found.facts if found else {}
    told = ("phone", "mail", "address", "surname", "given_name", "father_name", "short_name", "salutation")
    contacts = {name: _clean(str(facts.get(name) or "")) for name in told}
    return {"name": _clean(found.name) if found else "", **contacts}


def _approvals(session: Session, card: Card, around: Around) -> list[dict[str, Any]]:
    return [
        {
            "round": one.number,
            "name": visa.person,
            "post": visa.post,
            "decision": _decision(visa.decision, around),
            "remark": _clean(visa.remark),
            "at": _moment(visa.decided_at, around.manner),
            "deputy": visa.decided_by or "",
        }
        for one in reversed(approval_sheet(session, card.id))
        for visa in one.visas
        if visa.decision != "skipped"
    ]


_DECISIONS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "waiting": "Ожидается",
        "agreed": "Согласовано",
        "remarks": "Согласовано с замечаниями",
        "refused": "Отказано",
    },
    "en": {"waiting": "Waiting", "agreed": "Agreed", "remarks": "Agreed with remarks", "refused": "Refused"},
    "fa": {"waiting": "در انتظار", "agreed": "موافق", "remarks": "موافق با ملاحظات", "refused": "مخالف"},
}


def _decision(decision: str, around: Around) -> str:
    """The solution's own word (`approval.decision.agreed`), else ours in the organisation's language."""
    key = f"approval.decision.{decision}"
    said = around.label(key)
    return _DECISIONS.get(around.manner.locale, _DECISIONS["en"])[decision] if said == key else said


def _signature(office: Parts, session: Session, card: Card, reply: Any, manner: Manner) -> dict[str, str]:
    signed = [row for row in signatures(office, session, card.id, reply) if row.decision == "signed"]
    if not signed:
        return {"name": "", "post": "", "at": "", "mark": ""}
    mark = "-".join(signed[0].mark.upper()[at : at + 4] for at in (0, 4, 8))
    return {"name": signed[0].signer, "post": signed[0].post, "at": _moment(signed[0].at, manner), "mark": mark}


def _executor(session: Session, card: Card | None) -> dict[str, str]:
    id = card.executor_id if card is not None else None
    row = session.execute(select(Account.name, Account.post).where(Account.id == id)).one_or_none() if id else None
    return {"name": row[0], "post": row[1]} if row else {"name": "", "post": ""}


def _qr(address: str) -> dict[str, Any]:
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=2)
    return {"$picture": b64encode(picture.getvalue()).decode(), "mm": 25}


def _day(at: datetime | None, manner: Manner) -> str:
    return show_date(at.astimezone(manner.zone).date(), manner) if at else ""


def _moment(at: datetime | None, manner: Manner) -> str:
    if at is None:
        return ""
    return f"{_day(at, manner)} {format_time(at.astimezone(manner.zone), 'HH:mm', locale=manner.locale)}"


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(char for char in text if char in "\n\t" or (char >= " " and not "\ud800" <= char <= "\udfff"))
