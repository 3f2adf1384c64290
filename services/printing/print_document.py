"""A printed form is filled in the sandbox and becomes a file of the card; asked twice, it is printed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import MACHINE, Actor
from engine.errors import SolutionError
from engine.store.models import AcceptedRequest, Resource
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.files.attach_file import Received, attach_file_in, receive_file
from services.files.models import Attachment
from services.files.reply_file import reply_file
from services.printing.context import print_context
from services.printing.fill import fill_template
from services.signing.queries import signed_at

if TYPE_CHECKING:
    from services.office import Parts

_ACTION = "document.print"


@dataclass(frozen=True)
class PrintOrder:
    """What to print. `once`: the same order again gives the file that was made first."""

    card_id: int
    deployment_id: int
    template: str
    file_class: str
    name: str
    once: str


def print_document(office: Parts, actor: Actor, order: PrintOrder) -> str:
    """
    Print and attach; gives the attachment's reference. Outside any unit of work. A letter somebody wrote in a word
    processor as the card's reply is printed instead of the template: the version that was signed.

    Raises SolutionError("template-missing", "template-failed"), ScriptFailed("sandbox-limit").
    """
    key = office.secrets.mac("print", order.once)
    with office.database.reading() as session:
        made = session.get(AcceptedRequest, key)
        if made is not None:
            return str(made.result)
        card = session.get_one(Card, order.card_id)
        template = _written(office, session, card, order) or template_of(session, order.deployment_id, order.template)
        context = print_context(office, session, card, qr=_follow(office, session, card))
    filled = fill_template(office, template, context)
    received = receive_file(office, f"{order.name.strip() or order.template}.docx", [filled])
    return office.database.run(lambda work: _attach(office, work, order, key, received))


def _attach(office: Parts, work: UnitOfWork, order: PrintOrder, key: str, received: Received) -> str:
    made = work.session.get(AcceptedRequest, key)
    if made is not None:
        return str(made.result)
    machine = replace(MACHINE, request_id=key)  # the audit knows which request it was
    attachment: Attachment = attach_file_in(office, work, machine, order.card_id, order.file_class, received)
    now = office.clock.now()
    work.session.add(AcceptedRequest(request_id=key, account_id=None, action=_ACTION, result=attachment.ref, at=now))
    return attachment.ref


def template_of(session: Session, deployment_id: int, template: str) -> bytes:
    """A template of a deployment by its name. Raises SolutionError("template-missing")."""
    path = f"templates_docx/{template.removesuffix('.docx')}.docx"
    asked = select(Resource.content).where(Resource.deployment_id == deployment_id, Resource.path == path)
    content = session.scalar(asked)
    if content is None:
        raise SolutionError("template-missing", template=template)
    return content


def _written(office: Parts, session: Session, card: Card, order: PrintOrder) -> bytes | None:
    type = office.shelf.card_type(session, card.type)
    if order.file_class != type.reply_file_class:
        return None
    found = reply_file(session, card, type, until=signed_at(session, card.id))
    if found is None:
        return None
    with office.files.open(found.sha256) as content:
        return content.read()


def _follow(office: Parts, session: Session, card: Card) -> str:
    solution = office.shelf.card_type(session, card.type).solution
    portal = office.shelf.solution(session, solution).manifest.portal
    return f"{office.settings.base_url}/p/{portal.slug}/follow" if portal else ""
