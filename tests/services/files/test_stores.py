"""One contract for every file store; what files may come in."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from engine.errors import Invalid, NotFound
from services.files.rules import DOCX, content_type, kept_name
from services.files.store import FileStore, FolderStore, Stored, measured
from tests.services.files.fakes import MemoryStore


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return FolderStore(tmp_path / "files") if request.param == "folder" else MemoryStore()


def test_what_was_put_comes_back_and_twice_is_once(store: FileStore) -> None:
    first, again = store.put([b"ab", b"c"], 10), store.put([b"abc"], 10)
    assert first == again
    assert (first.sha256[:8], first.size) == ("ba7816bf", 3)
    with store.open(first.sha256) as content:
        assert content.read() == b"abc"
    assert store.has(first.sha256)
    store.ping()


def test_every_content_is_listed_and_dropped_once(store: FileStore) -> None:
    kept = {store.put([content], 10).sha256 for content in (b"a", b"b")}
    listed = list(store.each())
    assert {one.sha256 for one in listed if one.settled} == kept
    assert store.listed(listed[0].sha256) == listed[0] and store.listed("0" * 64) is None
    assert [store.drop(listed[0]), store.drop(listed[0])] == [True, False]
    assert not store.has(listed[0].sha256)
    assert {measured(store, one, whole=True) for one in kept} == {None, Stored(listed[1].sha256, 1)}


def test_what_came_anew_after_it_was_listed_is_not_dropped(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put([b"a"], 10)
    (listed,) = store.each()
    os.utime(tmp_path / listed.sha256[:2] / listed.sha256[2:4] / listed.sha256, (1, 1))
    assert not store.drop(listed)


def test_too_much_is_refused_while_it_streams(store: FileStore) -> None:
    taken = []

    def endless():  # type: ignore[no-untyped-def]
        while True:
            taken.append(1)
            yield b"x" * 10

    with pytest.raises(Invalid, match="file-too-large"):
        store.put(endless(), 35)
    assert len(taken) == 4


def test_what_is_not_there_is_missing(store: FileStore) -> None:
    for sha256 in ("0" * 64, "../../etc/passwd", ""):
        with pytest.raises(NotFound, match="file-content-missing"):
            store.open(sha256)


def test_a_refused_content_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with pytest.raises(Invalid):
        store.put([b"x" * 100], 10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["a\nb.txt", "a\x00.txt", "\u202egnp.exe", "..", "/", "", "x" * 201])
def test_strange_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="file-refused"):
        kept_name(name)


def test_a_name_loses_its_folders_and_keeps_its_letters() -> None:
    assert kept_name("C:\\Docs\\жалоба №1 «чек».pdf") == "жалоба №1 «чек».pdf"
    assert kept_name("../../etc/passwd") == "passwd"


def judged(content: bytes, name: str = "file") -> str:
    return content_type(content[:4096], io.BytesIO(content), name)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def test_the_type_is_our_own_judgement() -> None:
    assert judged(b"%PDF-1.4", "x.png") == "application/pdf"
    assert judged(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert judged(b"<html><script>", "x.html") == "text/plain"
    assert judged(b"<svg onload='x()'/>", "x.svg") == "text/plain"
    assert judged("привет".encode()) == "text/plain"
    assert judged(b"a;b", "x.csv") == "text/csv"
    assert judged(b"MZ\x00\x90") == "application/octet-stream"
    assert judged(zipped(word__document_xml=b"<w/>")) == DOCX
    assert judged(zipped(readme=b"x")) == "application/zip"


def test_a_bomb_and_a_broken_archive_are_refused() -> None:
    with pytest.raises(Invalid) as error:
        judged(zipped(word__document_xml=b"0" * (60 * 1024 * 1024)))
    assert error.value.fields["file"][0] == "archive-too-large"
    with pytest.raises(Invalid) as error:
        judged(b"PK\x03\x04broken")
    assert error.value.fields["file"][0] == "archive-unreadable"
