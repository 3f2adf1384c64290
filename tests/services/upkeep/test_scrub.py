"""`chancery scrub`: what is missing, changed, orphaned or never arrived is named; nothing is deleted unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.bootstrap import Office
from services.files.attach_file import receive_file
from services.files.models import Blob
from services.upkeep.scrub import scrub


@pytest.fixture
def kept(office: Office) -> dict[str, Path]:
    """Four contents: three that rows name, one that none does, and one that never arrived; all of them old."""
    found: dict[str, Path] = {}
    for name in ("whole", "changed", "missing", "orphan"):
        stored = receive_file(office, f"{name}.txt", [name.encode()])
        found[name] = folder(office) / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
        if name != "orphan":
            with office.database.unit_of_work() as work:
                work.session.add(Blob(sha256=stored.sha256, size=stored.size, stored_at=office.clock.now()))
    found["unfinished"] = folder(office) / "incoming" / "0123"
    found["unfinished"].write_bytes(b"half")
    for path in found.values():
        os.utime(path, (1, 1))
    found["changed"].chmod(0o600)
    found["changed"].write_bytes(b"Changed")
    found["missing"].unlink()
    return found


def folder(office: Office) -> Path:
    return office.settings.data_dir / "files"


def flaws(office: Office, **how: bool) -> set[tuple[str, str]]:
    return {(flaw.kind, Path(flaw.name).name) for flaw in scrub(office, **how).flaws}


def test_everything_wrong_is_named_and_nothing_is_deleted(office: Office, kept: dict[str, Path]) -> None:
    expected = {(kind, kept[kind].name) for kind in ("changed", "missing", "orphan", "unfinished")}
    assert flaws(office) == expected
    assert not scrub(office).clean
    assert kept["orphan"].exists() and kept["unfinished"].exists()


def test_orphans_are_deleted_when_asked_for_and_only_old_ones(office: Office, kept: dict[str, Path]) -> None:
    receive_file(office, "just-now.txt", [b"an upload under way"])
    assert scrub(office, delete_orphans=True).deleted == 2
    assert not kept["orphan"].exists() and not kept["unfinished"].exists() and kept["whole"].exists()
    assert {kind for kind, _ in flaws(office)} == {"changed", "missing"}
