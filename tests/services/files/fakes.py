"""A file store in memory, held to the same contract as the real one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from engine.errors import Invalid, NotFound
from services.files.store import Kept, Stored


class MemoryStore:
    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def put(self, chunks: Iterable[bytes], limit: int) -> Stored:
        content = b""
        for chunk in chunks:
            content += chunk
            if len(content) > limit:
                raise Invalid("file-too-large", limit=limit)
        sha256 = hashlib.sha256(content).hexdigest()
        self.contents[sha256] = content
        return Stored(sha256, len(content))

    def open(self, sha256: str) -> BinaryIO:
        if sha256 not in self.contents:
            raise NotFound("file-content-missing", sha256=sha256)
        return BytesIO(self.contents[sha256])

    def has(self, sha256: str) -> bool:
        return sha256 in self.contents

    def each(self) -> Iterator[Kept]:
        yield from (kept for sha256 in list(self.contents) if (kept := self.listed(sha256)) is not None)

    def listed(self, sha256: str) -> Kept | None:
        if sha256 not in self.contents:
            return None
        return Kept(sha256, len(self.contents[sha256]), datetime(2026, 11, 22, tzinfo=UTC))

    def drop(self, kept: Kept) -> bool:
        return self.contents.pop(kept.sha256, None) is not None

    def ping(self) -> None:
        return None
