"""Replay: what an outside client read of 200 instances at 20 moments each is rebuilt from their history."""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete, func, select

from engine.store.models import HistoryImage
from engine.store.unit_of_work import Database
from tests.acceptance._server import Server, databases, environment, free_port
from tests.acceptance.files_only import chancery, signed_in
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from webui.demo.visitor import Visitor

SOAK = True
SLUG = "replays"
CLIENTS, ROUND = 3, 12
"""Clients at the same time, and instances a client has in its hands."""
OFTEN = 420
"""Changes of an instance that leaves periodic images: one is kept every 200 revisions."""

POLL = (
    '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person">'
    '<completionCondition xsi:type="tFormalExpression">${stop}</completionCondition></multiInstanceLoopCharacteristics>'
)
INSIDE = start("in") + task("draft", candidateGroups="player") + end("out") + path("in", "draft", "out")
ROAD = drawing(
    SLUG,
    start(),
    task("prepare", candidateGroups="player"),
    '<parallelGateway id="fork"/><parallelGateway id="join"/>',
    task("ask", POLL, candidateGroups="player"),
    f'<subProcess id="part">{INSIDE}</subProcess>',
    '<boundaryEvent id="late" attachedToRef="part" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>PT2S</timeDuration></timerEventDefinition></boundaryEvent>",
    end("told"),
    '<receiveTask id="letter" messageRef="m"/>',
    service("work", "replay-work"),
    '<intermediateCatchEvent id="rest"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>'
    "</intermediateCatchEvent>",
    '<scriptTask id="count" scriptFormat="feel" camunda:resultVariable="counted" camunda:asyncBefore="true">'
    "<script>counted + 1</script></scriptTask>",
    '<exclusiveGateway id="again" default="again_to_ended"/>',
    end(),
    path("begun", "prepare", "fork", "ask", "join"),
    path("fork", "part", "join"),
    path("fork", "letter", "work", "rest", "count", "join"),
    path("join", "again"),
    path("late", "told"),
    flow("again", "prepare", "${rounds > 0}"),
    flow("again", "ended"),
    also='<message id="m" name="letter"/>',
)
DOINGS = {"task", "letter", "work", "write", "delete", "save", "move", "sleep", "fail"}
GUARD, PERSONS = "late", ("prepare", "ask", "draft")
"""Armed boundary events are no place where somebody stands; people's steps are told by the task list too."""
CARD = """
type = "replay"
title = "card.replay.title"
caption = "{about}"
process = "replays"

[[tab]]
id = "main"
groups = ["main"]

[[group]]
id = "main"
fields = ["about", "turn"]

[[field]]
key = "about"
type = "text"
max = 100
required = true

[[field]]
key = "turn"
type = "number"
decimals = 0

[[state]]
id = "open"
category = "active"

[[access]]
who = "role:player"
may = ["see", "edit"]
"""
SOLUTION = """
slug = "replays"
title = "solution.title"
version = "1.0"
main_process = "replays"
languages = ["en"]

[roles]
player = { may = ["create:replay"] }
"""
TEXTS = """
[solution]
title = "Replays"

[role]
player = "Player"

[card.replay]
title = "Replay"
tab.main = "Main"
group.main = "Main"
field.about = "About"
field.turn = "Turn"
state.open = "Open"
client.open = "Open"

[task.prepare]
name = "Prepare"
outcome.done = "Done"

[task.ask]
name = "Ask"
outcome.done = "Done"

[task.draft]
name = "Draft"
outcome.done = "Done"
"""


def form_of(id: str) -> str:
    inputs = [{"id": f"{id}_turn", "type": "number", "key": "card.turn"}]
    return json.dumps({"type": "default", "id": id, "schemaVersion": 18, "components": inputs})


@dataclass
class Reading:
    """What the client read of an instance at `moment`; `over` when it had ended."""

    case: str
    moment: datetime
    tokens: frozenset[tuple[str, str]]
    tasks: tuple[tuple[str, int], ...]
    variables: dict[str, Any]
    card: int
    over: bool = False

    def same(self, other: Reading) -> bool:
        return replace(self, moment=other.moment) == other


