"""Whether a DOCX may be opened at all: counts what it unpacks to before anything parses it."""

from __future__ import annotations

import zipfile
from io import BytesIO

from engine.errors import Invalid

MAX_PARTS = 2000
MAX_PART = 50 * 1024 * 1024
MAX_TOTAL = 100 * 1024 * 1024
_CHUNK = 1024 * 1024


def check_archive(content: bytes) -> None:
    """Refuse what is no DOCX, and a zip bomb: sizes are counted while unpacking, never believed."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _count(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Invalid("docx-unreadable") from error


def _count(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if "word/document.xml" not in names or "[Content_Types].xml" not in names:
        raise Invalid("docx-unreadable")
    if len(names) > MAX_PARTS:
        raise Invalid("docx-too-large", limit=MAX_PARTS)
    total = 0
    for name in names:
        size = _unpacked(archive, name)
        total += size
        if size > MAX_PART or total > MAX_TOTAL:
            raise Invalid("docx-too-large", limit=MAX_TOTAL)


def _unpacked(archive: zipfile.ZipFile, name: str) -> int:
    size = 0
    with archive.open(name) as part:
        while size <= MAX_PART and (chunk := part.read(_CHUNK)):
            size += len(chunk)
    return size
