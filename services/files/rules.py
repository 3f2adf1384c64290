"""What a file is, by its first bytes; how its name is kept; whether an archive may be opened at all. Pure."""

from __future__ import annotations

import unicodedata
import zipfile
from typing import BinaryIO

from engine.errors import Invalid

LONGEST_NAME = 200
MAX_PARTS = 5000
MAX_UNPACKED = 500 * 1024 * 1024
MAX_RATIO = 200
HEAD = 4096
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
DOCX = _OFFICE["word/document.xml"]


def kept_name(given: str) -> str:
    """The name as data: the last part of a path, NFC. Raises Invalid for control characters and direction overrides."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2].strip()
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in _BIDI for char in name):
        raise Invalid("file-refused", {"file": ("file-name-characters", {})})
    if not name or name in {".", ".."}:
        raise Invalid("file-refused", {"file": ("file-name-empty", {})})
    if len(name) > LONGEST_NAME:
        raise Invalid("file-refused", {"file": ("file-name-long", {"most": LONGEST_NAME})})
    return name


def content_type(head: bytes, stream: BinaryIO, name: str) -> str:
    """Our own judgement: what was claimed is not asked. Raises Invalid for an archive that unpacks to too much."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive_type(stream)
    for magic, type_ in _MAGIC:
        if head.startswith(magic):
            return type_
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in {b"heic", b"heix", b"mif1"} else "video/mp4"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(
            head[8:12], "application/octet-stream"
        )
    return _text_type(head, name)


def _text_type(head: bytes, name: str) -> str:
    if b"\x00" in head:
        return "application/octet-stream"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "application/octet-stream"
    return "text/csv" if name.casefold().endswith(".csv") else "text/plain"  # HTML, SVG and scripts are text to us


def _archive_type(stream: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            _count(archive, names)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Invalid("file-refused", {"file": ("archive-unreadable", {})}) from error
    return next((type_ for part, type_ in _OFFICE.items() if part in names), "application/zip")


def _count(archive: zipfile.ZipFile, names: list[str]) -> None:
    """Sizes are counted while unpacking, never believed; an encrypted part cannot be counted and stays closed."""
    if len(names) > MAX_PARTS:
        raise Invalid("file-refused", {"file": ("archive-too-large", {"limit": MAX_UNPACKED})})
    total = 0
    for part in archive.infolist():
        if part.flag_bits & 1:
            continue
        size = 0
        with archive.open(part) as opened:
            while chunk := opened.read(1024 * 1024):
                size += len(chunk)
                if total + size > MAX_UNPACKED or (
                    size > 50 * 1024 * 1024 and size > MAX_RATIO * max(part.compress_size, 1)
                ):
                    raise Invalid("file-refused", {"file": ("archive-too-large", {"limit": MAX_UNPACKED})})
        total += size
