"""A directory of 20,000 items and seven levels costs what a small one costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from services.accounts.actors import INSTALLER
from services.bootstrap import Office
from services.directories.add_item import add_item
from services.directories.change_item import change_item
from services.directories.models import Directory, DirectoryItem
from services.directories.queries import children, item_page, items, search_items
from services.directories.rules import ItemFacts

DAY = date(2026, 11, 22)
MANY, LEVELS, WIDE = 20_000, 7, 6


@pytest.fixture
def large(office: Office) -> Office:
    """Item n hangs under item (n - 1) // 6: seven levels."""
    paths, levels, words = {0: "/1/"}, {0: 1}, {0: "item 0"}
    rows: list[dict[str, Any]] = []
    for number in range(MANY):
        above = (number - 1) // WIDE if number else None
        if above is not None:
            paths[number] = f"{paths[above]}{number + 1}/"
            levels[number] = levels[above] + 1
            words[number] = f"{words[above]} item {number}"
        rows.append(
            {
                "id": number + 1, "directory": "large", "code": f"c{number}", "names": {"en": f"Item {number}"},
                "parent_id": above + 1 if above is not None else None, "level": levels[number], "path": paths[number],
                "leaf": number * WIDE + 1 >= MANY, "search_norm": words[number], "sort": f"{number:08}",
            }
        )  # fmt: skip

    def fill(work):
        work.session.execute(insert(Directory), [{"code": "large", "names": {}, "stewards": [], "columns": []}])
        work.session.execute(insert(DirectoryItem), rows)
        if not office.database.is_sqlite:
            work.session.execute(text("SELECT setval('directory_item_id_seq', 30000)"))

    office.database.run(fill)
    return office


@contextmanager
def counted(office: Office) -> Iterator[Callable[[], list[str]]]:
    said: list[str] = []

    def note(*args: Any) -> None:
        if not args[2].startswith("BEGIN"):
            said.append(args[2])

    event.listen(office.database.pool, "before_cursor_execute", note)
    yield lambda: said
    event.remove(office.database.pool, "before_cursor_execute", note)


def test_reading_costs_the_same_few_statements(large: Office) -> None:
    with large.database.reading() as session, counted(large) as said:
        deepest = items(session, "large", [f"c{MANY - 1}"], "en", DAY)[f"c{MANY - 1}"]
        assert (deepest.level, len(said())) == (LEVELS, 2)
        said().clear()
        assert len(children(session, "large", "c7", "en", DAY)) == WIDE
        assert len(said()) == 2
        said().clear()
        assert len(search_items(session, "large", "19999", "en", DAY)) == 1
        assert len(said()) == 2
        said().clear()
        page = item_page(large, session, INSTALLER, "large", "c7", "en", DAY)
        assert (page.trail[0][0], len(page.children), len(said()) <= 11) == ("c0", WIDE, True)
        if large.database.is_sqlite:
            _walk_an_index(session, said())


def _walk_an_index(session: Session, said: list[str]) -> None:
    said.clear()
    children(session, "large", "c7", "en", DAY)
    search_items(session, "large", "item", "en", DAY)
    level, _, search, _ = tuple(said)
    plans = [
        " ".join(row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", _blanks(one)))
        for one in (level, search)
    ]
    assert "ix_directory_item_parent" in plans[0] and "SCAN" not in plans[0]
    assert "ix_directory_item_order" in plans[1] and "TEMP B-TREE" not in plans[1]


def test_writing_costs_the_same_few_statements(large: Office) -> None:
    with counted(large) as said:
        add_item(large, INSTALLER, "large", "new", ItemFacts({"en": "New"}, parent="c7"))
        assert len(said()) <= 16
        said().clear()
        change_item(large, INSTALLER, "large", "c1", ItemFacts({"en": "Renamed"}, parent="c0"), 1)
        assert len(said()) <= 16  # its thousands of items below are written as one statement
        said().clear()
        leaf = ItemFacts({"en": "Moved"}, parent="c2")
        change_item(large, INSTALLER, "large", f"c{MANY - 1}", replace(leaf, place=None), 1)
        assert len(said()) <= 20
    with large.database.reading() as session:
        assert len(search_items(session, "large", "renamed", "en", DAY, limit=50)) == 50


def _blanks(statement: str) -> tuple[Any, ...]:
    return tuple(None for _ in range(statement.count("?")))
