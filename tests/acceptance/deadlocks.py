"""Deadlocks: 8 clients save cards and complete their tasks at random on PostgreSQL, 0 five-hundreds."""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

from tests.acceptance._server import Server, databases, running
from tests.acceptance.race import file_requests, task_links
from webui.cli import DEMO_PASSWORD
from webui.demo.visitor import Page, Visitor

CLIENTS = ("clerk", "clerk2", "manager", "manager", "clerk", "clerk2", "head", "clerk")


def client(url: str, login: str, seed: int, until: float, seen: Counter[str]) -> None:
    """Somebody who saves a card or completes a task of one, whatever the others do to it meanwhile."""
    dice, visitor = random.Random(seed), Visitor(url)
    visitor.sign_in(login, DEMO_PASSWORD)
    links = [urlsplit(link).path for link in visitor.get("/cards").links("/cards/")]
    cards = sorted({path for path in links if path.count("/") == 2 and path not in ("/cards/new", "/cards/count")})
    while time.monotonic() < until:
        if cards and dice.random() < 0.6:
            answer = save(visitor, dice.choice(cards), dice)
            what = "save"
        else:
            answer = complete(visitor, dice)
            what = "complete"
        if answer is not None:
            seen[f"{what} {answer.status}"] += 1


def save(visitor: Visitor, card: str, dice: random.Random) -> Page | None:
    page = visitor.get(f"{card}/edit", strict=False)
    if page.status != 200:
        return page
    form = page.form("/edit")
    pairs = [(name, value) for name, several in form.fields.items() for value in several]
    pairs = [(name, value) for name, value in pairs if name != "card.importance"]
    pairs.append(("card.importance", dice.choice(["normal", "high", "critical"])))
    return visitor.post(form.action, pairs, strict=False)


def complete(visitor: Visitor, dice: random.Random) -> Page | None:
    links = task_links(visitor)
    if not links:
        return None
    page = visitor.get(dice.choice(links[:6]), strict=False)
    if page.status != 200:
        return page
    form = page.form("/complete").set(outcome="account", remark="")
    pairs = [(name, value) for name, several in form.fields.items() for value in several]
    return visitor.post(form.action, pairs, strict=False)


def show(name: str, server: Server, seconds: int, seed: int) -> bool:
    file_requests(server, 40)
    seen: Counter[str] = Counter()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=client, args=(server.url, login, seed + number, until, seen))
        for number, login in enumerate(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=seconds + 120)
    alive = sum(thread.is_alive() for thread in threads)
    bad = sum(count for what, count in seen.items() if int(what.split()[1]) >= 500)
    log = (server.data / "server.log").read_text(errors="replace")
    done = {what for what, count in seen.items() if count and what in ("save 200", "complete 200")}
    right = bad == 0 and not alive and len(done) == 2
    print(
        f"{name}: {len(CLIENTS)} clients, {seconds} s: {dict(sorted(seen.items()))}; deadlocks told by the server and tried"
        f" again: {log.count('deadlock')}; five-hundreds {bad}; clients that hang {alive}: {'right' if right else 'WRONG'}"
    )
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    verdicts = []
    for name, url in databases():
        if name.lower().startswith("postgres"):
            with running(database=url) as server:
                verdicts.append(show(name, server, asked.seconds, asked.seed))
    return 0 if verdicts and all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