@dataclass
class Program:
    """A client of `/engine-rest` with its token."""

    url: str
    token: str
    asked: Counter[str] = field(default_factory=Counter)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{self.url}/engine-rest{path}", data, headers, method=method)
        self.asked[method] += 1
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def read(self, case: str) -> Reading:
        """Tokens, tasks, variables and the card's revision; the moment is after the last of them."""
        address = f"/process-instance/{case}"
        card = self.ask("GET", f"{address}/card")["revision"]
        try:
            tree = self.ask("GET", f"{address}/activity-instances")["childActivityInstances"]
            variables = self.ask("GET", f"{address}/variables")
        except urllib.error.HTTPError as gone:
            if gone.code != 404:
                raise
            return Reading(case, datetime.now(UTC), frozenset(), (), {}, card, over=True)
        tokens = frozenset((one["id"].rpartition(":")[2], one["activityId"]) for one in tree)
        tasks = Counter(one["taskDefinitionKey"] for one in self.ask("GET", f"/task?processInstanceId={case}"))
        return Reading(case, datetime.now(UTC), tokens, tuple(sorted(tasks.items())), variables, card)

    def then(self, seen: Reading) -> Any:
        """What the history says of that moment."""
        at = quote(seen.moment.isoformat())
        return self.ask("GET", f"/history/process-instance/{seen.case}/as-of?at={at}")


@dataclass
class Case:
    """An instance in a client's hands; `left` are the moments still wanted of it."""

    ref: str
    card: str
    left: int


@dataclass
class Client:
    """Drives instances at random over HTTP and keeps its own journal of what it read meanwhile."""

    program: Program
    person: Visitor
    chance: random.Random
    journal: list[Reading] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    moved_on: int = 0

    def play(self, cases: list[Case], often: frozenset[str]) -> None:
        for first in range(0, len(cases), ROUND):
            hands = cases[first : first + ROUND]
            for case in hands:
                values = {"people": {"value": json.dumps(list(range(self._people()))), "type": "Json"}}
                values |= {name: {"value": 0} for name in ("counted", "written")}
                values |= {"stop": {"value": False}, "rounds": {"value": 1}}
                self._post(f"/process-instance/{case.ref}/variables", {"modifications": values})
                for number in range(OFTEN if case.ref in often else 0):
                    self._write(case, number)
            while alive := [case for case in hands if case.left]:
                for case in alive:
                    for _ in range(self.chance.randint(0, 4)):
                        self._do(case)
                    if case.left == 1 and self.chance.random() < 0.25:
                        self.program.ask("DELETE", f"/process-instance/{case.ref}?failIfNotExists=false")
                self._read(alive)

    def _people(self) -> int:
        """Narrow and wide: children of a wide multi-instance sleep in rows of their own."""
        return self.chance.choice([2, 3, 3, 20])

    def _read(self, cases: list[Case]) -> None:
        """
        Everything is read twice, all the others between: what was the same both times was so at the moment after the first
        reading, whatever jobs and timers did meanwhile; what was not is no moment of ours. The pause is for a step whose
        transaction was open at that moment: it counts from its beginning, and is seen when it has ended.
        """
        first = [self.program.read(case.ref) for case in cases]
        time.sleep(0.3)
        for case, seen in zip(cases, first, strict=True):
            if not seen.same(self.program.read(case.ref)):
                self.moved_on += 1
                continue
            self.journal.append(seen)
            case.left = 0 if seen.over else case.left - 1

    def _do(self, case: Case) -> None:
        what = self.chance.choice(["task"] * 6 + sorted(DOINGS - {"task"}))
        with contextlib.suppress(urllib.error.HTTPError):  # refused: the instance does not stand there any more
            self.did[what] += getattr(self, f"_{what}")(case)

    def _task(self, case: Case) -> bool:
        open_tasks = self.program.ask("GET", f"/task?processInstanceId={case.ref}")
        if not open_tasks:
            return False
        one = self.chance.choice(open_tasks)
        last = case.left <= 1
        changes: dict[str, Any] = {
            "stop": last or self.chance.random() < 0.2,
            "rounds": self.chance.randint(0, 1) if last else 1,
        }
        modifications = {name: {"value": value} for name, value in changes.items()}
        self._post(f"/process-instance/{case.ref}/variables", {"modifications": modifications})
        values = {"card.turn": {"value": self.chance.randrange(1000)}}
        self._post(f"/task/{one['id']}/complete", {"variables": values})
        return True

    def _letter(self, case: Case) -> bool:
        body = {"messageName": "letter", "processInstanceId": case.ref}
        self._post("/message", body | {"processVariables": {"mark": {"value": self.chance.random() < 0.5}}})
        return True

    def _fetched(self, case: Case) -> str | None:
        found = self.program.ask("GET", f"/external-task?processInstanceId={case.ref}")
        if not found:
            return None
        id: str = found[0]["id"]
        self._post(f"/external-task/{id}/lock", {"workerId": "replay", "lockDuration": 60_000})
        return id

    def _work(self, case: Case) -> bool:
        id = self._fetched(case)
        if id is not None:
            answer = {"workerId": "replay", "variables": {"worked": {"value": self.chance.randrange(100)}}}
            self._post(f"/external-task/{id}/complete", answer)
        return id is not None

    def _fail(self, case: Case) -> bool:
        """An incident, tried again at once in half the cases."""
        id = self._fetched(case)
        if id is not None:
            self._post(f"/external-task/{id}/failure", {"workerId": "replay", "errorMessage": "no", "retries": 0})
            if self.chance.random() < 0.5:
                self.program.ask("PUT", f"/external-task/{id}/retries", {"retries": 1})
        return id is not None

    def _write(self, case: Case, number: int | None = None) -> bool:
        value = self.chance.randrange(1_000_000) if number is None else number
        self.program.ask("PUT", f"/process-instance/{case.ref}/variables/written", {"value": value})
        return True

    def _delete(self, case: Case) -> bool:
        self.program.ask("DELETE", f"/process-instance/{case.ref}/variables/mark")
        return True

    def _save(self, case: Case) -> bool:
        """The card alone is saved by a person, no step of the instance."""
        page = self.person.get(f"/cards/{case.card}/edit")
        page.form("/edit").set(**{"card.about": f"about {self.chance.randrange(1000)}"}).send()
        return True

    def _move(self, case: Case) -> bool:
        """A second draft, or another instead of the first."""
        instructions = [{"type": "startBeforeActivity", "activityId": "draft"}]
        if self.chance.random() < 0.4:
            instructions.append({"type": "cancel", "activityId": "draft"})
        self._post(f"/process-instance/{case.ref}/modification", {"instructions": instructions, "annotation": "replay"})
        return True

    def _sleep(self, case: Case) -> bool:
        """Two steps of the history in which nothing moves."""
        for suspended in (True, False):
            self.program.ask("PUT", f"/process-instance/{case.ref}/suspended", {"suspended": suspended})
        return True

    def _post(self, path: str, body: Any) -> Any:
        return self.program.ask("POST", path, body)


