"""
A backup as one file: a plain tar with the database, the contents of files by their sha256, the secret key, the audit's
anchors and, last, a manifest. An archive without its manifest was cut off; one with any other member is none of ours.

Whoever reads one trusts nothing in it: names are matched, never followed; links, devices and second copies are refused;
every size and hash is compared with the manifest, and the manifest with its MAC under the installation's key.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import Invalid
from services.secrets import Secrets

FORMAT = 1
MANIFEST, KEY, ANCHORS = "manifest.json", "secret.key", "audit-anchors.txt"
DATABASES = {"sqlite": "database.sqlite.gz", "postgresql": "database.dump"}
CHUNK = 1024 * 1024
_FILE = re.compile(r"files/([0-9a-f]{64})")
_LARGEST_MANIFEST = 64 * 1024
_SMALL = {KEY: 4096, ANCHORS: 64 * 1024 * 1024, MANIFEST: _LARGEST_MANIFEST}
_PURPOSE = "backup-manifest"


@dataclass(frozen=True)
class Manifest:
    """
    What a backup holds. `taken_at` (ISO): everything committed before it is in; `files_digest`: sha256 over the sorted names
    of the files; `key`: how the secret key can be recognised, `with_key`: whether it is in the archive.
    """

    format: int
    made_by: str
    taken_at: str
    database: str
    revision: str
    database_bytes: int
    database_sha256: str
    database_raw_bytes: int
    files: int
    files_bytes: int
    files_digest: str
    audit_head: str
    key: str
    with_key: bool
    anchors_sha256: str = ""


class Writer:
    """Writes an archive beside its name and lets it take the name only when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._file: BinaryIO | None = None
        self._tar: tarfile.TarFile | None = None

    def __enter__(self) -> Writer:
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        assert self._file is not None and self._tar is not None  # noqa: S101 - entered before
        try:
            if kind is None:
                self._tar.close()
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
            if kind is not None:
                self._part.unlink(missing_ok=True)
        if kind is None:
            self._part.replace(self.path)
            _sync(self.path.parent)

    def add(self, name: str, content: BinaryIO, size: int) -> None:
        """A member of exactly *size* bytes."""
        assert self._tar is not None  # noqa: S101 - entered before
        about = tarfile.TarInfo(name)
        about.size, about.mode = size, 0o600
        self._tar.addfile(about, content)

    def finish(self, manifest: Manifest, secrets: Secrets) -> None:
        """The last member."""
        said = _text(asdict(manifest))
        whole = json.dumps({"manifest": said, "mac": secrets.mac(_PURPOSE, said)}).encode()
        self.add(MANIFEST, io.BytesIO(whole), len(whole))


@dataclass(frozen=True)
class Member:
    """A member of an archive that may be ours."""

    name: str
    size: int
    sha256: str | None  # of a file: its name


class Reader:
    """Reads an archive; everything it raises is Invalid("backup-refused") with why, or an OSError of the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> Manifest:
        """The manifest, as it claims to be: nothing is proven yet (`authentic`, `checked`)."""
        return self._manifest()[0]

    def small(self, name: str) -> bytes:
        """A small member; empty when there is none."""
        for member, content in self.members():
            if member.name == name:
                return content.read()
        return b""

    def authentic(self, secrets: Secrets) -> bool:
        """Whether the manifest was written under this installation's key."""
        _, said, mac = self._manifest()
        return secrets.agrees(_PURPOSE, said, mac)

    def members(self) -> Iterator[tuple[Member, BinaryIO]]:
        """Every member in its order; refuses what no backup holds."""
        seen: set[str] = set()
        try:
            with tarfile.open(self.path, "r:") as tar:
                while (found := tar.next()) is not None:
                    tar.members = []  # type: ignore[attr-defined] # it would keep all of them
                    member = _ours(found)
                    if member.sha256 is None:
                        if member.name in seen:
                            raise _refused("backup-member-twice", name=member.name)
                        seen.add(member.name)
                    content = tar.extractfile(found)
                    assert content is not None  # noqa: S101 - it is a plain file
                    yield member, content  # type: ignore[misc]
        except tarfile.TarError as error:
            raise _refused("backup-cut-off") from error

    def checked(self, manifest: Manifest, watch: Callable[[str, int, int], None]) -> None:
        """Read everything once and compare it with the manifest; nothing is written anywhere."""
        names, count, size, read = hashlib.sha256(), 0, 0, 0
        total = manifest.files_bytes + manifest.database_bytes
        found: dict[str, str] = {}
        previous = ""
        for member, content in self.members():
            if member.sha256 is not None:
                if member.sha256 <= previous:
                    raise _refused("backup-member-twice", name=member.name)
                previous = member.sha256
                names.update(member.sha256.encode())
                count, size = count + 1, size + member.size
            digest = _digest(content, member)
            read += member.size
            watch("checking", min(read, total), total)
            if member.sha256 not in (None, digest):
                raise _refused("backup-changed", name=member.name)
            found[member.name if member.sha256 is None else ""] = digest
        database = DATABASES.get(manifest.database, "")
        if found.get(database) != manifest.database_sha256:
            raise _refused("backup-changed", name=database)
        if (count, size, names.hexdigest()) != (manifest.files, manifest.files_bytes, manifest.files_digest):
            raise _refused("backup-files-differ", files=manifest.files, found=count)
        if found.get(ANCHORS, "") != manifest.anchors_sha256 or (KEY in found) != manifest.with_key:
            raise _refused("backup-changed", name=ANCHORS if KEY in found else KEY)

    def _manifest(self) -> tuple[Manifest, str, str]:
        last: tuple[str, bytes] = ("", b"")
        for member, content in self.members():
            last = (member.name, content.read() if member.name == MANIFEST else b"")
        if last[0] != MANIFEST:
            raise _refused("backup-cut-off")
        try:
            signed = json.loads(last[1])
            told = json.loads(signed["manifest"])
            if int(told["format"]) > FORMAT:
                raise _refused("backup-newer", format=int(told["format"]))
            known = {one.name for one in fields(Manifest)}
            made = Manifest(**{name: value for name, value in told.items() if name in known})
            _well_formed(made)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused("backup-unreadable") from error
        return made, str(signed["manifest"]), str(signed["mac"])


def _well_formed(made: Manifest) -> None:
    kinds: dict[str, type] = {"int": int, "bool": bool}
    for one in fields(Manifest):
        value = getattr(made, one.name)
        if type(value) is not kinds.get(str(one.type), str) or (type(value) is int and value < 0):
            raise TypeError(one.name)
    if made.database not in DATABASES:
        raise ValueError(made.database)


def _ours(found: tarfile.TarInfo) -> Member:
    file = _FILE.fullmatch(found.name)
    if file is None and found.name not in {MANIFEST, KEY, ANCHORS, *DATABASES.values()}:
        raise _refused("backup-member-foreign", name=found.name[:100])
    if found.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or found.issparse() or found.size < 0:
        raise _refused("backup-member-foreign", name=found.name[:100])
    if found.size > _SMALL.get(found.name, found.size):
        raise _refused("backup-member-foreign", name=found.name[:100])
    return Member(found.name, found.size, file.group(1) if file else None)


def _digest(content: BinaryIO, member: Member) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    if size != member.size:
        raise _refused("backup-cut-off")
    return digest.hexdigest()


def _refused(problem: str, **params: Any) -> Invalid:
    return Invalid("backup-refused", {"archive": (problem, params)})


def _text(said: dict[str, object]) -> str:
    return json.dumps(said, sort_keys=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
