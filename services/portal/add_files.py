"""A customer adds files to a request that is not answered yet; whoever holds it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.errors import Conflict, Invalid
from engine.store.models import Task
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.fields import Manner
from services.files.attach_file import attach_file_in, receive_file
from services.notifications.about_card import about_card
from services.notifications.tell import tell_people
from services.portal.file_request import SentFile
from services.portal.queries import follow_page
from services.portal.sessions import visitor

if TYPE_CHECKING:
    from services.office import Parts

_ACTION = "portal.add-files"
_MOST = 20


def add_files(
    office: Parts, token: str, files: Sequence[SentFile], *, request_id: str | None = None, ip: str | None = None
) -> int:
    """
    Attach *files*; gives how many. Raises NotFound("follow-refused"), Conflict("request-answered"), Invalid for a file
    that cannot be taken or for none at all.
    """
    with office.database.reading() as session:
        customer = visitor(office, session, token, request_id=request_id, ip=ip)
        page = follow_page(office, session, token, Manner())
    if not page.may_add_files:
        raise Conflict("request-answered")
    if not 0 < len(files) <= _MOST:
        raise Invalid("files-refused", {"file": ("file-count", {"most": _MOST})})
    received = [receive_file(office, one.name, one.chunks) for one in files]

    def act(work: UnitOfWork) -> int:
        if (earlier := once(work.session, customer, _ACTION)) is not None:
            return int(earlier.result)
        card = work.session.get_one(Card, customer.party_card_id)
        refs = [attach_file_in(office, work, customer, card.id, page.file_class, one).ref for one in received]
        holders = select(Task.assignee_id).where(Task.subject_ref == f"card:{card.id}", Task.state == "open")
        told = {id for id in work.session.scalars(holders) if id}
        solution = office.shelf.card_type(work.session, card.type).solution
        tell_people(office, work, about_card(office, card, "files_added", solution, once=f"files:{refs[0]}"), told)
        remember(work, customer, _ACTION, len(refs), office.clock.now())
        return len(refs)

    return office.database.run(act)
