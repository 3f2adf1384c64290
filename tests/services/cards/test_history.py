"""Whoever sees the card sees what happened to it, and of what belongs to it only what they see anyway."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.actor import MACHINE, Actor
from engine.clock import ManualClock
from engine.errors import Invalid, NotFound
from services.bootstrap import Office
from services.cards.change_card import change_card, change_card_in
from services.cards.compare_revisions import compare_revisions
from services.cards.differences import rows_between, words_between
from services.cards.history import KINDS, History, HistoryFilter, card_course, card_history
from services.cards.link_cards import Link, link_cards
from services.files.attach_file import attach_file, receive_file
from tests.services.cards.test_cards import card_id, cast, entered, in_work, manner
from tests.services.letters import acting, register

__all__ = ["cast"]  # the people and the solution of the office
ALL = HistoryFilter(kinds=tuple(KINDS))


def history(office: Office, ref: str, who: str | Actor = "anna", wanted: HistoryFilter = ALL, **page: int) -> History:
    actor = acting(office, who) if isinstance(who, str) else who
    with office.database.reading() as session:
        return card_history(office, session, actor, ref, manner(office), wanted, **page)  # type: ignore[arg-type]


def actions(found: History) -> list[str]:
    return [one.action for one in found.events]


def test_what_happened_stands_with_its_fields_and_states(office: Office) -> None:
    ref = in_work(office)

    found = history(office, ref, "greta", HistoryFilter())

    assert actions(found) == ["card.moved", "card.changed", "card.registered", "card.created"]
    moved, changed, registered, created = found.events
    assert (moved.state.label if moved.state else "", changed.fields) == ("На исполнении", ("Срок", "Исполнитель"))
    assert (registered.who, registered.via, created.revision) == ("Анна", "web", 1)
    assert {one.ip for one in found.events} == {""}
    with pytest.raises(NotFound):
        history(office, ref, "dmitri")


def test_addresses_are_for_administrators_and_auditors(office: Office) -> None:
    from dataclasses import replace

    ref = entered(office)
    anna = replace(acting(office, "anna"), ip="192.0.2.7")
    change_card(office, anna, ref, {"text": "Другое"}, 1)

    assert history(office, ref, anna).events[0].ip == ""
    auditor = replace(anna, roles=anna.roles | {"auditor"})
    assert history(office, ref, auditor).events[0].ip == "192.0.2.7"


def test_it_is_filtered_and_paged(office: Office, clock: ManualClock) -> None:
    ref = in_work(office)
    clock.move(timedelta(days=1))
    day = office.clock.now()
    office.database.run(lambda work: change_card_in(office, work, MACHINE, card_id(office, ref), {"sum": "3"}))

    assert actions(history(office, ref, "greta", HistoryFilter(via="job"))) == ["card.changed"]
    assert len(history(office, ref, "greta", HistoryFilter(who="anna")).events) == 2
    assert len(history(office, ref, "greta", HistoryFilter(since=day)).events) == 1
    assert len(history(office, ref, "greta", HistoryFilter(until=day)).events) == 4
    assert history(office, ref, "greta", HistoryFilter(acting_for="anna")).events == ()
    first = history(office, ref, "greta", limit=3)
    assert first.cursor is not None
    rest = history(office, ref, "greta", before=first.cursor, limit=3)
    assert (len(first.events), len(rest.events), rest.cursor) == (3, 2, None)
    for wanted in (HistoryFilter(kinds=("secrets",)), HistoryFilter(via="air")):
        with pytest.raises(Invalid, match="list-refused"):
            history(office, ref, "greta", wanted)


def test_what_belongs_to_it_is_shown_to_who_sees_that(office: Office) -> None:
    ref, foreign = entered(office), entered(office, store="102", sender={"name": "Ю", "mail": "u@example.org"})
    anna, greta = acting(office, "anna"), acting(office, "greta")
    attach_file(office, anna, ref, "original", receive_file(office, "Письмо.txt", [b"x"]))
    link_cards(office, anna, ref, Link(foreign, "related"))
    register(office, anna, ref, 1)
    register(office, anna, foreign, 1)
    attach_file(office, greta, ref, "special", receive_file(office, "Проверка.txt", [b"y"]))

    assert [(one.kind, one.about) for one in history(office, ref, "greta").events if one.kind == "files"] == [
        ("files", "Проверка.txt"),
        ("files", "Письмо.txt"),
    ]
    eva = history(office, ref, "eva")  # of store 101: neither special files nor letters of 102
    assert [one.about for one in eva.events if one.kind == "files"] == ["Письмо.txt"]
    assert not [one for one in eva.events if one.kind == "links"]
    (link,) = [one for one in history(office, ref).events if one.kind == "links"]
    assert link.details["kind"] == "related" and link.about.startswith("LT-2026")


def test_a_long_history_costs_the_same(office: Office) -> None:
    ref = entered(office)
    said: list[str] = []

    def cost() -> int:
        said.clear()
        event.listen(office.database.pool, "before_cursor_execute", hear)
        with office.database.reading() as session:
            card_history(office, session, anna, ref, manner(office), ALL)
            card_course(office, session, anna, ref, manner(office))
        event.remove(office.database.pool, "before_cursor_execute", hear)
        return len(said)

    def hear(*args: object) -> None:
        said.append(str(args[2]))

    anna = acting(office, "anna")
    change_card(office, anna, ref, {"text": "нечто"}, 1)
    few = cost()
    for number in range(2, 30):
        change_card(office, anna, ref, {"text": f"нечто {number}"}, number)
    assert cost() == few


def test_states_stand_in_time(office: Office, clock: ManualClock) -> None:
    ref = entered(office)
    clock.move(timedelta(hours=2))
    register(office, acting(office, "anna"), ref, 1)

    with office.database.reading() as session:
        course = card_course(office, session, acting(office, "anna"), ref, manner(office))

    assert [(one.label, one.until) for one in course] == [
        ("Поступило", office.clock.now()),
        ("Зарегистрировано", None),
    ]


def test_tables_and_texts_are_compared_inside(office: Office) -> None:
    ref = entered(office)
    change_card(office, acting(office, "anna"), ref, {"text": "Просрочено давно"}, 1)
    with office.database.reading() as session:
        (one,) = compare_revisions(office, session, acting(office, "anna"), ref, 1, 2, manner(office))
    assert [(piece.what, piece.text) for piece in words_between(one.before, one.after)] == [
        ("same", "Просрочено"),
        ("new", " давно"),
    ]
    long = words_between("слово " * 4000, "слово " * 4001)
    assert [piece.what for piece in long] == ["gone", "new"]
    assert [row.what for row in rows_between([("a",), ("b",)], [("b",), ("c",)])] == ["gone", "same", "new"]
    assert rows_between([("a",)] * 900, []) == rows_between([("a",)] * 500, [])
