"""`chancery scrub`: every content in the file store is read again; what is missing, changed or orphaned is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select

from services.files.models import Blob
from services.files.store import Kept, measured

if TYPE_CHECKING:
    from services.office import Parts

BATCH = 500
ARRIVING = timedelta(hours=24)
"""A content nobody names may belong to an upload under way; after this it does not."""


@dataclass(frozen=True)
class Flaw:
    """`missing` and `changed`: what an attachment says is not what is there; `orphan`: nothing names it any more;
    `unfinished`: it never arrived."""

    kind: Literal["missing", "changed", "orphan", "unfinished"]
    name: str
    size: int


@dataclass
class ScrubReport:
    """`deleted`: how many orphans and unfinished ones were deleted, which is done only when asked for."""

    files: int = 0
    bytes: int = 0
    deleted: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Orphans harm nobody: only what is missing or changed is a loss."""
        return not any(flaw.kind in ("missing", "changed") for flaw in self.flaws)


def scrub(
    office: Parts, *, delete_orphans: bool = False, watch: Callable[[int, int], None] | None = None
) -> ScrubReport:
    """
    Hash every content again, in batches, while the office works; *watch* is told how many bytes of how many are read.

    Nothing is deleted but orphans and unfinished ones older than a day, and those only with *delete_orphans*.
    """
    report = ScrubReport()
    with office.database.reading() as session:
        total = int(session.scalar(select(func.sum(Blob.size))) or 0)
    for blobs in _named(office):
        for sha256, size in blobs:
            _hash(office, report, sha256, size)
            if watch is not None:
                watch(report.bytes, total)
    for kept in _orphans(office):
        report.flaws.append(Flaw("orphan" if kept.settled else "unfinished", kept.sha256, kept.size))
        if delete_orphans and _still_orphan(office, kept) and office.files.drop(kept):
            report.deleted += 1
    return report


def _named(office: Parts) -> Iterator[list[tuple[str, int]]]:
    after = ""
    while True:
        with office.database.reading() as session:
            asked = select(Blob.sha256, Blob.size).where(Blob.sha256 > after).order_by(Blob.sha256).limit(BATCH)
            blobs = [(sha256, size) for sha256, size in session.execute(asked)]
        if not blobs:
            return
        yield blobs
        after = blobs[-1][0]


def _hash(office: Parts, report: ScrubReport, sha256: str, size: int) -> None:
    found = measured(office.files, sha256, whole=True)
    report.files += 1
    report.bytes += size
    if found is None:
        report.flaws.append(Flaw("missing", sha256, size))
    elif (found.sha256, found.size) != (sha256, size):
        report.flaws.append(Flaw("changed", sha256, found.size))


def _orphans(office: Parts) -> Iterator[Kept]:
    old = office.clock.now() - ARRIVING
    each = (kept for kept in office.files.each() if kept.at < old)
    while some := list(islice(each, BATCH)):
        with office.database.reading() as session:
            asked = select(Blob.sha256).where(Blob.sha256.in_([kept.sha256 for kept in some if kept.settled]))
            named = set(session.scalars(asked))
        yield from (kept for kept in some if not kept.settled or kept.sha256 not in named)


def _still_orphan(office: Parts, kept: Kept) -> bool:
    """Asked once more at the last moment: the same content may just have been attached."""
    with office.database.reading() as session:
        return session.get(Blob, kept.sha256) is None
