"""Outside workers: two processes fetch 500 tasks over HTTP, one is killed in the middle; each task is done exactly once."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine.store.models import ExternalTask, HistoryStep, Incident, Instance
from engine.store.unit_of_work import Database
from tests.acceptance._server import CHANCERY, Server, databases, running
from tests.engine.drawing import drawing, end, path, service, start

TASKS = 500
LOCK_MS = 3000
PRINTING = drawing("printing", start(), service("print", "print"), end(), path("begun", "print", "ended"))


class Client:
    """A program with a token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url + "/engine-rest", token

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if body is not None else {})
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, json.dumps(body).encode())


def work(url: str, token: str, name: str) -> None:
    """A worker: says on its standard output what it was told is done."""
    client = Client(url, token)
    topic = {"topicName": "print", "lockDuration": LOCK_MS}
    fetch = {"workerId": name, "maxTasks": 5, "asyncResponseTimeout": 5000, "topics": [topic]}
    while True:
        for task in client.post("/external-task/fetchAndLock", fetch):
            body = {"workerId": name, "variables": {"by": {"value": name}}}
            with contextlib.suppress(urllib.error.HTTPError):  # somebody else has it by now
                client.post(f"/external-task/{task['id']}/complete", body)
                print(task["processInstanceId"], flush=True)


def token_of(server: Server, login: str) -> str:
    made = subprocess.run(
        [*CHANCERY, "user", "add", login, login.title(), "--machine", "--admin"],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip().splitlines()[-1]


def deploy(client: Client) -> None:
    edge = "edge-of-the-form"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="data"; filename="printing.bpmn"\r\n\r\n'.encode()
    body = head + PRINTING + f"\r\n--{edge}--\r\n".encode()
    client.ask("POST", "/deployment/create", body, f"multipart/form-data; boundary={edge}")


def worker(server: Server, token: str, name: str, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.acceptance.external_tasks", "--work", server.url, token, name]
    return subprocess.Popen(command, stdout=log.open("ab"), env=server.environment)


def told(log: Path) -> list[str]:
    return log.read_text("utf-8").split() if log.exists() else []


def play(server: Server, name: str, url: str | None) -> bool:
    token = token_of(server, "till")
    client = Client(server.url, token)
    deploy(client)
    began = time.monotonic()
    for number in range(TASKS):
        client.post("/process-definition/key/printing/start", {"businessKey": f"P-{number}"})
    started = time.monotonic() - began
    logs = {one: server.data / f"{one}.log" for one in ("first", "second")}
    workers = {one: worker(server, token, one, log) for one, log in logs.items()}
    began = time.monotonic()
    try:
        while len(told(logs["first"])) < TASKS // 5 and time.monotonic() - began < 300:
            time.sleep(0.01)
        os.kill(workers["first"].pid, signal.SIGKILL)
        killed_after = sum(len(told(log)) for log in logs.values())
        while client.ask("GET", "/external-task/count")["count"] and time.monotonic() - began < 300:
            time.sleep(0.1)
        lasted = time.monotonic() - began
    finally:
        for one in workers.values():
            one.kill()
            one.wait()
    return judge(name, url or f"sqlite:///{server.data / 'chancery.db'}", logs, killed_after, (started, lasted))


def judge(name: str, url: str, logs: dict[str, Path], killed_after: int, took: tuple[float, float]) -> bool:
    database = Database(url)
    with database.reading() as session:
        left = select(HistoryStep.instance_id, func.count()).where(
            HistoryStep.element == "print", HistoryStep.what == "left"
        )
        times = Counter(count for _, count in session.execute(left.group_by(HistoryStep.instance_id)))
        completed = session.scalar(select(func.count()).select_from(Instance).where(Instance.state == "completed"))
        waiting = session.scalar(select(func.count()).select_from(ExternalTask))
        incidents = session.scalar(select(func.count()).select_from(Incident))
    database.close()
    acknowledged = [ref for log in logs.values() for ref in told(log)]
    twice = len(acknowledged) - len(set(acknowledged))
    first, second = (len(told(logs[one])) for one in ("first", "second"))
    print(
        f"{name}: {TASKS} tasks, {completed} done, {times[1]} exactly once, {waiting} left, {incidents} incidents; "
        f"told as done {len(acknowledged)} ({first} + {second}), told twice {twice}; a worker killed after {killed_after}; "
        f"started in {took[0]:.1f} s, done in {took[1]:.1f} s"
    )
    good = completed == times[1] == TASKS and not (waiting or incidents or twice or len(times) - 1)
    return good and 0 < first < TASKS and second > 0 and killed_after < TASKS


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--work", nargs=3, metavar=("URL", "TOKEN", "NAME"), help="be a worker")
    given = asked.parse_args()
    if given.work:
        work(*given.work)
        return 0
    passed = True
    for name, url in databases():
        with running(database=url, demo=False) as server:
            passed = play(server, name, url) and passed
    print("as promised" if passed else "FALLS SHORT")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
