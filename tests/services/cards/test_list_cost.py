"""A list costs what its page costs: bounded reading through indexes, a constant number of statements, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

from services.access.queries import opened_cards
from services.bootstrap import Office
from services.cards import list_cards as lists
from services.cards.conditions import CardFilter, Wanted
from services.cards.list_cards import list_cards
from services.fields import Manner
from tests.services.cards.many import fill, settle
from tests.services.letters import acting

PAGE, CARDS = 10, 4_000
STEPS_A_ROW = 60  # instructions of SQLite's machine for a row looked at, rights and two filters included
TWO_FILTERS = CardFilter(fields={"kind": "claim", "channel": "portal"}, sort="-received")
QUESTIONS = {
    "newest": CardFilter(),
    "two common values": TWO_FILTERS,
    "a rare value": CardFilter(fields={"store": "s07", "importance": "critical"}, sort="-received"),
    "words": CardFilter(words="file 1", sort="title"),
    "a range": CardFilter(fields={"sum": Wanted(least="100", most="30000"), "kind": "thanks"}, sort="due"),
    "the beginning of a text": CardFilter(fields={"receipt": Wanted(words="0012", starts=True)}, sort="receipt"),
    "what is in a text": CardFilter(fields={"receipt": Wanted(words="77"), "kind": "claim"}, sort="-sum"),
    "late": CardFilter(late_on=None, states=("open",), unit="s03", sort="importance"),
}


@pytest.fixture
def many(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Four thousand files; a list of ten may look at as little of them as a list of fifty at a hundred thousand."""
    monkeypatch.setattr(lists, "FEW", 24 * PAGE)
    monkeypatch.setattr(lists, "SLICE", 24 * PAGE)
    settle(office)
    fill(office, CARDS)
    return office


@contextmanager
def listening(office: Office) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(office.database.pool, "before_cursor_execute", hear)
    yield said
    event.remove(office.database.pool, "before_cursor_execute", hear)


def examined(office: Office, statement: str, parameters: Any) -> tuple[int, list[str]]:
    """Rows (SQLite: as many as its instructions are worth) a statement looks at, and the tables it reads from end to end."""
    with office.database.pool.connect() as connection:
        raw = connection.connection
        cursor = raw.cursor()
        if office.database.is_sqlite:
            plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()]
            steps = [0]

            def count() -> None:
                steps[0] += 1

            raw.driver_connection.set_progress_handler(count, 1)
            cursor.execute(statement, parameters).fetchall()
            raw.driver_connection.set_progress_handler(None, 1)
            scans = [line for line in plan if re.match(r"SCAN (card|card_index|card_access)\b", line)]
            return steps[0] // STEPS_A_ROW, scans
        plan = cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).fetchone()[0]
        nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        rows = sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node in nodes
            if "Relation Name" in node
        )
        scanned = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]
        return int(rows), [table for table in scanned if table.startswith("card")]  # forty units are one page


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


@pytest.mark.parametrize("login", ["chief", "p07", "guest"])
def test_no_page_looks_at_more_than_fifty_times_itself(many: Office, login: str) -> None:
    actor = acting(many, login)
    with many.database.reading() as session:
        opened = (
            0
            if login == "chief"
            else session.scalar(select(func.count()).select_from(opened_cards(actor, "file").subquery()))
        )
    for name, wanted in QUESTIONS.items():
        cursor = None
        for page in ("first", "second"):
            for _ in ("the sizes of the sets are learned", "and known"):
                with many.database.reading() as session, listening(many) as said:
                    found = list_cards(many, session, actor, "file", Manner("en"), wanted, cursor=cursor, limit=PAGE)
            asked = [one for one in said if "card_index" in one[0] or "card_access" in one[0]]
            looked = [examined(many, *one) for one in asked]
            assert [scan for _, scans in looked for scan in scans] == [], (login, name, page, asked)
            slices = max(1, len(asked) // 2)  # a slice is its end and its cards
            most = max(50 * PAGE, 2.2 * opened) * slices  # where little fits, what is open is read, not what is there
            assert sum(rows for rows, _ in looked) <= most, (login, name, page, looked)
            assert slices == 1 or name in ("words", "what is in a text", "two common values"), (login, name, slices)
            cursor = found.cursor
            if cursor is None:
                break
