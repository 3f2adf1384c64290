"""W1 through HTTP: real servers of the product (sign-in, history, audit) of the bare floor and of plain SpiffWorkflow."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import Batch, Goals, Timed, clocked, counting, memory_of
from bench.product import Product
from tests.acceptance._server import CHANCERY, environment, free_port

ROOT = Path(__file__).resolve().parents[1]


class Client:
    """One program with one connection that is kept."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, sent, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


class FloorClient(Client):
    name = "bare Flask-SQLAlchemy"

    def start(self) -> Any:
        return self.ask("POST", "/instances", {})["instance"]

    def tasks(self, instance: Any) -> list[Any]:
        return [task["id"] for task in self.ask("GET", f"/instances/{instance}/tasks")]

    def complete(self, task: Any) -> None:
        self.ask("POST", f"/tasks/{task}", {"approved": True})


class StockClient(FloorClient):
    name = "plain SpiffWorkflow"


class ProductClient(Client):
    name = "chancery"

    def start(self) -> Any:
        return self.ask("POST", "/engine-rest/process-definition/key/approval/start", {"variables": {}})["id"]

    def tasks(self, instance: Any) -> list[Any]:
        return [task["id"] for task in self.ask("GET", f"/engine-rest/task?processInstanceId={instance}")]

    def complete(self, task: Any) -> None:
        approved = {"approved": {"value": True, "type": "Boolean"}}
        self.ask("POST", f"/engine-rest/task/{task}/complete", {"variables": approved})


@contextlib.contextmanager
def served(command: list[str], environ: dict[str, str], port: int, ready: str) -> Iterator[int]:
    """A server process until it answers; gives its id."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", ready)
                connection.getresponse()
                break
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def approvals(clients: list[Any], count: int, servers: list[int], postmaster: int | None) -> Batch:
    """So many instances a client, all clients at once; only starts and completions are timed and counted."""
    batch = Batch([])
    started: list[list[Any]] = [[] for _ in clients]
    seconds: list[list[float]] = [[] for _ in clients]

    def start(number: int) -> None:
        for _ in range(count):
            clocked(lambda: started[number].append(clients[number].start()), seconds[number])

    def complete(number: int, tasks: list[Any]) -> None:
        for task in tasks:
            clocked(lambda task=task: clients[number].complete(task), seconds[number])  # type: ignore[misc]

    with counting(batch, servers, postmaster):
        _all_at_once([lambda number=number: start(number) for number in range(len(clients))])  # type: ignore[misc]
    for _ in range(2):
        open_ones = [[client.tasks(each)[0] for each in own] for client, own in zip(clients, started, strict=True)]
        with counting(batch, servers, postmaster):
            acts = [lambda number=number, own=own: complete(number, own) for number, own in enumerate(open_ones)]  # type: ignore[misc]
            _all_at_once(acts)
    batch.seconds = [each / len(clients) for own in seconds for each in own]
    return batch


def _all_at_once(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def on(kind: str, url: str, floor_url: str, stock_url: str, postmaster: int | None, quick: bool, goals: Goals) -> None:
    product = Product(url)
    token = product.token()
    with contextlib.ExitStack() as stack:
        many = 2 if postmaster else 1  # SQLite is for one process
        ports = [(free_port(), free_port()) for _ in range(many)]
        servers: dict[str, list[int]] = {FloorClient.name: [], ProductClient.name: []}
        for ours, bare in ports:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chancery-bench-")))
            environ = environment(folder, ours, url)
            servers[ProductClient.name].append(
                stack.enter_context(served([*CHANCERY, "web"], environ, ours, "/healthz"))
            )
            floor = [sys.executable, "-m", "bench.floor", floor_url, str(bare)]
            servers[FloorClient.name].append(stack.enter_context(served(floor, dict(os.environ), bare, "/tasks")))
        for count in (1, 2):
            used = [ports[number % len(ports)] for number in range(count)]
            clients: dict[str, list[Any]] = {
                FloorClient.name: [FloorClient(bare) for _, bare in used],
                ProductClient.name: [ProductClient(ours, token) for ours, _ in used],
            }
            if count == 1:  # two at once would lock each other out on SQLite
                port = free_port()
                command = [sys.executable, "-m", "bench.stock", stock_url, str(port)]
                servers[StockClient.name] = [stack.enter_context(served(command, dict(os.environ), port, "/tasks"))]
                clients[StockClient.name] = [StockClient(port)]
            _measure(kind, clients, servers, postmaster, quick, goals)
        goals.most(f"{kind}: memory of a web process, MB", memory_of(servers[ProductClient.name][0]), 150)
    product.close()


def _measure(
    kind: str,
    clients: dict[str, list[Any]],
    servers: dict[str, list[int]],
    postmaster: int | None,
    quick: bool,
    goals: Goals,
) -> None:
    count = len(clients[FloorClient.name])
    timed = {name: Timed() for name in clients}
    for name, each in clients.items():
        approvals(each, 10, servers[name], postmaster)
    for _ in range(5 if quick else 9):
        for name, each in clients.items():
            timed[name].batches.append(approvals(each, 15 if quick else 40, servers[name], postmaster))
    bare, ours = timed[FloorClient.name], timed[ProductClient.name]
    print(f"  W1 through HTTP, {kind}, {count} client(s){'':<10} actions/s   p50 ms   CPU ms + database")
    for name, one in timed.items():
        print(
            f"    {name:<45} {one.rate:>8.0f} {one.p50 * count:>8.2f} {one.cpu:>8.2f} + {one.database:.2f}", flush=True
        )
    goals.least(f"{kind}, {count} client(s): rate to bare", ours.rate / bare.rate, 0.85, 1.2)
    goals.most(
        f"{kind}, {count} client(s): processor time to bare",
        (ours.cpu + ours.database) / (bare.cpu + bare.database),
        1.3,
        0.9,
    )
