"""What the office around the engine sees of a step, and what a use case may rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import Engine, queries
from engine.actor import Actor
from engine.errors import ScriptFailed
from engine.office import StepOutcome
from engine.operations import Call, Operation, Operations, Parameter
from engine.runtime.commands import complete_task, perform, start_instance, subject_changed
from engine.store.models import Instance
from engine.store.unit_of_work import UnitOfWork
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import ANNA, asking, complete, deployed, open_elements, open_tasks, started

ROUTE = drawing(
    "route",
    start(attributes='camunda:initiator="filed_by"'),
    task(
        "review",
        '<extensionElements><camunda:properties><camunda:property name="kind" value="visa"/>'
        '<camunda:property name="outcomes" value="agree,refuse"/></camunda:properties></extensionElements>',
        candidateGroups="clerks",
        candidateUsers="boris,nobody",
    ),
    '<exclusiveGateway id="urgent" default="urgent_to_slow"/>',
    task("fast", candidateGroups="clerks"),
    task("slow", candidateGroups="clerks"),
    end(),
    path("begun", "review", "urgent"),
    flow("urgent", "fast", "${card.urgent}"),
    flow("urgent", "slow"),
    path("fast", "ended"),
    path("slow", "ended"),
)


@dataclass
class Diary:
    """A listener that keeps what it was told."""

    told: list[tuple[list[tuple[str, str]], list[tuple[str, str]], bool]] = field(default_factory=list)

    def after_step(self, work: UnitOfWork, actor: Actor, step: StepOutcome) -> None:
        opened = [(each.element, each.state) for each in step.opened]
        self.told.append((opened, [(each.element, each.state) for each in step.closed], step.ended))


@dataclass
class Cards:
    """A subject all of whose cards are alike."""

    card: Mapping[str, Any]

    def roots(self, work: UnitOfWork, actor: Actor, subject_ref: str | None) -> Mapping[str, Any]:
        return {"card": self.card} if subject_ref else {}

    def revision(self, work: UnitOfWork, subject_ref: str) -> int | None:
        return 7

    def unit_id(self, work: UnitOfWork, subject_ref: str) -> int | None:
        return 42


def test_a_listener_hears_of_every_step_in_its_transaction(engine: Engine) -> None:
    diary = Diary()
    engine = replace(engine, listeners=(diary,), context=Cards({"urgent": True}))
    deployed(engine, ROUTE)
    instance = started(engine, "route", subject_ref="card:1")
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    assert diary.told == [
        ([("review", "open")], [], False),
        ([("fast", "open")], [("review", "completed")], False),
        ([], [("fast", "completed")], True),
    ]


def test_expressions_read_the_card_and_history_its_revision(engine: Engine) -> None:
    engine = replace(engine, context=Cards({"urgent": False}))
    deployed(engine, ROUTE)
    instance = started(engine, "route", subject_ref="card:1")
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    assert open_elements(engine, instance) == ["slow"]
    with engine.database.reading() as session:
        assert {line.subject_revision for line in queries.history(session, instance.id)} == {7}
        assert queries.variables_of(session, instance.id)["filed_by"] == "anna"
        assert queries.instances(session, subject_ref="card:1")[0].ref == instance.ref


def test_a_task_row_holds_what_its_page_needs(engine: Engine) -> None:
    from engine.store.models import Task, TaskCandidate

    engine = replace(engine, context=Cards({}))
    deployed(engine, ROUTE, solution="letters")
    started(engine, "route", subject_ref="card:1")
    with engine.database.reading() as session:
        review = session.scalars(select(Task)).one()
        principals = session.scalars(select(TaskCandidate.principal_id).order_by(TaskCandidate.principal_id)).all()
    assert (review.kind, review.properties["outcomes"]) == ("visa", "agree,refuse")
    assert (review.solution, review.subject_ref, review.unit_id) == ("letters", "card:1", 42)
    assert principals == [2, 101]


def test_a_repeated_start_starts_once(engine: Engine) -> None:
    deployed(engine, ROUTE)

    def enter(work: UnitOfWork) -> str:
        return start_instance(engine, work, ANNA, "route").ref

    first = perform(engine, asking(ANNA, "r-1"), "card.enter", enter)
    assert perform(engine, asking(ANNA, "r-1"), "card.enter", enter) == first
    with engine.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Instance)) == 1


def test_a_start_that_fails_leaves_an_incident_and_nothing_else(engine: Engine) -> None:
    def fail(call: Call) -> Mapping[str, Any]:
        raise KeyError("gone")

    engine = replace(engine, operations=Operations.of([Operation("count", "database", fail)]))
    deployed(engine, drawing("broken", start(), service("count", "count"), end(), path("begun", "count", "ended")))
    with pytest.raises(ScriptFailed) as failed:
        perform(engine, ANNA, "card.enter", lambda work: start_instance(engine, work, ANNA, "broken").ref)
    with engine.database.reading() as session:
        (incident,) = queries.incidents(session)
        assert session.scalar(select(func.count()).select_from(Instance)) == 0
    assert failed.value.params["incident"] == incident.id


def test_a_condition_is_looked_at_when_the_card_changed(engine: Engine) -> None:
    from engine.jobs import drain

    card = {"paid": False}
    engine = replace(engine, context=Cards(card))
    waiting = drawing(
        "waiting",
        start(),
        '<intermediateCatchEvent id="paid"><conditionalEventDefinition><condition>${card.paid}</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>",
        task("ship", candidateGroups="clerks"),
        end(),
        path("begun", "paid", "ship", "ended"),
    )
    deployed(engine, waiting)
    instance = started(engine, "waiting", subject_ref="card:1")

    def look_again() -> list[str]:
        with engine.database.unit_of_work() as work:
            assert subject_changed(engine.clock, work, "card:1") == 1
        drain(engine)
        return open_elements(engine, instance)

    assert look_again() == []
    card["paid"] = True
    assert look_again() == ["ship"]


def test_a_step_in_the_transaction_that_began_its_instance_fails_with_it(engine: Engine) -> None:
    def fail(call: Call) -> Mapping[str, Any]:
        raise KeyError("gone")

    engine = replace(engine, operations=Operations.of([Operation("count", "database", fail)]))
    parts = (start(), task("enter", candidateGroups="clerks"), service("count", "count"), end())
    deployed(engine, drawing("entering", *parts, path("begun", "enter", "count", "ended")))

    def enter(work: UnitOfWork) -> str:
        instance = start_instance(engine, work, ANNA, "entering")
        (first,) = queries.open_tasks(work.session, instance.id)
        return complete_task(engine, work, ANNA, first.id, {}).ref

    with pytest.raises(ScriptFailed):
        perform(engine, ANNA, "card.enter", enter)
    with engine.database.reading() as session:
        assert [(each.code, each.instance_id) for each in queries.incidents(session)] == [("step-failed", None)]


def test_what_an_operation_changed_is_read_by_the_rest_of_its_step(engine: Engine) -> None:
    card = {"kind": "question", "state": "received"}

    @dataclass
    class Shelf(Cards):
        def roots(self, work: UnitOfWork, actor: Actor, subject_ref: str | None) -> Mapping[str, Any]:
            return {"card": dict(self.card)}  # as it is now, like a card loaded from its row

    def change(call: Call) -> Mapping[str, Any]:
        card["kind"] += "+" + str(call.inputs["kind"])
        return {}

    def word(id: str) -> str:
        return service(
            id,
            "card.change",
            "<extensionElements><camunda:inputOutput>"
            '<camunda:inputParameter name="kind">=card.kind</camunda:inputParameter>'
            f'<camunda:outputParameter name="seen_after_{id}">=card.kind</camunda:outputParameter>'
            "</camunda:inputOutput></extensionElements>",
        )

    parameters = (Parameter("kind", "text"),)
    changing = Operations.of([Operation("card.change", "database", change, parameters)])
    engine = replace(engine, operations=changing, context=Shelf(card))
    parts = (start(), word("first"), word("second"), task("look", candidateGroups="clerks"), end())
    deployed(engine, drawing("changing", *parts, path("begun", "first", "second", "look", "ended")))
    instance = started(engine, "changing", subject_ref="card:1")
    with engine.database.reading() as session:
        seen = queries.variables_of(session, instance.id)
    assert seen["seen_after_first"] == "question+question"
    assert seen["seen_after_second"] == "question+question+question+question"
