"""Anna writes beside a letter and calls Greta; Dmitri, who does not see it, is not called and reads nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from engine.actor import Actor
from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotFound
from engine.store.models import Audit
from services.bootstrap import Office
from services.discussion.change_note import change_note, delete_note
from services.discussion.models import Note
from services.discussion.queries import Discussion, discussion, find_readers
from services.discussion.write_note import write_note
from services.notifications.models import Notice
from tests.services.cards.test_cards import card_id, cast, entered
from tests.services.letters import acting

__all__ = ["cast"]  # the people and the solution of the office


def said(office: Office, ref: str, who: str = "anna", **page: int) -> Discussion:
    with office.database.reading() as session:
        return discussion(office, session, acting(office, who), ref, **page)  # type: ignore[arg-type]


def refused(office: Office, ref: str, text: str) -> str:
    with pytest.raises(Invalid, match="note-refused") as error:
        write_note(office, acting(office, "anna"), ref, text)
    return error.value.fields["text"][0]


def test_who_is_called_is_told_once(office: Office) -> None:
    ref = entered(office)
    anna = acting(office, "anna", "n-1")

    first, again = (write_note(office, anna, ref, "@greta, решите; anna@example.org, @никто, @anna") for _ in range(2))

    assert first == again
    (note,) = said(office, ref, "greta").notes
    assert (note.author, note.names, note.mine, note.may_mend) == (
        "Анна",
        {"anna": "Анна", "greta": "Грета"},
        False,
        False,
    )
    with office.database.reading() as session:
        notices = session.scalars(select(Notice).where(Notice.kind == "mention")).all()
        assert [notice.params["who"] for notice in notices] == ["Анна"]
        rows = session.scalars(select(Audit).where(Audit.action == "note.added")).all()
        assert [(row.object_ref, set(row.details)) for row in rows] == [(f"card:{card_id(office, ref)}", {"note"})]


def test_only_who_sees_the_card_is_called_or_takes_part(office: Office) -> None:
    ref = entered(office)
    write_note(office, acting(office, "anna"), ref, "Между нами")

    assert refused(office, ref, "@dmitri, смотри") == "mention-does-not-see"
    with office.database.reading() as session:
        assert [one.login for one in find_readers(session, acting(office, "anna"), ref, "")] == ["anna", "greta"]
        with pytest.raises(NotFound):
            find_readers(session, acting(office, "dmitri"), ref, "")
    customer = Actor(account_id=None, name="customer", via="portal", party_card_id=card_id(office, ref))
    for stranger in (acting(office, "dmitri"), customer, replace(acting(office, "anna"), via="portal")):
        with pytest.raises(NotFound):
            write_note(office, stranger, ref, "Здравствуйте")
        with office.database.reading() as session, pytest.raises(NotFound):
            discussion(office, session, stranger, ref)


def test_ten_minutes_to_mend_and_a_trace_stays(office: Office, clock: ManualClock) -> None:
    ref = entered(office)
    anna, greta = acting(office, "anna"), acting(office, "greta")
    first, second = (write_note(office, anna, ref, text) for text in ("Первая", "Вторая"))
    with pytest.raises(NotFound):
        change_note(office, greta, ref, first, "Чужая")
    with pytest.raises(NotFound):
        delete_note(office, anna, entered(office), first)
    clock.move(timedelta(minutes=5))
    change_note(office, anna, ref, first, "Первая, точнее")
    delete_note(office, anna, ref, second)
    with pytest.raises(Conflict, match="note-too-old"):
        change_note(office, anna, ref, second, "Снова")

    one, two = said(office, ref).notes
    assert (one.text, one.changed_at) == ("Первая, точнее", office.clock.now())
    assert (two.text, two.deleted_at, two.may_mend) == ("", office.clock.now(), False)
    with office.database.reading() as session:
        assert "Вторая" not in [note.text for note in session.scalars(select(Note))]
    clock.move(timedelta(minutes=5))
    with pytest.raises(Conflict, match="note-too-old"):
        delete_note(office, anna, ref, first)


def test_limits_and_pages_at_a_constant_cost(office: Office) -> None:
    ref = entered(office)
    anna = acting(office, "anna")
    assert refused(office, ref, " \n ") == "required"
    assert refused(office, ref, "x" * 4001) == "too-long"
    assert refused(office, ref, " ".join(f"@somebody{number}" for number in range(21))) == "too-many-values"
    counts = []
    for _ in range(2):
        for number in range(3):
            write_note(office, anna, ref, f"@greta {number}")
        heard: list[str] = []
        hear = lambda *args, heard=heard: heard.append(args[2])  # noqa: E731
        with office.database.reading() as session:
            event.listen(office.database.pool, "before_cursor_execute", hear)
            discussion(office, session, anna, ref)
            event.remove(office.database.pool, "before_cursor_execute", hear)
        counts.append(len(heard))
    assert counts[0] == counts[1]
    latest = said(office, ref, limit=4)
    assert [note.text for note in latest.notes] == ["@greta 2", "@greta 0", "@greta 1", "@greta 2"]
    assert latest.earlier is not None
    assert [note.text for note in said(office, ref, before=latest.earlier).notes] == ["@greta 0", "@greta 1"]
