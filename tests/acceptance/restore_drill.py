"""Restore drill: a backup under load, restored elsewhere, verified; nothing of the past is sent again; on both databases."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from tests.acceptance._server import CHANCERY, Server, databases, environment, free_port, postgres_client
from tests.services.mail.carriers import SmtpServer
from webui.demo.visitor import Visitor

PORTAL = "/p/appeals"
BUSY = 3


@dataclass
class Load:
    """Customers who file without pause; `filed`: what was acknowledged, and when."""

    url: str
    filed: list[tuple[str, datetime]] = field(default_factory=list)
    failed: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Load:
        self.threads = [threading.Thread(target=self._file, args=(number,), daemon=True) for number in range(BUSY)]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def _file(self, customer: int) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            mark = f"drill-{customer}-{number}"
            try:
                file_request(self.url, mark, "later" if number % 3 == 0 else "customer", files=number % 2 == 0)
            except Exception:  # the server is killed under us: what was not acknowledged is not counted
                self.failed += 1
                return
            self.filed.append((mark, datetime.now(UTC)))


def file_request(url: str, mark: str, who: str = "customer", *, files: bool = False) -> None:
    said = {"card.kind": "thanks", "card.text": f"Спасибо {mark} .", "card.store": "101", "card.consent": "given"}
    said |= {"card.demand": "none", "card.applicant.name": "Покупатель", "card.applicant.mail": f"{who}@example.com"}
    page = Visitor(url, address=an_address()).get(PORTAL)
    receipt = [("files.card.evidence", "receipt.txt", f"Чек {mark}".encode())] if files else []
    page.form(PORTAL).send(**said, go="on").form(PORTAL).send(uploads=receipt, go="send")


def an_address() -> str:
    """Where a customer comes from: everybody from another place, or the rate of one address would be over soon."""
    return f"127.{random.randint(1, 250)}.{random.randint(0, 250)}.{random.randint(1, 250)}"


def chancery(known: dict[str, str], *words: str) -> tuple[int, Any]:
    made = subprocess.run([*CHANCERY, *words, "--json"], env=known, capture_output=True, text=True, timeout=300)
    if not made.stdout.strip():
        print(made.stderr[-1500:])
    return made.returncode, json.loads(made.stdout or "null")


def marks(url: str) -> set[str]:
    """The requests a database holds."""
    pool = create_engine(make_url(url))
    with pool.connect() as connection:
        texts = [row[0] for row in connection.execute(text("SELECT data FROM card"))]
    pool.dispose()
    return {word for one in texts for word in one.split() if word.startswith("drill-")}


def empty_beside(url: str) -> str:
    """Another database on the same PostgreSQL."""
    pool = create_engine(make_url(url), isolation_level="AUTOCOMMIT")
    with pool.connect() as connection:
        connection.execute(text("CREATE DATABASE elsewhere"))
    pool.dispose()
    return make_url(url).set(database="elsewhere").render_as_string(hide_password=False)


def drill(name: str, url: str | None, folder: Path, seconds: float) -> bool:
    sink = SmtpServer()
    mail = {"CHANCERY_MAIL_URL": f"smtp://127.0.0.1:{sink.port}", "CHANCERY_MAIL_FROM": "Office <office@example.org>"}
    here, there = folder / "here", folder / "there"
    here.mkdir()
    port = free_port()
    server = Server(here, port, environment(here, port, url) | mail, ["--demo"]).start()
    load = Load(server.url).start()
    time.sleep(seconds)
    code, backup = chancery(server.environment, "backup", "--to", str(folder / "kept"))
    time.sleep(seconds / 2)
    died = datetime.now(UTC)
    server.kill()
    load.stop()
    taken = datetime.fromisoformat(backup["taken_at"])
    before = {mark for mark, at in load.filed if at <= taken}
    lost = [mark for mark, at in load.filed if at <= died and mark not in before]
    print(
        f"{name}: backup under {len(load.filed) / ((died - load.filed[0][1]).total_seconds() or 1):.0f} requests a second:"
        f" {backup['bytes']:,} bytes in {backup['seconds']} s, {backup['files']} files, exit code {code}"
    )
    sent_before = len(sink.sent)
    elsewhere = empty_beside(url) if url else None
    port = free_port()
    restored = Server(there, port, environment(there, port, elsewhere) | mail)
    code_back, back = chancery(restored.environment, "restore", backup["path"])
    known = marks(elsewhere or f"sqlite:///{there / 'chancery.db'}")
    missing = before - known
    print(
        f"{name}: restored elsewhere in {back['seconds']} s; of {len(before)} requests acknowledged before the backup"
        f" {len(missing)} are missing; the machine died {(died - taken).total_seconds():.1f} s later: so many seconds"
        f" and {len([mark for mark in lost if mark not in known])} requests are lost"
    )
    code_verify, report = chancery(restored.environment, "verify")
    restored.start()
    file_request(restored.url, "drill-after")
    time.sleep(12)  # the retry of what was waiting would have come by now
    restored.stop()
    again = len(sink.sent) - sent_before
    print(
        f"{name}: verify {'clean' if code_verify == 0 else report['findings'][:5]}, {back['held']} messages of before held,"
        f" sent since the restore: {again}"
    )
    sink.close()
    right = (code, code_back, code_verify, again) == (0, 0, 0, 0) and not missing and bool(before) and back["held"] > 0
    print(f"{name}: {'right' if right else 'WRONG'}")
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    seconds = parser.parse_args().seconds
    os.environ["PATH"] = f"{postgres_client()}{os.pathsep}{os.environ['PATH']}"
    verdicts = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(drill(name, url, Path(folder), seconds))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
