"""A printed form is filled in the sandbox and becomes a file of the card; asked twice, it is printed once."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import MACHINE, Actor
from engine.errors import SolutionError
from engine.store.models import AcceptedRequest, Resource
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.files.attach_file import Received, attach_file_in, receive_file
from services.files.models import Attachment
from services.printing.context import print_context

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
    Print and attach; gives the attachment's reference. Outside any unit of work.

    Raises SolutionError("template-missing", "template-failed"), ScriptFailed("sandbox-limit").
    """
    key = office.secrets.mac("print", order.once)
    with office.database.reading() as session:
        made = session.get(AcceptedRequest, key)
        if made is not None:
            return str(made.result)
        template = _template(session, order)
        context = print_context(
            office, session, session.get_one(Card, order.card_id), qr=_follow(office, session, order)
        )
    filled = fill_template(office, template, context)
    received = receive_file(office, f"{order.name.strip() or order.template}.docx", [filled])
    return office.database.run(lambda work: _attach(office, work, order, key, received))


def fill_template(office: Parts, template: bytes, context: dict[str, Any]) -> bytes:
    """The template filled, in the sandbox."""
    payload = {"docx": b64encode(template).decode(), "context": context}
    return b64decode(office.sandbox.run("docx.render", payload)["docx"])


def undeclared_variables(office: Parts, template: bytes) -> set[str]:
    """The dotted names a template reads (`letter.number`); Invalid or SolutionError for what is no usable template."""
    return set(office.sandbox.run("docx.names", {"docx": b64encode(template).decode()})["names"])


def _attach(office: Parts, work: UnitOfWork, order: PrintOrder, key: str, received: Received) -> str:
    made = work.session.get(AcceptedRequest, key)
    if made is not None:
        return str(made.result)
    attachment: Attachment = attach_file_in(office, work, MACHINE, order.card_id, order.file_class, received)
    now = office.clock.now()
    work.session.add(AcceptedRequest(request_id=key, account_id=None, action=_ACTION, result=attachment.ref, at=now))
    return attachment.ref


def _template(session: Session, order: PrintOrder) -> bytes:
    name = order.template.removesuffix(".docx")
    asked = select(Resource.content).where(
        Resource.deployment_id == order.deployment_id, Resource.path == f"templates_docx/{name}.docx"
    )
    content = session.scalar(asked)
    if content is None:
        raise SolutionError("template-missing", template=order.template)
    return content


def _follow(office: Parts, session: Session, order: PrintOrder) -> str:
    card = session.get_one(Card, order.card_id)
    solution = office.shelf.card_type(session, card.type).solution
    portal = office.shelf.solution(session, solution).manifest.portal
    return f"{office.settings.base_url}/p/{portal.slug}/follow" if portal else ""