def play(name: str, url: str | None, asked: argparse.Namespace) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chancery-replay-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        port = free_port()
        server = Server(data, port, environment(data, port, url)).start()
        try:
            clients = furnish(server, Path(folder) / "files", asked)
            drive(clients, file_cards(clients, asked.instances, asked.moments), asked.long)
            return judge(name, server, url, clients, asked, began)
        finally:
            server.stop()


def solution_files() -> dict[str, bytes]:
    """By their place below the folder of a checkout."""
    files = {
        "solution.toml": SOLUTION,
        "cards/replay.toml": CARD,
        "texts/en.toml": TEXTS,
        f"{SLUG}.bpmn": ROAD.decode(),
    }
    placed = {f"processes/{SLUG}/{path_}": content for path_, content in files.items()}
    placed |= {f"forms/{SLUG}/{id}.form": form_of(id) for id in PERSONS}
    return {path_: content.encode() for path_, content in placed.items()}


def furnish(server: Server, folder: Path, asked: argparse.Namespace) -> list[Client]:
    """The solution, a person and a program for each client."""
    for path_, content in solution_files().items():
        (folder / path_).parent.mkdir(parents=True, exist_ok=True)
        (folder / path_).write_bytes(content)
    chancery(server, "deploy", SLUG, "--folder", str(folder))
    clients = []
    for number in range(CLIENTS):
        made = chancery(server, "user", "add", f"till{number}", "Till", "--machine", "--admin", "--group", "player")
        token = made.strip().splitlines()[-1]
        person = signed_in(server, f"anna{number}", "player")
        clients.append(Client(Program(server.url, token), person, random.Random(asked.seed * 100 + number)))
    return clients


def file_cards(clients: list[Client], instances: int, moments: int) -> list[Case]:
    """Cards entered by hand; each begins its process."""
    person, program = clients[0].person, clients[0].program
    for number in range(instances):
        form = person.get("/cards/new/replay").form("/cards/new/replay")
        form.set(**{"card.about": f"case {number}"}).send(then="open")
    until = time.monotonic() + 60
    while (begun := program.ask("GET", "/process-instance/count")["count"]) < instances:
        if time.monotonic() > until:
            raise RuntimeError(f"only {begun} of {instances} processes have begun")
        time.sleep(0.3)
    refs = [one["id"] for one in program.ask("GET", "/process-instance")]
    return [Case(ref, program.ask("GET", f"/process-instance/{ref}/card")["ref"], moments) for ref in refs]


