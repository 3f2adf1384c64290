"""Tasks: who may do them, one wins, a repeated request changes nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import Engine, queries
from engine.clock import ManualClock
from engine.errors import Conflict, NotAllowed, NotFound
from engine.operations import Call, Operation, Operations
from engine.runtime.commands import claim_task, reassign_task, release_task
from engine.store.models import Audit, Instance, TaskCandidate
from tests.engine.drawing import drawing, end, flow, path, start, task
from tests.engine.office import (
    ANNA,
    BORIS,
    DMITRI,
    asking,
    complete,
    deployed,
    open_elements,
    open_tasks,
    started,
    state_of,
    variables,
)

REVIEW_THEN_SIGN = drawing(
    "review_then_sign",
    start(),
    task("review", candidateGroups="clerks", dueDate="P1D"),
    '<exclusiveGateway id="agreed" default="agreed_to_again"/>',
    task("again", candidateGroups="clerks"),
    task("sign", assignee="boris"),
    end(),
    path("begun", "review", "agreed"),
    flow("agreed", "sign", "${outcome == 'agree'}"),
    flow("agreed", "again"),
    path("again", "review"),
    path("sign", "ended"),
)


@pytest.fixture
def instance(engine: Engine) -> Instance:
    deployed(engine, REVIEW_THEN_SIGN)
    return started(engine, "review_then_sign", business_key="A-1")


def test_a_process_is_carried_from_start_to_end(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    assert (review.element, review.name, review.kind) == ("review", "Review", "plain")
    assert review.due_at == engine.clock.now() + timedelta(days=1)
    complete(engine, ANNA, review, {"outcome": "agree", "remark": "да"})
    assert variables(engine, instance) == {"outcome": "agree", "review_outcome": "agree", "remark": "да"}
    (sign,) = open_tasks(engine, instance)
    assert (sign.element, sign.assignee_id) == ("sign", BORIS.account_id)
    complete(engine, BORIS, sign)
    assert state_of(engine, instance) == "completed"


def test_the_gateway_reads_what_was_said(engine: Engine, instance: Instance) -> None:
    complete(engine, ANNA, open_tasks(engine, instance)[0], {"outcome": "refuse"})
    assert open_elements(engine, instance) == ["again"]


def test_a_stranger_does_not_learn_that_a_task_exists(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    with pytest.raises(NotFound):
        complete(engine, DMITRI, review)
    with pytest.raises(NotFound):
        complete(engine, DMITRI, 999_999)
    assert open_elements(engine, instance) == ["review"]


def test_a_claimed_task_is_in_nobody_elses_hands(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    with engine.database.unit_of_work() as work:
        claim_task(engine, work, ANNA, review.id)
    with pytest.raises(NotAllowed) as refused:
        complete(engine, BORIS, review)
    assert refused.value.params["who"] == "Anna"
    with pytest.raises(Conflict) as late, engine.database.unit_of_work() as work:
        claim_task(engine, work, BORIS, review.id)
    assert (late.value.code, late.value.params["who"]) == ("task-already-claimed", "Anna")
    with engine.database.unit_of_work() as work:
        release_task(engine, work, ANNA, review.id)
    complete(engine, BORIS, review)


def test_a_task_for_one_person_cannot_be_released_to_nobody(engine: Engine, instance: Instance) -> None:
    complete(engine, ANNA, open_tasks(engine, instance)[0], {"outcome": "agree"})
    (sign,) = open_tasks(engine, instance)
    with pytest.raises(Conflict), engine.database.unit_of_work() as work:
        release_task(engine, work, BORIS, sign.id)
    with engine.database.unit_of_work() as work:
        reassign_task(engine, work, BORIS, sign.id, ANNA.account_id or 0)
    with pytest.raises(NotFound):
        complete(engine, BORIS, sign)
    complete(engine, ANNA, sign)


def test_a_stale_page_is_refused(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    with engine.database.unit_of_work() as work:
        claim_task(engine, work, ANNA, review.id)
    with pytest.raises(Conflict) as stale:
        complete(engine, ANNA, review, revision=review.revision)
    assert stale.value.code == "task-changed"


def test_the_second_of_two_learns_who_was_faster_and_when(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    complete(engine, ANNA, review, {"outcome": "agree"})
    with pytest.raises(Conflict) as late:
        complete(engine, BORIS, review, {"outcome": "refuse"})
    assert late.value.code == "task-already-completed"
    assert late.value.params == {"who": "Anna", "at": engine.clock.now()}


def test_of_two_at_the_same_moment_one_wins(engine: Engine) -> None:
    deployed(engine, REVIEW_THEN_SIGN)
    for _ in range(10):
        instance = started(engine, "review_then_sign")
        (review,) = open_tasks(engine, instance)
        together, heard = threading.Barrier(2), []

        def act(actor: object, review: object = review, together: threading.Barrier = together) -> None:
            together.wait()
            try:
                complete(engine, actor, review, {"outcome": "agree"})  # type: ignore[arg-type]
                heard.append("won")  # noqa: B023
            except Conflict as late:
                heard.append(f"{late.code} {late.params['who'] is not None}")  # noqa: B023

        threads = [threading.Thread(target=act, args=(actor,)) for actor in (ANNA, BORIS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(heard) == ["task-already-completed True", "won"]
        assert open_elements(engine, instance) == ["sign"]


def test_a_repeated_request_gets_the_first_answer(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    first = complete(engine, asking(ANNA, "r-1"), review, {"outcome": "agree"})
    again = complete(engine, asking(ANNA, "r-1"), review, {"outcome": "refuse"})
    assert again == first == {"instance": instance.ref}
    assert variables(engine, instance)["outcome"] == "agree"
    with engine.database.reading() as session:
        done = select(func.count()).where(Audit.action == "task.complete", Audit.request_id == "r-1")
        assert session.scalar(done) == 1


def test_a_request_id_is_not_lent(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    complete(engine, asking(ANNA, "r-1"), review, {"outcome": "refuse"})
    (again,) = open_tasks(engine, instance)
    with pytest.raises(Conflict) as refused:
        complete(engine, asking(BORIS, "r-1"), again)
    assert refused.value.code == "request-id-used"
    assert open_elements(engine, instance) == ["again"]


def test_an_inbox_forgets_a_task_with_its_completion(engine: Engine, instance: Instance) -> None:
    (review,) = open_tasks(engine, instance)
    complete(engine, ANNA, review, {"outcome": "agree"})
    with engine.database.reading() as session:
        rows = session.execute(select(TaskCandidate.task_id, TaskCandidate.state)).all()
    assert [tuple(row) for row in rows] == [(review.id, "completed")]


def test_history_says_who_when_and_what(engine: Engine, clock: ManualClock, instance: Instance) -> None:
    clock.move(timedelta(hours=2))
    complete(engine, ANNA, open_tasks(engine, instance)[0], {"outcome": "agree"})
    with engine.database.reading() as session:
        lines = queries.history(session, instance.id)
        states = queries.element_states(session, instance.id)
    newest = [line for line in lines if line.revision == 2]
    assert newest[0].command == "complete_task"
    assert ("", "outcome", "agree") in newest[0].variables
    assert {line.by_id for line in newest} == {ANNA.account_id}
    assert {line.at for line in newest} == {clock.now()}
    assert (states["review"].done, states["review"].now) == (1, 0)
    assert (states["sign"].done, states["sign"].now) == (0, 1)


def test_listeners_hear_of_each_new_holder_in_the_same_transaction(engine: Engine) -> None:
    told: list[str] = []

    def note(call: Call) -> dict[str, Any]:
        told.append(call.actor.name)
        return {}

    engine = replace(engine, operations=Operations.of([Operation("note", "database", note)]))
    listening = (
        '<extensionElements><camunda:taskListener event="assignment" delegateExpression="${note}"/></extensionElements>'
    )
    deployed(
        engine,
        drawing(
            "kept",
            start(),
            task("review", listening, candidateGroups="clerks"),
            end(),
            path("begun", "review", "ended"),
        ),
    )
    instance = started(engine, "kept")
    (review,) = open_tasks(engine, instance)
    assert told == []
    with engine.database.unit_of_work() as work:
        claim_task(engine, work, ANNA, review.id)
    with engine.database.unit_of_work() as work:
        claim_task(engine, work, ANNA, review.id)  # she has it already: nothing new to hear
    with engine.database.unit_of_work() as work:
        release_task(engine, work, ANNA, review.id)
    with engine.database.unit_of_work() as work:
        reassign_task(engine, work, BORIS, review.id, 1)
    assert told == ["Anna", "Anna", "Boris"]
    complete(engine, ANNA, review)
    assert state_of(engine, instance) == "completed"
