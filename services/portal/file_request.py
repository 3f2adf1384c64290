"""A customer files a request: a party, a card, its files, a code to follow it, and the process begins; all or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.actor import MACHINE, Actor
from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.models import Card
from services.cards.references import around as around_card
from services.fields import Manner
from services.files.attach_file import Received, attach_file_in, receive_file
from services.inbox.forms import CARD, FormField, fields_of, initial_values, read_values, schema_for
from services.inbox.task_sheet import form_of
from services.notifications.about_card import about_card_for_party
from services.notifications.tell import tell_party
from services.portal.models import FollowCode
from services.portal.rules import code_key, grouped, word_from
from services.portal.sessions import visit_token
from services.solutions.card_type import CardTypeFile
from services.solutions.manifest import Portal
from services.solutions.shelf import Deployed

if TYPE_CHECKING:
    from services.office import Office, Parts

KIND = "filed"
CODE = "follow-code"
_CHANNEL = "channel"
_MOST_FILES = 20


@dataclass(frozen=True)
class SentFile:
    """A file of the form: *key* of the field it was given in, and its content as it streams in."""

    key: str
    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True)
class PortalForm:
    """The page to file on."""

    portal: str
    solution: str
    title: str
    form: dict[str, Any]
    values: dict[str, Any]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Filed:
    """What the customer keeps. `code` is shown here and mailed; nobody can look it up later."""

    receipt: str
    code: str
    card_ref: str
    token: str


def portal_form(office: Parts, session: Session, slug: str, manner: Manner) -> PortalForm:
    """The form of a portal in the reader's language. Raises NotFound("portal-not-found")."""
    deployed, portal = office.shelf.portal(session, slug)
    type = office.shelf.card_type(session, portal.card)
    around = around_card(office, session, deployed.slug, manner)
    form = form_of(session, deployed.deployment_id, portal.form, portal.form)
    fields = fields_of(form, type.by_key)
    return PortalForm(
        portal=slug,
        solution=deployed.slug,
        title=around.label(deployed.manifest.title),
        form=schema_for(form, fields, around),
        values=initial_values(fields, {}, {}, around),
        languages=deployed.manifest.languages,
    )


def file_request(
    office: Office,
    slug: str,
    values: Mapping[str, Any],
    files: Sequence[SentFile] = (),
    *,
    manner: Manner,
    request_id: str | None = None,
    ip: str | None = None,
) -> Filed:
    """
    File a request; the same *request_id* again gives the same answer and makes nothing.

    Raises NotFound("portal-not-found"), Invalid("form-refused") with problems by form key (`card.applicant.mail`).
    """
    actor = Actor(None, slug, "portal", request_id=request_id or secrets.token_hex(16), ip=ip)
    with office.database.reading() as session:
        deployed, portal = office.shelf.portal(session, slug)
        type = office.shelf.card_type(session, portal.card)
        fields = fields_of(form_of(session, deployed.deployment_id, portal.form, portal.form), type.by_key)
        typed = _checked(office, session, deployed, fields, values, files, manner)
    received = [(one, receive_file(office, one.name, one.chunks)) for one in files]
    keys = _keys(office, actor)
    desk = _Desk(office, actor, deployed, portal, type, fields, received, keys)
    try:
        entered = create_card(
            office, actor, NewCard(type.code, typed | _channel(type, portal), manner), also=desk.settle
        )
    except Invalid as refused:
        raise Invalid("form-refused", {CARD + key: problem for key, problem in refused.fields.items()}) from refused
    return Filed(keys.receipt, grouped(keys.code), entered.ref, visit_token(office, entered.ref, keys.code_mac))


@dataclass(frozen=True)
class _Keys:
    receipt: str
    code: str
    code_mac: str


@dataclass(frozen=True)
class _Desk:
    """What belongs to the transaction that makes the card."""

    office: Office
    actor: Actor
    deployed: Deployed
    portal: Portal
    type: CardTypeFile
    fields: tuple[FormField, ...]
    received: list[tuple[SentFile, Received]]
    keys: _Keys

    def settle(self, work: UnitOfWork, card: Card) -> None:
        work.session.add(
            FollowCode(
                card_id=card.id,
                receipt=self.keys.receipt,
                code_mac=self.keys.code_mac,
                portal=self.portal.slug,
                created_at=self.office.clock.now(),
            )
        )
        self._attach(work, card)
        if card.party_id is not None:
            about = about_card_for_party(
                self.office, work.session, card, KIND, self.deployed.slug, once=f"filed:{card.id}"
            )
            about = replace(
                about,
                params={**about.params, "receipt": self.keys.receipt},
                secrets={"code": grouped(self.keys.code)},
            )
            tell_party(self.office, work, about, card.party_id)

    def _attach(self, work: UnitOfWork, card: Card) -> None:
        customer = replace(self.actor, party_card_id=card.id)
        refs: dict[str, list[str]] = {}
        for sent, received in self.received:
            file_class = file_class_of(self.fields, sent.key)
            attachment = attach_file_in(self.office, work, customer, card.id, file_class, received)
            refs.setdefault(sent.key.removeprefix(CARD), []).append(attachment.ref)
        named = {key: value for key, value in refs.items() if key in self.type.by_key}
        if named:
            change_card_in(self.office, work, MACHINE, card.id, named, by_form=frozenset(named))


def file_class_of(fields: tuple[FormField, ...], key: str) -> str:
    """The class of files given in a field of the form; `original` when the field says none."""
    return next((one.spec.kind for one in fields if one.key == key and one.spec.kind), "original")


def _checked(
    office: Office,
    session: Session,
    deployed: Deployed,
    fields: tuple[FormField, ...],
    values: Mapping[str, Any],
    files: Sequence[SentFile],
    manner: Manner,
) -> dict[str, Any]:
    around = around_card(office, session, deployed.slug, manner)
    file_keys = {one.key for one in fields if one.spec.type == "file"}
    given = {key: value for key, value in values.items() if key not in file_keys}
    asked = tuple(one for one in fields if one.key not in file_keys)
    answers, wrong = read_values(asked, given, around, {"card": {}})
    wrong |= {one.key: ("field-not-in-form", {}) for one in files if one.key not in file_keys}
    if len(files) > _MOST_FILES:
        wrong[files[0].key] = ("too-many-files", {"most": _MOST_FILES})
    needed = [one for one in fields if one.key in file_keys and one.required]
    wrong |= {one.key: ("required", {}) for one in needed if not any(sent.key == one.key for sent in files)}
    if wrong:
        raise Invalid("form-refused", wrong)
    return dict(answers.card)


def _channel(type: CardTypeFile, portal: Portal) -> dict[str, str]:
    """A card with a field `channel` learns by which way it came."""
    return {_CHANNEL: portal.channel} if _CHANNEL in type.by_key else {}


def _keys(office: Parts, actor: Actor) -> _Keys:
    """Drawn from the request's id, so that a repeated request is answered with the same receipt and code."""
    request = str(actor.request_id)
    receipt = grouped(word_from(office.secrets.mac("receipt", request), 8), 4)
    code = word_from(office.secrets.mac("new-code", request), 10)
    return _Keys(receipt, code, office.secrets.mac(CODE, f"{receipt}|{code_key(code)}"))
