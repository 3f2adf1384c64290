"""Disk full: the office refuses in words, can be read, and works again when there is room; on both databases (root)."""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.acceptance._server import Server, databases, environment, free_port
from tests.acceptance.restore_drill import PORTAL, an_address, chancery, marks
from webui.cli import DEMO_PASSWORD
from webui.demo.visitor import Page, Visitor

SIZE = 96  # megabytes
BITE = 300_000


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of a few megabytes; only an administrator of the machine may make one."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def on_it(url: str | None, disk: Path) -> Iterator[str | None]:
    """A database of the server whose tables lie on the small disk; its journal stays where there is room."""
    if url is None:
        yield None
        return
    place = disk / "tables"
    place.mkdir(mode=0o700)
    with contextlib.suppress(KeyError):
        owner = pwd.getpwnam("pgserver")
        os.chown(place, owner.pw_uid, owner.pw_gid)
    pool = create_engine(make_url(url), isolation_level="AUTOCOMMIT")
    with pool.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{place}'"))
        connection.execute(text("CREATE DATABASE small TABLESPACE small"))
    yield make_url(url).set(database="small").render_as_string(hide_password=False)
    with pool.connect() as connection:
        connection.execute(text("DROP DATABASE small WITH (FORCE)"))
        connection.execute(text("DROP TABLESPACE small"))
    pool.dispose()


@dataclass
class Customers:
    """Who files with a picture each; what was acknowledged, and how it was refused."""

    url: str
    filed: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    said: set[str] = field(default_factory=set)

    def file(self, number: int, *, picture: bool = True) -> bool:
        mark = f"drill-{number}"
        values = {"card.kind": "thanks", "card.text": f"Спасибо {mark} .", "card.store": "101", "card.consent": "given"}
        values |= {"card.demand": "none", "card.applicant.name": "Покупатель", "card.applicant.mail": "a@example.com"}
        form = Visitor(self.url, address=an_address()).get(PORTAL).form(PORTAL).set(**values, go="send")
        pairs = [(name, value) for name, several in form.fields.items() for value in several]
        sent = [("files.card.evidence", "picture.bin", os.urandom(BITE))] if picture else []
        answer = form.page.visitor.post(form.action, pairs, uploads=sent, strict=False)
        if answer.status == 200:
            self.filed.append(mark)
            return True
        self.refused[f"{answer.status} {answer.headers.get('x-error-code', '')}"] += 1
        self.said.add(_sentence(answer))
        return False


def _sentence(answer: Page) -> str:
    found = answer.tree.xpath("//main//p")
    return " ".join(found[0].text_content().split()) if found else answer.text()[:200]


def fill(disk: Path, leave: int) -> Path:
    """Something else on the disk takes all but *leave* bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        about = os.statvfs(disk)
        file.write(b"\0" * max(0, about.f_bavail * about.f_frsize - leave))
    return ballast


def reads(visitor: Visitor) -> list[int]:
    return [visitor.get(page, strict=False).status for page in ("/", "/inbox", "/cards", "/help/start")]


def show(name: str, disk: Path, url: str | None) -> bool:
    data, port = disk / "data", free_port()
    data.mkdir()
    server = Server(data, port, environment(data, port, url), ["--demo"]).start()
    try:
        clerk = Visitor(server.url)
        clerk.sign_in("clerk", DEMO_PASSWORD)
        customers = Customers(server.url)
        for number in range(5):
            customers.file(number)
        ballast = fill(disk, leave=3_000_000)
        for number in range(5, 60):
            customers.file(number)
        before, first = len(customers.filed), dict(customers.refused)
        fill(disk, leave=0)
        for number in range(60, 100):
            customers.file(number, picture=number < 65)
        pages = reads(clerk)
        ballast.unlink()
        after = sum(customers.file(number) for number in range(100, 105))
        pages += reads(clerk)
        kept = marks(url or f"sqlite:///{data / 'chancery.db'}")
        code, report = chancery(server.environment, "verify")
        code_scrub, scrubbed = chancery(server.environment, "scrub")
    finally:
        server.stop()
    lost = set(customers.filed) - kept
    orphans = [one for one in scrubbed["flaws"] if one["kind"] in ("missing", "changed")]
    clear = all(status.startswith("503") for status in customers.refused) and all(customers.said)
    print(f"{name}: {before} filed, then refused {first or dict(customers.refused)}, in all {dict(customers.refused)}")
    for said in sorted(customers.said):
        print(f"{name}:   «{said[:150]}»")
    print(
        f"{name}: reading meanwhile and after {pages}; of 5 filed once there was room {after} were taken;"
        f" of {len(customers.filed)} acknowledged {len(lost)} lost;"
        f" verify {'clean' if code == 0 else report['findings'][:4]}, {len(orphans)} files missing or changed"
    )
    right = customers.refused and clear and set(pages) == {200} and after == 5 and not lost and code == code_scrub == 0
    print(f"{name}: {'right' if right else 'WRONG'}")
    return bool(right)


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if os.geteuid() != 0:
        print("A small file system is made with mount: run this as root.")
        return 2
    verdicts = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            Path(folder).chmod(0o755)
            with small_disk(Path(folder) / "small") as disk, on_it(url, disk) as own:
                verdicts.append(show(name, disk, own))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
