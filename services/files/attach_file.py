"""A file comes to a card: the content is stored first, the rows follow in the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_add_file, may_with_files
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.cards.store_card import lock_card
from services.files.models import Attachment, AttachmentVersion, Blob
from services.files.reply_file import reply_attachment
from services.files.rules import HEAD, content_type, kept_name
from services.printing.check_letter import check_letter
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Received:
    """A content in the store that no row names yet."""

    name: str
    content_type: str
    sha256: str
    size: int


def receive_file(office: Parts, name: str, chunks: Iterable[bytes]) -> Received:
    """
    Store a content as it streams in and judge what it is. Outside any unit of work.

    Raises Invalid: a name with control characters, more bytes than `upload_limit_bytes`, an archive that unpacks to too
    much, an empty file.
    """
    kept = kept_name(name)
    stored = office.files.put(chunks, office.settings.upload_limit_bytes)
    if not stored.size:
        raise Invalid("file-refused", {"file": ("file-empty", {})})
    with office.files.open(stored.sha256) as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        judged = content_type(head, stream, kept)
    return Received(kept, judged, stored.sha256, stored.size)


def attach_file(office: Parts, actor: Actor, card_ref: str, file_class: str, received: Received) -> str:
    """
    Add a file to a card; gives the attachment's reference. A file of the class that may be the reply is one file with
    versions, and must be a letter we can finish (`check_letter`).

    Raises NotFound, NotAllowed("file-add"), Invalid("file-refused").
    """
    with office.database.reading() as session:
        card = session.get_one(Card, card_id_of(session, actor, card_ref))
        _check(office, session, actor, card, file_class, received)

    def act(work: UnitOfWork) -> str:
        card_id = card_id_of(work.session, actor, card_ref)
        return attach_file_in(office, work, actor, card_id, file_class, received).ref

    return office.database.run(act)


def attach_file_in(
    office: Parts, work: UnitOfWork, actor: Actor, card_id: int, file_class: str, received: Received
) -> Attachment:
    """The same in an open unit of work."""
    card = lock_card(work, card_id)
    type = _allow(office, work.session, actor, card, file_class, "add")
    now = office.clock.now()
    if file_class == type.reply_file_class and (known := reply_attachment(work.session, card.id, type)) is not None:
        _add_version(office, work, actor, known, received)
        _record_version(work, actor, known, now)
        return known
    attachment = Attachment(
        card_id=card.id, file_class=file_class, name=received.name, created_at=now, created_by=actor.account_id
    )
    work.session.add(attachment)
    work.session.flush()
    _add_version(office, work, actor, attachment, received)
    record(work.session, actor, "file.added", f"card:{card.id}", now, file=attachment.ref, file_class=file_class)
    return attachment


def add_version(office: Parts, actor: Actor, ref: str, received: Received) -> int:
    """A new version of a file; older ones stay. Gives its number. Raises as `attach_file`."""
    with office.database.reading() as session:
        found = session.execute(
            select(Attachment.file_class, Card)
            .join(Card, Card.id == Attachment.card_id)
            .where(Attachment.ref == ref, Attachment.deleted_at.is_(None))
        ).one_or_none()
        if found is not None:
            _check(office, session, actor, found[1], found[0], received)
    return office.database.run(lambda work: add_version_in(office, work, actor, ref, received))


def add_version_in(office: Parts, work: UnitOfWork, actor: Actor, ref: str, received: Received) -> int:
    """The same in an open unit of work."""
    attachment = _attachment(office, work, actor, ref, "add")
    _add_version(office, work, actor, attachment, received)
    _record_version(work, actor, attachment, office.clock.now())
    return attachment.versions


def remove_file(office: Parts, actor: Actor, ref: str) -> None:
    """Take a file off the card; its content stays for history."""

    def act(work: UnitOfWork) -> None:
        attachment = _attachment(office, work, actor, ref, "delete")
        attachment.deleted_at = office.clock.now()
        record(work.session, actor, "file.removed", f"card:{attachment.card_id}", office.clock.now(), file=ref)

    office.database.run(act)


def _add_version(office: Parts, work: UnitOfWork, actor: Actor, attachment: Attachment, received: Received) -> None:
    now = office.clock.now()
    if work.session.get(Blob, received.sha256, with_for_update={"read": True}) is None:  # it could be going away
        work.session.merge(Blob(sha256=received.sha256, size=received.size, stored_at=now))
        work.session.flush()
    attachment.versions += 1
    attachment.name = received.name
    work.session.add(
        AttachmentVersion(
            attachment_id=attachment.id,
            version=attachment.versions,
            blob_sha256=received.sha256,
            name=received.name,
            content_type=received.content_type,
            size=received.size,
            at=now,
            by_id=actor.account_id,
            by_name=actor.name,
        )
    )
    work.session.flush()


def _record_version(work: UnitOfWork, actor: Actor, attachment: Attachment, now: datetime) -> None:
    card, version = f"card:{attachment.card_id}", attachment.versions
    record(work.session, actor, "file.replaced", card, now, file=attachment.ref, version=version)


def _check(office: Parts, session: Session, actor: Actor, card: Card, file_class: str, received: Received) -> None:
    """What takes long is done before the unit of work; who may not add the file learns nothing of it."""
    type = _allow(office, session, actor, card, file_class, "add")
    if file_class == type.reply_file_class:
        with office.files.open(received.sha256) as content:
            check_letter(office, session, card, received.content_type, content.read())


def _attachment(office: Parts, work: UnitOfWork, actor: Actor, ref: str, what: str) -> Attachment:
    asked = select(Attachment).where(Attachment.ref == ref, Attachment.deleted_at.is_(None))
    attachment = work.session.scalar(asked)
    if attachment is None:
        raise NotFound("file-not-found")
    card = lock_card(work, attachment.card_id)
    _allow(office, work.session, actor, card, attachment.file_class, what)
    return attachment


def _allow(office: Parts, session: Session, actor: Actor, card: Card, file_class: str, what: str) -> CardTypeFile:
    type = office.shelf.card_type(session, card.type)
    declared = type.file_class(file_class)
    if declared is None:
        raise Invalid("file-refused", {"file_class": ("file-class-unknown", {"file_class": file_class})})
    place = standing(session, actor, card, type)
    if not may_with_files(declared, place, "see"):
        raise NotFound("file-not-found")
    allowed = may_add_file(type, declared, place) if what == "add" else may_with_files(declared, place, what)
    if not allowed:
        raise NotAllowed(f"file-{what}", file_class=file_class)
    return type