def drive(clients: list[Client], cases: list[Case], long: int) -> None:
    """All clients at once, each with its own instances; the first *long* are changed often before."""
    often = frozenset(case.ref for case in cases[:long])
    failures: list[BaseException] = []

    def work(client: Client, share: list[Case]) -> None:
        try:
            client.play(share, often)
        except BaseException as failure:
            failures.append(failure)

    shares = [(client, cases[number :: len(clients)]) for number, client in enumerate(clients)]
    threads = [threading.Thread(target=work, args=share, daemon=True) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def differences(program: Program, journal: list[Reading]) -> Iterator[str]:
    """What the history says otherwise than the journal."""
    for seen in journal:
        then = program.then(seen)
        tokens = {(one["id"], one["activityId"]) for one in then["tokens"] if one["activityId"] != GUARD}
        asleep = {one for one in tokens - seen.tokens if one[1] == "ask"}
        told = {
            "whole": then["whole"],
            "tokens": tokens - asleep,
            "card": then["cardRevision"],
            "variables": seen.variables if seen.over else then["variables"],
            "tasks": dict(seen.tasks) if seen.over else people(tokens),
        }
        read = {
            "whole": True,
            "tokens": set(seen.tokens),
            "card": seen.card,
            "variables": seen.variables,
            "tasks": dict(seen.tasks),
        }
        for what, value in told.items():
            if value != read[what]:
                yield f"{seen.case} {seen.moment}: {what} was {read[what]!r}, the history says {value!r}"


def people(tokens: set[tuple[str, str]]) -> dict[str, int]:
    """How many tasks each step of people has; a multi-instance has one token more, its own."""
    counted = Counter(element for _, element in tokens if element in PERSONS)
    if counted["ask"]:
        counted["ask"] -= 1
    return {element: count for element, count in sorted(counted.items()) if count}


def judge(
    name: str, server: Server, url: str | None, clients: list[Client], asked: argparse.Namespace, began: float
) -> bool:
    journal = [seen for client in clients for seen in client.journal]
    did = sum((client.did for client in clients), Counter())
    program = clients[0].program
    lasted = time.monotonic() - began
    with_images = list(differences(program, journal))
    database = Database(url or f"sqlite:///{server.data / 'chancery.db'}")
    with database.unit_of_work() as work:
        images = work.session.scalar(select(func.count()).select_from(HistoryImage)) or 0
        work.session.execute(delete(HistoryImage))
    database.close()
    without = list(differences(program, journal))
    of_each = Counter(seen.case for seen in journal)
    over = sum(seen.over for seen in journal)
    wide = sum(any(count > 3 for _, count in seen.tasks) for seen in journal)
    print(
        f"{name}: {len(of_each)} instances, {len(journal)} moments ({min(of_each.values())} to "
        f"{max(of_each.values())} each, {over} of them over, {wide} with sleeping children), seen in {lasted:.0f} s by "
        f"{len(clients)} clients who did {dict(sorted(did.items()))}; {sum(client.moved_on for client in clients)} "
        f"readings left out because it moved on meanwhile; differences {len(with_images)}; {images} images deleted, "
        f"differences {len(without)}",
        flush=True,
    )
    for line in (with_images + without)[:6]:
        print(f"  {line}"[:1500])
    enough = len(of_each) == asked.instances and images >= asked.long and set(did) == DOINGS
    if not enough:
        print(f"  not enough of it: {len(of_each)} instances, {images} images, never done: {DOINGS - set(did)}")
    return enough and not with_images and not without


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", action="store_true", help="every instance long enough for two periodic images")
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--long", type=int, help="how many of them are long enough for two periodic images")
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    parser.add_argument("--seed", type=int, default=random.randrange(1000))
    asked = parser.parse_args()
    if asked.long is None:
        asked.long = asked.instances if asked.soak else max(1, asked.instances // 10)
    print(f"seed {asked.seed}", flush=True)
    passed = [play(name, url, asked) for name, url in databases() if asked.only in (None, name)]
    print("as promised" if all(passed) else "FALLS SHORT")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
