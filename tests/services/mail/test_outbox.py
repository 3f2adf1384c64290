"""Mail as rows: sent once a server is there, kept and marked while there is none, nothing dropped, nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.clock import ManualClock
from engine.errors import Invalid, NotAllowed, OutsideError
from engine.jobs.running import drain
from engine.store.models import Incident, Job, Outbox
from services.bootstrap import Office, bootstrap
from services.mail.patience import TRIES
from services.mail.post_mail import post_mail
from services.mail.queries import outgoing_mail
from services.mail.release_mail import release_mail
from services.mail.send_test_mail import send_test_mail
from services.policies.models import Policy
from tests.services.mail.carriers import KeepingMailer
from tests.services.stage import AT, a_party, acting, cast


@pytest.fixture
def post() -> KeepingMailer:
    return KeepingMailer()


@pytest.fixture
def posting(office: Office, post: KeepingMailer, clock: ManualClock) -> Office:
    """The same office once a mail server is set."""
    return bootstrap(office.settings, clock=clock, mailer=post, database=office.database, sandbox=office.sandbox)


def write(office: Office, to: str, once: str = "1", **more: Any) -> None:
    office.database.run(
        lambda work: post_mail(
            office, work, to=to, subject="Тема", text="Код: {code}", once=once, secrets={"code": "KEY-7"}, **more
        )
    )


def rows(office: Office) -> list[tuple[str, str | None]]:
    with office.database.reading() as session:
        return [(row.state, row.reason) for row in outgoing_mail(session, acting(office, "admin")).rows]


def test_a_mail_leaves_once_and_its_secret_is_wiped(posting: Office, post: KeepingMailer) -> None:
    ids = cast(posting)
    write(posting, f"account:{ids['anna']}")
    write(posting, f"account:{ids['anna']}")
    drain(posting.engine)
    (sent,) = post.sent
    assert (sent["To"], sent.get_content().strip()) == ("Анна <anna@example.org>", "Код: KEY-7")
    with posting.database.reading() as session:
        kept = session.scalars(select(Outbox)).one()
        assert (kept.state, kept.sent_at, "KEY-7" in str(kept.payload)) == ("sent", AT, False)


def test_without_a_server_mail_stands_and_leaves_when_there_is_one(
    office: Office, posting: Office, post: KeepingMailer
) -> None:
    cast(office)
    party = a_party(office, name="Клара", mail="clara@example.org")
    write(office, f"party:{party}")
    drain(office.engine)
    assert rows(office) == [("held", "no-server-set")]
    assert release_mail(office, acting(office, "admin")) == 0
    assert release_mail(posting, acting(office, "admin")) == 1
    drain(posting.engine)
    assert (rows(office), [mail["To"] for mail in post.sent]) == ([("sent", None)], ["Клара <clara@example.org>"])


def test_a_receiver_without_an_address_is_kept_too(posting: Office, post: KeepingMailer) -> None:
    cast(posting)
    write(posting, f"party:{a_party(posting, name='Клара')}")
    drain(posting.engine)
    assert (rows(posting), post.sent) == ([("held", "no-address")], [])


def test_an_admin_may_hold_everything_back(posting: Office, post: KeepingMailer) -> None:
    ids = cast(posting)
    posting.database.run(lambda work: work.session.add(Policy(name="mail.held", value=True, changed_at=AT)))
    write(posting, f"account:{ids['anna']}")
    drain(posting.engine)
    assert (rows(posting), post.sent) == ([("held", "held-by-admin")], [])


def test_a_server_that_is_away_is_tried_again_until_an_incident_stands(
    posting: Office, post: KeepingMailer, clock: ManualClock
) -> None:
    ids = cast(posting)
    post.refusal = OutsideError("mail-server-unreachable")
    write(posting, f"account:{ids['anna']}")
    for _ in range(6):
        drain(posting.engine)
        clock.move(timedelta(hours=1))
    assert rows(posting) == [("waiting", None)]
    with posting.database.unit_of_work() as work:
        work.session.execute(update(Job).values(attempts=TRIES - 1))  # three days later
    drain(posting.engine)
    assert rows(posting) == [("failed", "mail-not-carried")]
    with posting.database.reading() as session:
        assert len(list(session.scalars(select(Incident)))) == 1
    post.refusal = None
    release_mail(posting, acting(posting, "admin"))
    drain(posting.engine)
    assert (rows(posting), len(post.sent)) == ([("sent", None)], 1)


def test_a_refused_address_is_said_at_once(posting: Office) -> None:
    cast(posting)
    write(posting, "mailto:nobody@example.org")
    drain(posting.engine)
    assert rows(posting) == [("failed", "mail-refused")]


def test_pages_of_outgoing_mail(office: Office) -> None:
    cast(office)
    for n in range(5):
        write(office, "mailto:clara@example.org", once=str(n))
    admin = acting(office, "admin")
    with office.database.reading() as session:
        first = outgoing_mail(session, admin, limit=3)
        rest = outgoing_mail(session, admin, limit=3, before=first.next_before)
        assert outgoing_mail(session, admin, state="sent").rows == ()
    assert (len(first.rows), len(rest.rows), rest.next_before) == (3, 2, None)
    assert first.counts == {"held": 5}
    assert "{code}" in first.rows[0].text and "KEY-7" not in repr(first)


def test_a_test_mail_and_who_may_send_it(office: Office) -> None:
    cast(office)
    assert send_test_mail(office, acting(office, "admin"), "clara@example.org", "Проверка", "Работает.") == "held"
    with pytest.raises(Invalid) as refused:
        send_test_mail(office, acting(office, "admin"), "clara", "Проверка", "Работает.")
    assert refused.value.fields == {"address": ("mail-address-bad", {})}
    with pytest.raises(NotAllowed):
        send_test_mail(office, acting(office, "dmitri"), "clara@example.org", "x", "y")
    with office.database.reading() as session, pytest.raises(NotAllowed):
        outgoing_mail(session, acting(office, "anna"))
