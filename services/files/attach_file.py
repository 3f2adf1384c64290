"""A file comes to a card: the content is stored first, the rows follow in the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_with_files
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.cards.store_card import lock_card
from services.files.models import Attachment, AttachmentVersion, Blob
from services.files.rules import HEAD, content_type, kept_name

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
    """Add a file to a card; gives the attachment's reference. Raises NotFound, NotAllowed("file-add")."""

    def act(work: UnitOfWork) -> str:
        card_id = card_id_of(work.session, actor, card_ref)
        return attach_file_in(office, work, actor, card_id, file_class, received).ref

    return office.database.run(act)


def attach_file_in(
    office: Parts, work: UnitOfWork, actor: Actor, card_id: int, file_class: str, received: Received
) -> Attachment:
    """The same in an open unit of work."""
    card = lock_card(work, card_id)
    _allow(office, work, actor, card, file_class, "add")
    now = office.clock.now()
    attachment = Attachment(
        card_id=card.id, file_class=file_class, name=received.name, created_at=now, created_by=actor.account_id
    )
    work.session.add(attachment)
    work.session.flush()
    _add_version(office, work, actor, attachment, received)
    record(work.session, actor, "file.added", f"card:{card.id}", now, file=attachment.ref, file_class=file_class)
    return attachment


def add_version(office: Parts, actor: Actor, ref: str, received: Received) -> int:
    """A new version of a file; older ones stay. Gives its number."""
    return office.database.run(lambda work: add_version_in(office, work, actor, ref, received))


def add_version_in(office: Parts, work: UnitOfWork, actor: Actor, ref: str, received: Received) -> int:
    """The same in an open unit of work."""
    attachment = _attachment(office, work, actor, ref, "add")
    _add_version(office, work, actor, attachment, received)
    now = office.clock.now()
    card = f"card:{attachment.card_id}"
    record(work.session, actor, "file.replaced", card, now, file=ref, version=attachment.versions)
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
    if work.session.get(Blob, received.sha256) is None:
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


def _attachment(office: Parts, work: UnitOfWork, actor: Actor, ref: str, what: str) -> Attachment:
    asked = select(Attachment).where(Attachment.ref == ref, Attachment.deleted_at.is_(None))
    attachment = work.session.scalar(asked)
    if attachment is None:
        raise NotFound("file-not-found")
    card = lock_card(work, attachment.card_id)
    _allow(office, work, actor, card, attachment.file_class, what)
    return attachment


def _allow(office: Parts, work: UnitOfWork, actor: Actor, card: Card, file_class: str, what: str) -> None:
    type = office.shelf.card_type(work.session, card.type)
    declared = type.file_class(file_class)
    if declared is None:
        raise Invalid("file-refused", {"file_class": ("file-class-unknown", {"file_class": file_class})})
    place = standing(work.session, actor, card, type)
    if not may_with_files(declared, place, "see"):
        raise NotFound("file-not-found")
    if not may_with_files(declared, place, what):
        raise NotAllowed(f"file-{what}", file_class=file_class)
