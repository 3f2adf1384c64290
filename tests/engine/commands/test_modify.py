"""An administrator changes where an instance stands, and starts finished ones again; all at once or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine import Engine, queries
from engine.errors import ChanceryError, Conflict, Invalid
from engine.jobs import drain
from engine.runtime.commands import (
    cancel_instance,
    foresee_modification,
    modify_instance,
    restart_instance,
    resume_instance,
    set_variables,
    suspend_instance,
)
from engine.runtime.modifying import CancelToken, Change, MoveToken, StartAfter, StartAlong, StartBefore
from engine.store.models import Audit, Instance, Wait
from services.tables import Base
from tests.engine.drawing import drawing, end, flow, path, start, task
from tests.engine.office import ANNA, complete, deployed, open_elements, open_tasks, started, state_of, variables

TERM = (
    '<boundaryEvent id="late" attachedToRef="sign"><timerEventDefinition><timeDuration>P3D</timeDuration>'
    "</timerEventDefinition></boundaryEvent>"
)
INNER = (
    '<subProcess id="check">'
    + start("inside")
    + task("read", candidateGroups="clerks")
    + task("weigh", candidateGroups="clerks")
    + end("checked")
    + path("inside", "read", "weigh", "checked")
    + "</subProcess>"
)
ROAD = drawing(
    "road",
    start(),
    task("write", candidateGroups="clerks"),
    INNER,
    '<parallelGateway id="fork"/>',
    task("sign", candidateGroups="heads"),
    TERM,
    task("stamp", candidateGroups="clerks"),
    '<parallelGateway id="join"/>',
    end(),
    end("too_late"),
    path("begun", "write", "check", "fork", "sign", "join", "ended"),
    flow("fork", "stamp"),
    flow("stamp", "join"),
    flow("late", "too_late"),
)
EACH = drawing(
    "each",
    start(),
    '<userTask id="ask" camunda:candidateGroups="clerks"><multiInstanceLoopCharacteristics camunda:collection="people" '
    'camunda:elementVariable="one"/></userTask>',
    task("sum_up"),
    end(),
    path("begun", "ask", "sum_up", "ended"),
)


def change(engine: Engine, instance: Instance, *changes: Change, **how: Any) -> Instance:
    with engine.database.unit_of_work() as work:
        return modify_instance(engine, work, ANNA, instance.id, changes, **how)


def token_at(engine: Engine, instance: Instance, element: str) -> str:
    from engine.store.models import Task

    with engine.database.reading() as session:
        asked = select(Task.token).where(Task.instance_id == instance.id, Task.element == element, Task.state == "open")
        return session.scalars(asked.order_by(Task.id)).first() or ""


def last_audit(engine: Engine, action: str) -> Any:
    with engine.database.reading() as session:
        asked = select(Audit.details).where(Audit.action == action).order_by(Audit.id.desc()).limit(1)
        return session.scalars(asked).one()


def test_a_token_is_moved_with_its_picture_kept(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")
    token = token_at(engine, instance, "write")

    change(engine, instance, MoveToken(token, "sign"), StartBefore("stamp"), reason="signed on paper")

    assert sorted(open_elements(engine, instance)) == ["sign", "stamp"]
    kept = last_audit(engine, "instance.modify")
    assert kept["before"] == [[token, "write"]]
    assert sorted(element for _, element in kept["after"]) == ["sign", "stamp"]
    assert kept["reason"] == "signed on paper"
    with engine.database.reading() as session:  # its boundary timer is armed
        assert [wait.element for wait in queries.waits_of(session, instance.id)] == ["late"]
    for each in open_tasks(engine, instance):
        complete(engine, ANNA if each.element == "stamp" else _boris(), each)
    assert state_of(engine, instance) == "completed"


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with engine.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
        }


def test_a_dry_run_says_what_would_be_and_keeps_nothing(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road", variables={"n": 1})
    token, before = token_at(engine, instance, "write"), everything(engine)
    changes = (MoveToken(token, "sign"), StartBefore("stamp"))

    seen = foresee_modification(engine, ANNA, instance.id, changes, revision=instance.revision)
    assert everything(engine) == before
    assert seen.before == ((token, "write"),)
    assert sorted(element for _, element in seen.after) == ["sign", "stamp"]
    assert {(each.kind, each.element) for each in seen.goes} == {("task", "write")}
    assert {(each.kind, each.element) for each in seen.comes} >= {
        ("task", "sign"),
        ("task", "stamp"),
        ("timer", "late"),
    }
    assert (seen.state, seen.variables) == ("running", ())

    ended = foresee_modification(engine, ANNA, instance.id, [CancelToken(token)], variables={"n": 2})
    assert (ended.state, ended.after) == ("cancelled", ())
    assert ended.variables == (("n", "1", "2"),)
    for wrong, code in (([CancelToken("x")], "modify-token-gone"), ([], "modify-how-many")):
        with pytest.raises((Invalid, Conflict), match=code):
            foresee_modification(engine, ANNA, instance.id, wrong)
    with pytest.raises(Conflict, match="instance-moved-on"):
        foresee_modification(engine, ANNA, instance.id, changes, revision=99)
    assert everything(engine) == before

    change(engine, instance, *changes)
    assert sorted(open_elements(engine, instance)) == ["sign", "stamp"], "what was foreseen is what is done"


def test_sleep_leaves_the_tokens_where_they_are_and_the_audit_says_so(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")
    picture = [[token_at(engine, instance, "write"), "write"]]
    for command, action in ((suspend_instance, "instance.suspended"), (resume_instance, "instance.running")):
        with engine.database.unit_of_work() as work:
            command(engine, work, ANNA, instance.id)
        kept = last_audit(engine, action)
        assert kept["before"] == kept["after"] == picture


def _boris() -> Any:
    from tests.engine.office import BORIS

    return BORIS


def test_a_sub_process_that_is_not_open_is_opened_around_the_element(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")

    change(engine, instance, MoveToken(token_at(engine, instance, "write"), "weigh"))
    assert open_elements(engine, instance) == ["weigh"]
    change(engine, instance, StartBefore("read"))  # now it is open: beside the other
    assert sorted(open_elements(engine, instance)) == ["read", "weigh"]
    change(engine, instance, CancelToken(token_at(engine, instance, "read")))
    complete(engine, ANNA, open_tasks(engine, instance)[0])

    assert sorted(open_elements(engine, instance)) == ["sign", "stamp"]


def test_who_leaves_a_sub_process_empty_takes_it_away(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")
    complete(engine, ANNA, open_tasks(engine, instance)[0])

    change(engine, instance, MoveToken(token_at(engine, instance, "read"), "write"))

    assert open_elements(engine, instance) == ["write"]


def test_after_an_element_and_along_a_flow(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")
    token = token_at(engine, instance, "write")

    change(engine, instance, StartAfter("check"), CancelToken(token))
    assert sorted(open_elements(engine, instance)) == ["sign", "stamp"]
    change(engine, instance, CancelToken(token_at(engine, instance, "stamp")), StartAlong("stamp_to_join"))
    complete(engine, _boris(), open_tasks(engine, instance)[0])

    assert state_of(engine, instance) == "completed"


def test_one_of_several_counts_as_done(engine: Engine) -> None:
    deployed(engine, EACH)
    instance = started(engine, "each", variables={"people": ["a", "b", "c"]})
    first = token_at(engine, instance, "ask")

    change(engine, instance, CancelToken(first))
    assert len(open_tasks(engine, instance)) == 2
    for each in open_tasks(engine, instance):
        complete(engine, ANNA, each)

    assert open_elements(engine, instance) == ["sum_up"]


def test_left_without_a_token_it_is_cancelled(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")

    change(engine, instance, CancelToken(token_at(engine, instance, "write")), reason="a mistake")

    assert state_of(engine, instance) == "cancelled"
    with engine.database.reading() as session:
        assert queries.instance(session, instance.ref).end_reason == "a mistake"
        assert session.scalars(select(Wait).where(Wait.instance_id == instance.id)).all() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([], "modify-how-many"),
        ([StartBefore("nowhere")], "modify-element-unknown"),
        ([StartBefore("begun")], "modify-not-before-event"),
        ([StartBefore("late")], "modify-not-before-event"),
        ([StartBefore("join")], "modify-at-join"),
        ([StartAfter("ended")], "modify-nothing-after"),
        ([StartAfter("read")], "modify-scope-not-open"),
        ([StartAlong("nowhere")], "modify-element-unknown"),
        ([CancelToken("999")], "modify-token-gone"),
        ([CancelToken("1"), MoveToken("1", "sign")], "modify-token-twice"),
        ([StartBefore("sign")] * 101, "modify-how-many"),
        ([StartBefore("sign"), StartBefore("nowhere")], "modify-element-unknown"),
    ],
)
def test_what_cannot_be_is_refused_whole(engine: Engine, changes: list[Change], code: str) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")

    with pytest.raises(ChanceryError) as refused:
        change(engine, instance, *changes)

    assert refused.value.code == code
    assert open_elements(engine, instance) == ["write"]


def test_a_stale_page_changes_nothing(engine: Engine) -> None:
    deployed(engine, ROAD)
    instance = started(engine, "road")
    seen = instance.revision
    complete(engine, ANNA, open_tasks(engine, instance)[0])

    with pytest.raises(Conflict) as refused:
        change(engine, instance, StartBefore("sign"), revision=seen)
    assert refused.value.code == "instance-moved-on"
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        set_variables(engine, work, ANNA, instance.id, {"a": 1}, revision=seen)
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        cancel_instance(engine, work, ANNA, instance.id, "no", revision=seen)
    assert variables(engine, instance) == {}


def test_a_finished_instance_begins_again_with_its_first_or_last_inputs(engine: Engine) -> None:
    deployed(engine, ROAD)
    old = started(engine, "road", variables={"sum": 5}, business_key="A-1", subject_ref="card:1")
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        restart_instance(engine, work, ANNA, old.id)
    with engine.database.unit_of_work() as work:
        set_variables(engine, work, ANNA, old.id, {"sum": 7, "more": True})
    with engine.database.unit_of_work() as work:
        cancel_instance(engine, work, ANNA, old.id, "again, please")

    with engine.database.unit_of_work() as work:
        first = restart_instance(engine, work, ANNA, old.id)
    with engine.database.unit_of_work() as work:
        last = restart_instance(
            engine, work, ANNA, old.id, inputs="last", at=[StartBefore("sign"), StartBefore("read")]
        )

    assert (variables(engine, first), open_elements(engine, first)) == ({"sum": 5}, ["write"])
    assert (first.business_key, first.subject_ref) == ("A-1", "card:1")
    assert variables(engine, last) == {"sum": 7, "more": True}
    assert sorted(open_elements(engine, last)) == ["read", "sign"]
    assert last_audit(engine, "instance.restart")["restarted"] == old.id
    assert drain(engine) == 0


def test_a_step_that_fails_on_the_way_refuses_the_whole(engine: Engine) -> None:
    deployed(
        engine,
        drawing(
            "broken",
            start(),
            task("write"),
            '<exclusiveGateway id="which"/>',
            end(),
            path("begun", "write", "which"),
            flow("which", "ended", "= never"),
        ),
    )
    instance = started(engine, "broken")

    with pytest.raises(Conflict) as refused:
        change(engine, instance, StartBefore("which"))

    assert refused.value.code == "modify-failed"
    with engine.database.reading() as session:
        assert queries.incidents(session) == []
    with pytest.raises(Invalid):
        change(engine, instance)
