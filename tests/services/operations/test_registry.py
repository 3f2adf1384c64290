"""The operations diagrams may call: declared whole, and harmless done twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.actor import MACHINE
from engine.errors import ScriptFailed
from engine.operations import Call
from engine.store.models import Outbox
from services.bootstrap import Office
from services.cards.models import Card
from services.notifications.models import Notice
from tests.services.inbox.road import Road


def call(office: Office, work: object, subject: str | None, **inputs: object) -> Call:
    return Call(
        actor=MACHINE,
        subject_ref=subject,
        solution="appeals",
        deployment_id=1,
        instance_id=1,
        element="step",
        token="t1",
        inputs=inputs,
        once_key="1:t1",
        now=office.clock.now(),
        work=work,  # type: ignore[arg-type]
    )


def test_every_operation_says_what_it_does(office: Office) -> None:
    names = {name: one.effect for name, one in office.engine.operations.by_name.items()}
    assert names == {
        "card.register": "database",
        "card.change": "database",
        "card.move": "database",
        "card.link": "database",
        "approval.open": "database",
        "approval.close": "database",
        "document.print": "outside",
        "notify.people": "database",
        "notify.party": "database",
    }
    assert all(one.summary for one in office.engine.operations.by_name.values())


@pytest.mark.parametrize("name", ["card.register", "card.change", "card.move", "notify.people", "notify.party"])
def test_without_a_card_an_operation_says_so(office: Office, name: str) -> None:
    run = office.engine.operations.by_name[name].run
    inputs = {"fields": {}, "transition": "x", "kind": "x", "people": []}
    with office.database.unit_of_work() as work, pytest.raises(ScriptFailed) as failed:
        run(call(office, work, None, **inputs))
    assert failed.value.code == "operation-needs-card"


def test_telling_twice_tells_once(road: Road) -> None:
    road.registered()
    office = road.office
    with office.database.reading() as session:
        card = session.scalars(select(Card)).one()
    run = office.engine.operations.by_name

    def tell() -> tuple[object, object]:
        with office.database.unit_of_work() as work:
            people = call(
                office, work, f"card:{card.id}", kind="escalation", people=["head_service", "lawyer", "nobody"]
            )
            party = call(office, work, f"card:{card.id}", kind="answer_ready")
            return run["notify.people"].run(people)["told"], run["notify.party"].run(party)["told"]

    assert (tell(), tell()) == ((2, 1), (0, 0))
    with office.database.reading() as session:
        assert len(list(session.scalars(select(Notice).where(Notice.kind == "escalation")))) == 2
        assert len(list(session.scalars(select(Outbox).where(Outbox.once_key.contains("answer_ready"))))) == 1
