"""
Registration from 8 clients at once beside the bare insert of the same rows.

What a registration writes (card, revision, index, number, history, audit, access …) is recorded once, statement by
statement; the bare side sends exactly these statements from 8 threads, one transaction a registration, without reading,
allowing or checking anything. Then numbers are counted: none lost, none twice, no gap though every tenth registration of
the product is rolled back after it had its number. Exits 1 when the goal is missed.
usage: registration.py [quick] [sqlite|postgres]
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import create_engine, event, make_url, select, text

from bench.measure import Goals
from engine.clock import SystemClock
from engine.store.unit_of_work import Database
from services.bootstrap import Office, bootstrap, create_tables
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card
from services.cards.register_card import register_card_in
from services.registration.models import RegisteredNumber
from services.registration.queries import gaps
from services.settings import Settings
from tests.acceptance._server import postgres
from tests.services.letters import acting, letters, put_on_shelf, register, settle_cast

CLIENTS, EVERY = 8, 10
Written = list[tuple[str, Any]]


class RolledBack(Exception):
    """A registration that fails after it was given its number."""


def opened(url: str, folder: Path) -> Office:
    settings = Settings.for_folder(folder, database_url=url, secret_key="0" * 32)
    return bootstrap(settings, clock=SystemClock(), database=Database(url))


def entered(office: Office, count: int) -> list[str]:
    """References of cards that wait for their number."""
    anna = acting(office, "anna")
    sender = {"name": "Clara", "mail": "clara@example.org"}
    told = {"kind": "claim", "text": "Too late", "subject": "01.01.01", "sender": sender, "store": "101"}
    return [
        office.database.run(lambda work: create_card_in(office, work, anna, NewCard("letter", told)).ref)
        for _ in range(count)
    ]


def recorded(office: Office, refs: Sequence[str]) -> list[Written]:
    """What each registration writes, in order."""
    found: list[Written] = []

    def on_statement(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            found[-1] += [(statement, each) for each in parameters] if many else [(statement, parameters)]

    event.listen(office.database.pool, "before_cursor_execute", on_statement)
    for ref in refs:
        found.append([])
        register(office, acting(office, "anna"), ref, 1)
    event.remove(office.database.pool, "before_cursor_execute", on_statement)
    return found


def from_clients(acts: Sequence[Callable[[], None]]) -> float:
    """Acts a second when 8 threads do them, each its own."""
    threads = [
        threading.Thread(target=lambda own=acts[at::CLIENTS]: [act() for act in own])  # type: ignore[misc]
        for at in range(CLIENTS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(acts) / (time.perf_counter() - began)


def bare(url: str, written: Sequence[Written]) -> float:
    database = Database(url)  # opened as the product opens it

    def send(one: Written) -> None:
        with database.pool.begin() as connection:
            for statement, parameters in one:
                connection.exec_driver_sql(statement, parameters)

    rate = from_clients([lambda one=one: send(one) for one in written])  # type: ignore[misc]
    database.close()
    return rate


def ours(office: Office, refs: Sequence[str]) -> tuple[float, int]:
    anna = acting(office, "anna")
    with office.database.reading() as session:
        ids = dict(session.execute(select(Card.ref, Card.id)).all())
    undone = 0

    def fail(ref: str) -> None:
        with suppress(RolledBack), office.database.unit_of_work() as work:
            register_card_in(office, work, anna, ids[ref])
            raise RolledBack

    def act(number: int, ref: str) -> None:
        nonlocal undone
        if number % EVERY == 0:
            fail(ref)
            undone += 1
        register(office, anna, ref, 1)

    rate = from_clients([lambda at=at, ref=ref: act(at, ref) for at, ref in enumerate(refs)])  # type: ignore[misc]
    return rate, undone


def numbers(office: Office, count: int) -> str:
    """Counts what was given; raises when a number is missing or there twice."""
    with office.database.reading() as session:
        rows = session.execute(select(RegisteredNumber.journal, RegisteredNumber.period, RegisteredNumber.seq)).all()
        journal, period = rows[0][0], rows[0][1]
        missing = gaps(session, journal, period)
        on_cards = session.scalars(select(Card.number).where(Card.number.is_not(None))).all()
    given = sorted(row.seq for row in rows)
    assert given == list(range(1, count + 1)), given[:5]
    assert len(set(on_cards)) == len(on_cards) == count
    return f"{count} numbers, each once, none lost; gaps: {missing or 'none'}"


def copies(url: str, names: Sequence[str]) -> list[str]:
    """The same database once more for each name; nobody may be connected."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        made = [f"{parsed.database}.{name}" for name in names]
        for path in made:
            shutil.copy(str(parsed.database), path)
        return [f"sqlite:///{path}" for path in made]
    server = create_engine(parsed.set(database="template1"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{parsed.database}"'))
    server.dispose()
    return [parsed.set(database=name).render_as_string(hide_password=False) for name in names]


def on(kind: str, url: str, folder: Path, count: int, rounds: int, goals: Goals) -> None:
    database = Database(url)
    create_tables(database)
    database.close()
    office = opened(url, folder)
    put_on_shelf(office, letters())
    settle_cast(office)
    refs = entered(office, count)
    office.close()
    office.database.close()
    names = [f"{side}{number}" for number in range(rounds) for side in ("bare", "ours")]
    record_url, *urls = copies(url, ["record", *names])
    office = opened(record_url, folder)
    written = recorded(office, refs)
    office.close()
    print(
        f"{kind}: {CLIENTS} clients, {count} registrations, {statistics.median(map(len, written)):.0f} rows and changes each"
    )
    ratios = []
    for bare_url, ours_url in zip(urls[::2], urls[1::2], strict=True):
        limit = bare(bare_url, written)
        office = opened(ours_url, folder)
        rate, undone = ours(office, refs)
        print(
            f"    bare {limit:.0f} a second, ours {rate:.0f}; rolled back {undone}; {numbers(office, count)}",
            flush=True,
        )
        office.close()
        ratios.append(rate / limit)
    goals.least(f"{kind}: registrations to the bare insert of the same rows", statistics.median(ratios), 0.5)


def main() -> int:
    goals = Goals()
    count, rounds = (160, 3) if "quick" in sys.argv else (800, 5)
    for kind in ("SQLite", "PostgreSQL"):
        if {"sqlite", "postgres"} & set(sys.argv) and kind.lower()[:6] not in " ".join(sys.argv):
            continue
        with tempfile.TemporaryDirectory(prefix="chancery-bench-") as made:
            folder = Path(made)
            if kind == "SQLite":
                on(kind, f"sqlite:///{folder}/bench.db", folder / "data", count, rounds, goals)
            else:
                with postgres() as url:
                    on(kind, url, folder / "data", count, rounds, goals)
    for each in goals.missed:
        print("short: " + each)
    return 1 if goals.missed else 0


if __name__ == "__main__":
    sys.exit(main())
