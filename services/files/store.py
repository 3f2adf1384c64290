"""
Where contents of files are kept, by their sha256. A content is stored before the transaction that names it commits, so a
crash leaves at most a content nobody names (`chancery scrub` finds those), never a name without content.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from engine.errors import Invalid, NotFound, OutsideError

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Stored:
    """A content in the store."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Kept:
    """A content as the store lists it; `sha256` is its name, or for one that never settled, the name of what was coming."""

    sha256: str
    size: int
    at: datetime
    settled: bool = True


class FileStore(Protocol):
    """Keeps contents; both implementations are held to `tests/services/files/test_stores.py`."""

    def put(self, chunks: Iterable[bytes], limit: int) -> Stored:
        """Keep a content as it streams in; Invalid("file-too-large") as soon as it passes *limit* bytes."""

    def open(self, sha256: str) -> BinaryIO:
        """The content; NotFound("file-content-missing")."""

    def has(self, sha256: str) -> bool: ...

    def each(self) -> Iterator[Kept]:
        """Every content, in no order, and what was left over of those that never arrived."""

    def listed(self, sha256: str) -> Kept | None:
        """One content as `each` would list it; None when it is not there."""

    def drop(self, kept: Kept) -> bool:
        """Delete what is still as it was listed; False when it came anew meanwhile or is gone."""

    def ping(self) -> None:
        """Raises OutsideError when nothing can be stored."""


class FolderStore:
    """A folder: `ab/cd/<sha256>`, written beside, flushed to the disk and renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, chunks: Iterable[bytes], limit: int) -> Stored:
        coming = self._incoming / secrets.token_hex(16)
        try:
            with coming.open("xb") as file:
                stored = _copy(chunks, file, limit)
                file.flush()
                os.fsync(file.fileno())
            self._settle(coming, self._path(stored.sha256))
        except OSError as error:
            raise OutsideError("file-store-full", reason=error.strerror or type(error).__name__) from error
        finally:
            coming.unlink(missing_ok=True)
        return stored

    def _settle(self, coming: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        coming.replace(place)
        place.chmod(0o440)
        for folder in (place.parent, place.parent.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound("file-content-missing", sha256=sha256) from None

    def has(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def each(self) -> Iterator[Kept]:
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):  # it settled meanwhile
                    about = path.stat()
                    settled = _NAME.fullmatch(name) is not None and path == self._path(name)
                    yield Kept(
                        name if settled else str(path.relative_to(self._folder)),
                        about.st_size,
                        datetime.fromtimestamp(about.st_mtime, UTC),
                        settled,
                    )

    def listed(self, sha256: str) -> Kept | None:
        with contextlib.suppress(FileNotFoundError):
            about = self._path(sha256).stat()
            return Kept(sha256, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC), True)
        return None

    def drop(self, kept: Kept) -> bool:
        path = self._path(kept.sha256) if kept.settled else self._folder / kept.sha256
        with contextlib.suppress(FileNotFoundError):
            about = path.lstat()
            if (about.st_size, datetime.fromtimestamp(about.st_mtime, UTC)) == (kept.size, kept.at):
                path.unlink()
                return True
        return False

    def ping(self) -> None:
        probe = self._incoming / f"ping-{secrets.token_hex(8)}"
        try:
            probe.write_bytes(b"ping")
        except OSError as error:
            raise OutsideError("file-store-full", reason=error.strerror or type(error).__name__) from error
        finally:
            probe.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(char in "0123456789abcdef" for char in sha256):
            raise NotFound("file-content-missing", sha256=sha256[:80])
        return self._folder / sha256[:2] / sha256[2:4] / sha256


_NAME = re.compile(r"[0-9a-f]{64}")


def measured(store: FileStore, sha256: str, *, whole: bool) -> Stored | None:
    """A content as it is: hashed when *whole*, else only its size; None when it went away meanwhile."""
    digest, size = hashlib.sha256(), 0
    try:
        with store.open(sha256) as stream:
            if not whole:
                return Stored(sha256, stream.seek(0, os.SEEK_END))
            for chunk in chunks_of(stream):
                digest.update(chunk)
                size += len(chunk)
    except NotFound:
        return None
    return Stored(digest.hexdigest(), size)


def _copy(chunks: Iterable[bytes], file: BinaryIO, limit: int) -> Stored:
    whole, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Invalid("file-too-large", limit=limit)
        whole.update(chunk)
        file.write(chunk)
    return Stored(whole.hexdigest(), size)


def chunks_of(stream: BinaryIO) -> Iterable[bytes]:
    """A stream in pieces small enough to count."""
    while chunk := stream.read(CHUNK):
        yield chunk
