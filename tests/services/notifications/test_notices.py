"""Each is told in their own language, once."""

from __future__ import annotations

from sqlalchemy import select

from engine.store.models import Outbox
from services.bootstrap import Office
from services.fields import Manner
from services.notifications.queries import mark_read, notices, unread
from services.notifications.tell import Notification, tell_party, tell_people
from services.notifications.wording import words_of
from tests.services.stage import a_card, a_party, acting, cast, texts_only

PARAMS = {"task": "$task.approve.name", "number": "ОП-1", "due": {"$day": "2026-12-02"}}


def test_boris_reads_russian_and_vera_english_and_nobody_is_told_twice(office: Office) -> None:
    ids = cast(office)
    texts_only(office)
    card = a_card(office)
    about = Notification("task", "letters", once="t:1", params=PARAMS, subject_ref=f"card:{card}")
    both = [ids["boris"], ids["vera"]]
    assert office.database.run(lambda work: tell_people(office, work, about, both)) == 2
    assert office.database.run(lambda work: tell_people(office, work, about, [*both, ids["anna"]])) == 1
    with office.database.reading() as session:
        mails = {
            row.payload["to"]: (row.payload["subject"], row.payload["text"]) for row in session.scalars(select(Outbox))
        }
        (seen,) = notices(office, session, acting(office, "boris"), Manner(locale="ru"))
        assert unread(session, acting(office, "boris")) == 1
        assert notices(office, session, acting(office, "dmitri")) == ()
    assert mails[f"account:{ids['boris']}"] == ("Согласовать: ОП-1", "Срок: 02.12.2026")
    assert mails[f"account:{ids['vera']}"][0] == "Approve: ОП-1"
    assert (seen.subject, seen.read, seen.card_ref is not None) == ("Согласовать: ОП-1", False, True)
    mark_read(office, acting(office, "boris"), seen.id)
    with office.database.reading() as session:
        assert unread(session, acting(office, "boris")) == 0


def test_clara_gets_her_code_by_mail_and_the_row_does_not_show_it_in_its_text(office: Office) -> None:
    cast(office)
    texts_only(office)
    party = a_party(office, name="Клара", mail="clara@example.org", locale="en")
    about = Notification("number_given", "letters", once="card:1", params={"number": "7"}, secrets={"code": "ABC"})
    office.database.run(lambda work: tell_party(office, work, about, party))
    with office.database.reading() as session:
        row = session.scalars(select(Outbox)).one()
    assert (row.payload["subject"], row.payload["text"]) == ("No 7", "Code: {code}")


def test_braces_in_what_a_customer_wrote_mean_nothing() -> None:
    words = words_of("x", {"text": "{code} {0.__class__}"}, lambda key: "<{text}> {missing}", Manner())
    assert words.subject == "<{code} {0.__class__}> "
