"""
Where contents of files are kept, by their sha256. A content is stored before the transaction that names it commits, so a
crash leaves at most a content nobody names (`chancery scrub` finds those), never a name without content.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from engine.errors import Invalid, NotFound, OutsideError

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Stored:
    """A content in the store."""

    sha256: str
    size: int


class FileStore(Protocol):
    """Keeps contents; both implementations are held to `tests/services/files/test_stores.py`."""

    def put(self, chunks: Iterable[bytes], limit: int) -> Stored:
        """Keep a content as it streams in; Invalid("file-too-large") as soon as it passes *limit* bytes."""

    def open(self, sha256: str) -> BinaryIO:
        """The content; NotFound("file-content-missing")."""

    def has(self, sha256: str) -> bool: ...

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
