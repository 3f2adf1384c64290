"""One wins: 200 pairs complete one task at the same moment, per database; a page answers while a write is held for 3 s."""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass

from tests.acceptance._server import Server, databases, running
from webui.cli import DEMO_PASSWORD
from webui.demo.visitor import Page, Visitor

PORTAL = "/p/appeals"
PAIR = ("clerk", "clerk2")


@dataclass
class Outcome:
    status: int
    code: str
    says: str


def file_requests(server: Server, count: int) -> None:
    for number in range(count):
        page = Visitor(server.url, address=f"127.0.1.{number // 20 + 1}").get(PORTAL)  # each within its rate
        said = {
            "card.kind": "thanks",
            "card.text": f"Спасибо, № {number}",
            "card.store": "101",
            "card.consent": "given",
        }
        said["card.demand"] = "none"
        said |= {
            "card.applicant.name": f"Покупатель {number:03}",
            "card.applicant.mail": f"customer{number}@example.com",
        }
        page.form(PORTAL).send(**said, go="on").form(PORTAL).send(go="send")


def task_links(visitor: Visitor) -> list[str]:
    links: list[str] = []
    page = visitor.get("/inbox")
    while True:
        links += [link for link in page.links("/inbox/") if link not in links]
        more = [link for link in page.tree.xpath("//a/@href") if "after=" in link]
        if not more:
            return links
        page = visitor.get(more[0])


def press(page: Page, start: threading.Barrier, outcomes: list[Outcome]) -> None:
    form = page.form("/complete").set(outcome="account", remark="")
    pairs = [(name, value) for name, several in form.fields.items() for value in several]
    start.wait()
    answer = page.visitor.post(form.action, pairs, strict=False)
    outcomes.append(Outcome(answer.status, answer.headers.get("x-error-code", ""), answer.text()))


def one_pair(pages: list[Page]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    start = threading.Barrier(2)
    threads = [threading.Thread(target=press, args=(page, start, outcomes)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def race(name: str, server: Server, pairs: int) -> bool:
    file_requests(server, pairs)
    people = {login: Visitor(server.url) for login in PAIR}
    for login, visitor in people.items():
        visitor.sign_in(login, DEMO_PASSWORD)
    seen: Counter[str] = Counter()
    named = 0
    for link in task_links(people["clerk"])[:pairs]:
        outcomes = one_pair([people[login].get(link) for login in PAIR])
        seen["+".join(str(one.status) for one in sorted(outcomes, key=lambda one: one.status))] += 1
        named += any(one.status == 409 and re.search(r"\d\d:\d\d", one.says) for one in outcomes)
    right = seen == {"200+409": pairs} and named == pairs
    print(
        f"{name}: {dict(seen)} of {pairs} pairs, {named} times the 409 says who and when: {'right' if right else 'WRONG'}"
    )
    return right


def answers_behind_a_writer(name: str, server: Server, url: str | None) -> bool:
    """Hold SQLite's one writer (PostgreSQL: the rows of cards and instances) for 3 s and open pages meanwhile."""
    visitor = Visitor(server.url)
    visitor.sign_in("clerk", DEMO_PASSWORD)
    held = threading.Event()

    def hold() -> None:
        if url is None:
            with sqlite3.connect(server.data / "chancery.db", isolation_level=None) as writer:
                writer.execute("BEGIN IMMEDIATE")
                held.set()
                time.sleep(3)
                writer.execute("ROLLBACK")
        else:
            import psycopg

            with psycopg.connect(url.replace("+psycopg", "")) as writer:
                writer.execute("SELECT * FROM card FOR UPDATE")
                writer.execute("SELECT * FROM instance FOR UPDATE")
                held.set()
                time.sleep(3)
                writer.rollback()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    began = time.monotonic()
    statuses = [visitor.get(page).status for page in ("/inbox", "/cards", "/")]
    took = time.monotonic() - began
    holder.join()
    right = statuses == [200, 200, 200] and took < 2.5
    print(
        f"{name}: three pages in {took:.2f} s while a write transaction was held for 3 s: {'right' if right else 'WRONG'}"
    )
    return right


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=200)
    pairs = parser.parse_args().pairs
    verdicts = []
    for name, url in databases():
        with running(database=url) as server:
            verdicts += [race(name, server, pairs), answers_behind_a_writer(name, server, url)]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
