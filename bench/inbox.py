"""
W4: the first page of somebody's open tasks by term, with 100,000 and with 1,000,000 of them open, beside the bare SELECT.

2,000 people are in 1 to 15 of 200 groups, few of them in many, and the groups' tasks are as unequal. The product's page
(rights, people stood in for, cards, names; its figures apart) and what a program gets of `/engine-rest/task` stand beside
the floor's page of the same groups, through Flask-SQLAlchemy by an index made for it; they take turns. Exits 1 when a goal
is missed.
usage: inbox.py [quick] [sqlite|postgres]     (quick: 100,000 tasks only)
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import text

from bench.engine import places
from bench.floor import Floor
from bench.measure import Goals
from bench.product import Product
from engine.actor import Actor
from engine.clock import SystemClock
from services.fields import Manner
from services.inbox.find_tasks import TaskQuery, find_tasks
from services.inbox.queries import inbox_counts, page_of

PAGE, GROUPS, PEOPLE = 25, 200, 40
FIRST_GROUP = 1000  # principals of the bench's own
_TASKS = """
    INSERT INTO task (ref, instance_id, definition_id, token, element, name, kind, properties, solution, state, priority,
                      due_at, created_at, revision)
    SELECT 'bench-' || value, :instance, :definition, 'bench-' || value, 'review', 'Review', 'plain', '{}', 'bench',
           'open', 50, :due, :now, 0
    FROM (WITH RECURSIVE n(value) AS (SELECT CAST(:first AS integer) UNION ALL
          SELECT value + 1 FROM n WHERE value < :last)
          SELECT value FROM n) AS numbers
"""


def groups_of(chance: random.Random) -> list[int]:
    """Of one person: mostly one or two groups, seldom fifteen; mostly the large ones."""
    many = min(15, 1 + int(chance.paretovariate(1.0)) // 2)
    return sorted({_large(chance) for _ in range(many)})


def _large(chance: random.Random) -> int:
    """A group; the first ones far more often (Zipf)."""
    return min(GROUPS, int(chance.paretovariate(0.6))) - 1


def fill(product: Product, floor: Floor, count: int, chance: random.Random) -> None:
    """Open tasks for both: the same groups in the same proportions."""
    of_groups = [_large(chance) for _ in range(10_000)]
    floor.seed(count, of_groups)
    instance = product.start("approval", {})
    with product.office.database.unit_of_work() as work:
        connection = work.session.connection()
        have = connection.execute(text("SELECT count(*) FROM task WHERE ref LIKE 'bench-%'")).scalar_one()
        definition = connection.execute(
            text("SELECT definition_id FROM instance WHERE id = :id"), {"id": instance}
        ).scalar_one()
        now, sqlite = SystemClock().now(), product.office.database.is_sqlite
        minutes = "abs(random()) % 100000" if sqlite else "(random() * 100000)::int"
        due = (
            f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '+' || ({minutes}) || ' minutes')"
            if sqlite
            else f"now() + ({minutes}) * interval '1 minute'"
        )
        said = now.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else now
        values = {"instance": instance, "definition": definition, "now": said, "first": have + 1, "last": count}
        connection.execute(text(_TASKS.replace(":due", due)), values)
        if not sqlite:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # the bench's groups have no rows
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        rows = connection.execute(
            text(
                "SELECT id, due_at FROM task WHERE ref LIKE 'bench-%' AND id NOT IN (SELECT task_id FROM task_candidate)"
            )
        ).all()
        put = "INSERT INTO task_candidate (task_id, principal_id, state, due_at) VALUES (:id, :who, 'open', :due)"
        for first in range(0, len(rows), 10_000):
            some = rows[first : first + 10_000]
            connection.execute(
                text(put),
                [{"id": id, "who": FIRST_GROUP + of_groups[at], "due": at_due} for at, (id, at_due) in enumerate(some)],
            )
    with product.office.database.unit_of_work() as work:
        work.session.connection().exec_driver_sql("ANALYZE")


def taken(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def pages(product: Product, floor: Floor, count: int, chance: random.Random, goals: Goals, kind: str) -> None:
    office, manner = product.office, Manner("en", now=SystemClock().now())

    def page(actor: Actor) -> int:
        with office.database.reading() as session:
            return len(page_of(office, session, actor, manner, limit=PAGE)[0])

    def figures(actor: Actor) -> int:
        with office.database.reading() as session:
            return inbox_counts(session, actor, manner).all

    def of_a_program(actor: Actor) -> int:
        with office.database.reading() as session:
            return len(find_tasks(session, actor, TaskQuery(unassigned=True), size=PAGE, order=("due", False)))

    acts = {"first page": page, "list of a program": of_a_program, "figures": figures}
    bare: list[float] = []
    ours: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(PEOPLE + 5):
        groups = groups_of(chance)
        who = replace(product.actor, principals=frozenset(FIRST_GROUP + each for each in groups))
        assert page(who) == of_a_program(who) == floor.page(groups)
        spent = taken(lambda groups=groups: floor.page(groups))  # type: ignore[misc]
        if number >= 5:
            bare.append(spent)
        for name, act in acts.items():
            spent = taken(lambda act=act, who=who: act(who))  # type: ignore[misc]
            if number >= 5:
                ours[name].append(spent)
    limit = statistics.median(bare)
    print(f"  W4, {kind}, {count:,} open tasks; bare {limit:.2f} ms (worst {max(bare):.2f})")
    for name, each in ours.items():
        print(f"    {name}: {statistics.median(each):.2f} ms (worst {max(each):.2f})", flush=True)
        if name != "figures":
            goals.most(f"W4 {name} to bare, {count:,} open tasks", statistics.median(each) / limit, 2, 1.3)


def main() -> int:
    goals = Goals()
    for kind in ("SQLite", "PostgreSQL"):
        if {"sqlite", "postgres"} & set(sys.argv) and kind.lower()[:6] not in " ".join(sys.argv):
            continue
        with places(kind) as (urls, _postmaster):
            product, floor = Product(urls[0]), Floor(urls[1])
            for count in (100_000,) if "quick" in sys.argv else (100_000, 1_000_000):
                chance = random.Random(count)
                fill(product, floor, count, chance)
                pages(product, floor, count, chance, goals, kind)
            product.close()
            floor.close()
    for each in goals.missed:
        print("short: " + each)
    return 1 if goals.missed else 0


if __name__ == "__main__":
    sys.exit(main())
