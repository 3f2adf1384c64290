"""Contents no file names any more leave the store: by a job, two hours after, so that an upload of the same one is safe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.jobs import JobKind, JobView, enqueue
from engine.store.unit_of_work import UnitOfWork
from services.files.models import AttachmentVersion, Blob

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

DROP = "drop-contents"
LATER, PUT_LATELY = timedelta(hours=2), timedelta(hours=1)
_BATCH = 100


def drop_contents_later(office: Parts, work: UnitOfWork, sha256s: Iterable[str]) -> None:
    """Demand it in an open unit of work; a content a file names again by then stays."""
    wanted = sorted(set(sha256s))
    for start in range(0, len(wanted), _BATCH):
        payload = {"contents": wanted[start : start + _BATCH]}
        enqueue(work, office.clock, DROP, payload, run_at=office.clock.now() + LATER)


def drop_contents_kind(office: Parts) -> JobKind:
    """The job kind `drop-contents`, for the engine's registry."""

    def outside(_: Engine, job: JobView) -> Any:
        gone = [sha256 for sha256 in job.payload["contents"] if _let_go(office, sha256)]
        return {"gone": len(gone)}

    return JobKind(DROP, outside=outside)


def _let_go(office: Parts, sha256: str) -> bool:
    if not office.database.run(lambda work: _forget(work, sha256)):
        return False
    kept = office.files.listed(sha256)
    return kept is not None and kept.at < office.clock.now() - PUT_LATELY and office.files.drop(kept)


def _forget(work: UnitOfWork, sha256: str) -> bool:
    """The row goes first: a content without a row is harmless, a row without a content is not."""
    session = work.session
    blob = session.get(Blob, sha256, with_for_update=True)
    if session.scalar(select(AttachmentVersion.version).where(AttachmentVersion.blob_sha256 == sha256).limit(1)):
        return False
    if blob is not None:
        session.delete(blob)
    return True
