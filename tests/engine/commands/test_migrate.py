"""Running instances go over to another version: each kind of change of the help's table, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import Engine, queries
from engine.clock import ManualClock
from engine.deployment.loading import loaded
from engine.errors import Conflict, Invalid
from engine.jobs import drain
from engine.operations import Call, Operation, Operations
from engine.past import as_of
from engine.runtime.commands import cancel_instance, deliver_message, suspend_instance
from engine.runtime.commands.migrate_instance import Migrated, migrate_instance, revert_instance
from engine.runtime.commands.migration import (
    migrate_at_once,
    pause_migration,
    resume_migration,
    revert_item,
    start_migration,
)
from engine.runtime.migrating import Plan, generated, refusals
from engine.store.models import (
    Audit,
    Definition,
    ExternalTask,
    Instance,
    Job,
    Migration,
    MigrationItem,
    Task,
    TaskCandidate,
    Variable,
    Wait,
)
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import ANNA, complete, deployed, open_elements, open_tasks, started, state_of, variables

HELP = Path(__file__).resolve().parents[3] / "webui" / "help"
LETTERS = '<message id="m" name="{name}"/>'


def timer(id: str, at: str, length: str, to: str = "late") -> str:
    return (
        f'<boundaryEvent id="{id}" attachedToRef="{at}" cancelActivity="false"><timerEventDefinition><timeDuration>'
        f"{length}</timeDuration></timerEventDefinition></boundaryEvent>{end(to)}{flow(id, to)}"
    )


def line(*steps: str, also: str = "", beside: str = "") -> bytes:
    """A straight road through *steps*, tasks of clerks unless drawn otherwise."""
    import re

    ids = [re.match(r'<\w+ id="(\w+)"', step).group(1) if step.startswith("<") else step for step in steps]  # type: ignore[union-attr]
    drawn = [step if step.startswith("<") else task(step, candidateGroups="clerks") for step in steps]
    return drawing("road", start(), *drawn, end(), path("begun", *ids, "ended"), beside, also=also)


def versions(engine: Engine) -> tuple[int, int]:
    with engine.database.reading() as session:
        asked = select(Definition.id).where(Definition.key == "road").order_by(Definition.version)
        first, second = session.scalars(asked)
        return first, second


def plan(engine: Engine, renamed: Mapping[str, str] | None = None, rearm: tuple[str, ...] = ()) -> Plan:
    first, second = versions(engine)
    with engine.database.reading() as session:
        made = generated(loaded(engine, session, first), loaded(engine, session, second))
    return Plan({**made.steps, **(renamed or {})}, frozenset(rearm))


def over(engine: Engine, instance: Instance, by: Plan | None = None) -> Migrated:
    first, second = versions(engine)
    with engine.database.unit_of_work() as work:
        return migrate_instance(engine, work, ANNA, instance.id, first, second, by or plan(engine))


def gone_over(engine: Engine, old: bytes, new: bytes, by: Any = None, **values: Any) -> Instance:
    """An instance of *old* that goes on in *new*; whatever refuses fails the test."""
    deployed(engine, old)
    instance = started(engine, "road", variables=values)
    deployed(engine, new)
    done = over(engine, instance, by(engine) if by else None)
    assert (done.refusals, done.revision is not None) == ((), True)
    with engine.database.reading() as session:
        assert session.get_one(Instance, instance.id).definition_id == versions(engine)[1]
    return instance


def waits(engine: Engine, instance: Instance) -> list[tuple[str, str, Any]]:
    with engine.database.reading() as session:
        asked = select(Wait.element, Wait.name, Wait.due_at).where(Wait.instance_id == instance.id).order_by(Wait.id)
        return [(row[0], row[1], row[2]) for row in session.execute(asked)]


def walk(engine: Engine, instance: Instance) -> list[str]:
    """Finish whatever is open until it ends; the names of the steps."""
    walked = []
    for _ in range(20):
        drain(engine)
        tasks = open_tasks(engine, instance)
        if not tasks:
            break
        walked.append(tasks[0].element)
        complete(engine, ANNA, tasks[0])
    assert state_of(engine, instance) == "completed"
    return walked


def test_a_form_a_name_and_a_kind_change_under_an_open_task(engine: Engine, clock: ManualClock) -> None:
    old = line(task("write", candidateGroups="clerks", formKey="old", dueDate="2026-12-01T10:00:00Z"))
    new = line(
        '<userTask id="write" name="Write it well" camunda:candidateGroups="heads" camunda:formKey="new"><extensionElements>'
        '<camunda:properties><camunda:property name="kind" value="approve"/></camunda:properties></extensionElements>'
        "</userTask>"
    )
    forms = {
        f"{name}_dot_form": f'{{"id": "{name}", "type": "default", "components": []}}'.encode()
        for name in ("old", "new")
    }
    deployed(engine, old, **forms)
    instance = started(engine, "road")
    with engine.database.unit_of_work() as work:
        was = work.session.scalars(select(Task)).one()
        before = (was.id, was.ref, was.due_at, was.due_words, was.revision, was.token)
        candidates = list(work.session.execute(select(TaskCandidate.principal_id, TaskCandidate.due_at)))
    deployed(engine, new, **forms)
    over(engine, instance)

    with engine.database.reading() as session:
        now = session.scalars(select(Task)).one()
        assert (now.id, now.ref, now.due_at, now.due_words, now.revision, now.token) == before
        assert (now.name, now.kind, now.form_key) == ("Write it well", "approve", "new")
        assert now.definition_id == versions(engine)[1]
        assert list(session.execute(select(TaskCandidate.principal_id, TaskCandidate.due_at))) == candidates
    assert walk(engine, instance) == ["write"]


def test_steps_before_and_behind_come_and_go(engine: Engine) -> None:
    instance = gone_over(engine, line("write", "read", "send"), line("greet", "write", "sign", "send"))

    assert walk(engine, instance) == ["write", "sign", "send"]


def test_conditions_change(engine: Engine) -> None:
    def road(limit: str) -> bytes:
        return drawing(
            "road", start(), task("write", candidateGroups="clerks"),
            '<exclusiveGateway id="which" default="which_to_small"/>',
            task("big", candidateGroups="clerks"), task("small", candidateGroups="clerks"), end(),
            path("begun", "write", "which"), flow("which", "big", f"= sum &gt; {limit}"), flow("which", "small"),
            path("big", "ended"), path("small", "ended"),
        )  # fmt: skip

    instance = gone_over(engine, road("100"), road("10"), sum=50)

    assert walk(engine, instance) == ["write", "big"]


def test_an_element_with_another_id_needs_a_mapping(engine: Engine) -> None:
    deployed(engine, line("write", "send"))
    instance = started(engine, "road")
    deployed(engine, line("compose", "send"))

    assert [(each.element, each.code) for each in over(engine, instance).refusals] == [("write", "migrate-no-mapping")]
    assert over(engine, instance, plan(engine, {"write": "compose"})).revision == 2
    with engine.database.reading() as session:
        past = as_of(session, instance.id, engine.clock.now())
        assert past is not None
        assert [each.element for each in past.tokens] == ["compose"]
    assert walk(engine, instance) == ["compose", "send"]


def test_a_boundary_timer_comes_is_kept_and_goes(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, line("write"))
    plain = started(engine, "road")
    deployed(engine, line("write", beside=timer("term", "write", "P3D")))
    over(engine, plain)
    assert [(element, due) for element, _, due in waits(engine, plain)] == [("term", clock.now() + timedelta(days=3))]
    clock.move(timedelta(days=3))
    drain(engine)
    assert waits(engine, plain) == []
    assert walk(engine, plain) == ["write"]


@pytest.mark.parametrize(("rearm", "days"), [((), 3), (("term",), 11)])
def test_a_term_keeps_its_moment_unless_it_is_to_begin_anew(
    engine: Engine, clock: ManualClock, rearm: tuple[str, ...], days: int
) -> None:
    begun = clock.now()
    deployed(engine, line("write", beside=timer("term", "write", "P3D")))
    instance = started(engine, "road")
    clock.move(timedelta(days=1))
    deployed(engine, line("write", beside=timer("term", "write", "P10D")))
    over(engine, instance, plan(engine, rearm=rearm))

    assert [due for _, _, due in waits(engine, instance)] == [begun + timedelta(days=days)]
    assert walk(engine, instance) == ["write"]


def test_a_guard_that_is_gone_is_disarmed_and_one_that_fired_stays_fired(engine: Engine, clock: ManualClock) -> None:
    both = timer("term", "write", "P3D") + timer("near", "write", "P1D", "nearly")
    deployed(engine, line("write", beside=both))
    instance = started(engine, "road")
    clock.move(timedelta(days=1))
    drain(engine)
    deployed(engine, line("write", beside=timer("near", "write", "P1D", "nearly")))
    over(engine, instance)

    assert waits(engine, instance) == []
    with engine.database.reading() as session:  # the block stays for what is drawn, nothing fires
        assert not session.scalars(select(Job).where(Job.state == "waiting")).all()
    assert walk(engine, instance) == ["write"]


def test_an_activity_loses_its_last_guard(engine: Engine) -> None:
    instance = gone_over(engine, line("write", beside=timer("term", "write", "P3D")), line("write"))

    assert waits(engine, instance) == []
    assert walk(engine, instance) == ["write"]


def test_a_message_keeps_its_name_or_gets_the_new_one(engine: Engine) -> None:
    receive = '<receiveTask id="hear" messageRef="m"/>'
    deployed(engine, line(receive, "read", also=LETTERS.format(name="letter")))
    kept, anew = started(engine, "road"), started(engine, "road")
    deployed(engine, line(receive, "read", also=LETTERS.format(name="parcel")))
    over(engine, kept)
    over(engine, anew, plan(engine, rearm=("hear",)))

    assert [name for _, name, _ in waits(engine, kept)] == ["letter"]
    assert [name for _, name, _ in waits(engine, anew)] == ["parcel"]
    for name in ("letter", "parcel"):
        with engine.database.unit_of_work() as work:
            deliver_message(engine, work, ANNA, name)
    assert open_elements(engine, kept) == open_elements(engine, anew) == ["read"]


def test_a_condition_is_looked_at_with_its_new_words(engine: Engine) -> None:
    def road(words: str) -> bytes:
        return line(
            '<intermediateCatchEvent id="until"><conditionalEventDefinition><condition xsi:type="tFormalExpression">'
            f"{words}</condition></conditionalEventDefinition></intermediateCatchEvent>"
        )

    instance = gone_over(engine, road("= ready"), road("= done"), ready=False, done=False)
    from engine.runtime.commands import set_variables

    with engine.database.unit_of_work() as work:
        set_variables(engine, work, ANNA, instance.id, {"done": True})

    assert state_of(engine, instance) == "completed"


def test_work_outside_and_jobs_go_along(engine: Engine) -> None:
    asked: list[str] = []

    def mail(call: Call) -> Mapping[str, Any]:
        asked.append(call.element)
        return {"sent": True}

    engine = replace(engine, operations=Operations.of([Operation("mail.send", "outside", mail)]))
    both = '<parallelGateway id="fork"/>'
    old = drawing(
        "road", start(), both, service("post", "mail.send"), service("press", "print"), end(),
        path("begun", "fork", "post", "ended"), path("fork", "press", "ended"),
    )  # fmt: skip
    new = drawing(
        "road", start(), both, service("mailed", "mail.send"), service("printed", "print2"), end(),
        path("begun", "fork", "mailed", "ended"), path("fork", "printed", "ended"),
    )  # fmt: skip
    renamed = {"post": "mailed", "press": "printed"}
    instance = gone_over(engine, old, new, lambda office: plan(office, renamed))
    drain(engine)

    assert asked == ["mailed"]
    assert variables(engine, instance) == {"sent": True}
    with engine.database.reading() as session:
        work = session.scalars(select(ExternalTask)).one()
        assert (work.element, work.topic, work.definition_id) == ("printed", "print", versions(engine)[1])


@pytest.mark.parametrize("people", [3, 20])
def test_several_people_go_along_also_those_asleep(engine: Engine, people: int) -> None:
    def road(words: str, whom: str, until: str) -> bytes:
        return line(
            f'<userTask id="ask" name="{words}" camunda:candidateGroups="clerks"><multiInstanceLoopCharacteristics '
            f'camunda:collection="{whom}" camunda:elementVariable="one"><completionCondition>{until}</completionCondition>'
            "</multiInstanceLoopCharacteristics></userTask>",
            "sum_up",
        )

    old, new = road("Ask", "people", "${enough}"), road("Ask kindly", "others", "${false}")
    instance = gone_over(engine, old, new, people=[str(n) for n in range(people)], others=["x"], enough=False)
    tasks = open_tasks(engine, instance)
    assert ({each.name for each in tasks}, len(tasks)) == ({"Ask kindly"}, people)
    for each in tasks:
        complete(engine, ANNA, each)

    assert walk(engine, instance) == ["sum_up"]


INNER = '<subProcess id="check">{body}</subProcess>'


def checked(*steps: str, beside: str = "") -> str:
    drawn = "".join(task(step, candidateGroups="clerks") for step in steps)
    return INNER.format(body=start("in") + drawn + end("out") + path("in", *steps, "out") + beside)


def test_inside_a_sub_process_that_gets_an_event_sub_process(engine: Engine) -> None:
    bell = (
        '<subProcess id="bell" triggeredByEvent="true"><startEvent id="rung" isInterrupting="true"><messageEventDefinition '
        f'messageRef="m"/></startEvent>{task("answer", candidateGroups="clerks")}{end("heard")}'
        f"{path('rung', 'answer', 'heard')}</subProcess>"
    )
    instance = gone_over(
        engine,
        line(checked("read"), "send"),
        line(checked("read", "weigh", beside=bell), "send", also=LETTERS.format(name="ring")),
    )
    assert [name for _, name, _ in waits(engine, instance)] == ["ring"]
    with engine.database.unit_of_work() as work:
        deliver_message(engine, work, ANNA, "ring")

    assert walk(engine, instance) == ["answer", "send"]


def test_tokens_at_a_join_know_the_way_they_came(engine: Engine) -> None:
    def road(left: str) -> bytes:
        return drawing(
            "road", start(), '<parallelGateway id="fork"/>', task(left, candidateGroups="clerks"),
            task("right", candidateGroups="clerks"), '<parallelGateway id="join"/>', end(),
            path("begun", "fork", left, "join", "ended"), path("fork", "right", "join"),
        )  # fmt: skip

    deployed(engine, road("left"))
    instance = started(engine, "road")
    complete(engine, ANNA, next(each for each in open_tasks(engine, instance) if each.element == "left"))
    deployed(engine, road("links"))

    assert {each.code for each in over(engine, instance).refusals} == {"migrate-join"}
    assert over(engine, instance, plan(engine, {"left": "links"})).refusals == ()
    assert walk(engine, instance) == ["right"]


@pytest.mark.parametrize(
    ("old", "new", "mapped", "code"),
    [
        (line("write", "send"), line("send"), {}, "migrate-no-mapping"),
        (line("write"), line(service("write", "print")), {"write": "write"}, "migrate-kind"),
        (line("write"), line('<userTask id="write"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>'
              "</multiInstanceLoopCharacteristics></userTask>"), {"write": "write"}, "migrate-loop"),
        (line("write"), line(checked("write")), {"write": "write"}, "migrate-scope"),
        (line(checked("write")), line("write"), {"write": "write"}, "migrate-scope"),
        (line("write"), line("write"), {"write": "nowhere"}, "migrate-target-unknown"),
        (line("write"), line("write"), {"nowhere": "write"}, "migrate-source-unknown"),
        (line("write", "send"), line("write"), {"send": "write"}, "migrate-target-twice"),
        (line("write", '<receiveTask id="hear" messageRef="m"/>', also=LETTERS.format(name="a")),
         line("write", "hear"), {"hear": "hear"}, "migrate-kind"),
    ],
)  # fmt: skip
def test_what_is_refused_names_the_element(
    engine: Engine, old: bytes, new: bytes, mapped: dict[str, str], code: str
) -> None:
    deployed(engine, old)
    instance = started(engine, "road")
    deployed(engine, new if new != old else new.replace(b'name="Write"', b'name="W"'))
    by = plan(engine, mapped)
    first, second = versions(engine)
    with engine.database.reading() as session:
        wrong = refusals(loaded(engine, session, first), loaded(engine, session, second), by)
    found = wrong or list(over(engine, instance, by).refusals)

    assert code in {each.code for each in found}
    assert all(each.element for each in found)
    with engine.database.reading() as session:
        kept = session.get_one(Instance, instance.id)
        assert (kept.definition_id, kept.revision) == (first, 1)


def test_a_call_under_way_goes_on_in_its_own_version(engine: Engine) -> None:
    def called(step: str) -> bytes:
        return drawing("other", start(), task(step, candidateGroups="clerks"), end(), path("begun", step, "ended"))

    call = '<callActivity id="call" calledElement="other"/>'
    deployed(engine, line(call), called("deep"))
    instance = started(engine, "road")
    deployed(engine, line(call, "behind"), called("deeper"))
    assert over(engine, instance).refusals == ()

    assert walk(engine, instance) == ["deep", "behind"]


def test_a_whole_migration_by_jobs_with_pause_and_way_back(engine: Engine) -> None:
    deployed(engine, line("write", beside=timer("term", "write", "P3D")))
    many = [started(engine, "road", variables={"n": n}) for n in range(5)]
    with engine.database.unit_of_work() as work:
        cancel_instance(engine, work, ANNA, many[4].id, "not needed")
    with engine.database.unit_of_work() as work:
        suspend_instance(engine, work, ANNA, many[3].id)
    deployed(engine, line("write", "sign", beside=timer("near", "write", "P1D", "nearly")))
    first, second = versions(engine)
    before = _whole(engine, many[0])

    with engine.database.unit_of_work() as work:
        made = start_migration(engine, work, ANNA, first, second, plan(engine), reason="a new law").id
    with engine.database.unit_of_work() as work:
        pause_migration(engine, work, ANNA, made)
    drain(engine)
    assert _items(engine, made) == ["waiting"] * 4
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        pause_migration(engine, work, ANNA, made)
    with engine.database.unit_of_work() as work:
        resume_migration(engine, work, ANNA, made)
    drain(engine)

    assert _items(engine, made) == ["done", "done", "done", "refused"]
    with engine.database.reading() as session:
        assert session.get_one(Migration, made).state == "done"
        refused = session.scalars(select(MigrationItem).where(MigrationItem.state == "refused")).one()
        assert refused.refusals == [{"element": "", "code": "instance-suspended", "to": ""}]
        audited = session.scalars(select(Audit.details).where(Audit.action == "instance.migrate")).all()
        assert all(each["before"] == each["after"] and each["reason"] == "a new law" for each in audited)
        items = list(session.scalars(select(MigrationItem.id).order_by(MigrationItem.id)))
    complete(engine, ANNA, open_tasks(engine, many[1])[0])
    assert open_elements(engine, many[1]) == ["sign"]

    with engine.database.unit_of_work() as work:
        revert_item(engine, work, ANNA, items[0])
    for moved_on in (items[1], items[0], items[3]):
        with engine.database.unit_of_work() as work, pytest.raises(Conflict):
            revert_item(engine, work, ANNA, moved_on)
    assert _whole(engine, many[0]) == before
    for instance, stands in ((many[0], {"write", "term"}), (many[2], {"write", "near"}), (many[1], {"sign"})):
        with engine.database.reading() as session:  # the history says the same
            past = as_of(session, instance.id, engine.clock.now())
            assert past is not None
            assert ({each.element for each in past.tokens}, past.whole) == (stands, True)
    assert walk(engine, many[0]) == ["write"]
    assert walk(engine, many[2]) == ["write", "sign"]


def test_at_once_means_all_or_none(engine: Engine) -> None:
    deployed(engine, line("write"))
    many = [started(engine, "road") for _ in range(3)]
    deployed(engine, line("write", "sign"))
    first, second = versions(engine)
    with engine.database.unit_of_work() as work:
        suspend_instance(engine, work, ANNA, many[1].id)

    def at_once(*chosen: Instance) -> None:
        with engine.database.unit_of_work() as work:
            refs = [one.ref for one in chosen]
            migrate_at_once(engine, work, ANNA, first, second, plan(engine), instances=refs, reason="now")

    with pytest.raises(Invalid, match="migrate-instances-refused") as refused:
        at_once(*many)
    assert {ref: [one["code"] for one in why] for ref, why in refused.value.params["instances"].items()} == {
        many[1].ref: ["instance-suspended"]
    }
    with pytest.raises(Invalid, match="migrate-how-many"):
        at_once()
    with engine.database.reading() as session:
        assert session.scalars(select(Migration.id)).all() == []
        assert set(session.scalars(select(Instance.definition_id))) == {first}
    at_once(many[0], many[2], many[0])
    with engine.database.reading() as session:
        items = session.scalars(select(MigrationItem).order_by(MigrationItem.id)).all()
        assert [(one.instance_id, one.state) for one in items] == [(many[0].id, "done"), (many[2].id, "done")]
        assert session.scalars(select(Migration.state)).one() == "done"
    with engine.database.unit_of_work() as work:
        revert_item(engine, work, ANNA, items[0].id)
    assert walk(engine, many[0]) == ["write"]
    assert walk(engine, many[2]) == ["write", "sign"]


def test_a_plan_that_is_wrong_starts_nothing(engine: Engine) -> None:
    deployed(engine, line("write"))
    instance = started(engine, "road")
    deployed(engine, line(service("write", "print")))
    first, second = versions(engine)

    for plan_, source, target, code in (
        (Plan({"write": "write"}), first, second, "migrate-plan-wrong"),
        (Plan({}), first, first, "migrate-plan-wrong"),
        (Plan({}), second, first, "migrate-how-many"),
    ):
        with engine.database.unit_of_work() as work, pytest.raises(Invalid) as refused:
            start_migration(engine, work, ANNA, source, target, plan_)
        assert refused.value.code == code
    with engine.database.unit_of_work() as work:
        done = migrate_instance(engine, work, ANNA, instance.id, second, first, Plan({}))
    assert done.refusals[0].code == "migrate-other-version"
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        migrate_instance(engine, work, ANNA, instance.id, first, second, Plan({}), revision=7)
    with engine.database.unit_of_work() as work, pytest.raises(Conflict):
        revert_instance(engine, work, ANNA, instance.id, {}, revision=7)


def _items(engine: Engine, migration: int) -> list[str]:
    with engine.database.reading() as session:
        asked = select(MigrationItem.state).where(MigrationItem.migration_id == migration).order_by(MigrationItem.id)
        return list(session.scalars(asked))


def _whole(engine: Engine, instance: Instance) -> Any:
    """Everything kept of an instance but how often it was touched."""
    with engine.database.reading() as session:
        row = session.get_one(Instance, instance.id)
        tasks = session.execute(select(Task.id, Task.element, Task.state, Task.definition_id, Task.name, Task.due_at))
        kept = [tuple(each) for each in tasks if each[0] in _ids(session, instance)]
        texts = session.execute(
            select(Variable.scope, Variable.name, Variable.value).filter_by(instance_id=instance.id)
        )
        asleep = session.execute(select(Wait.id, Wait.element, Wait.due_at).filter_by(instance_id=instance.id))
        return row.execution, row.definition_id, kept, [tuple(each) for each in texts], [tuple(each) for each in asleep]


def _ids(session: Any, instance: Instance) -> set[int]:
    return {task.id for task in queries.open_tasks(session, instance.id)}


def test_the_steps_of_an_open_choice_stay(engine: Engine) -> None:
    free = '<adHocSubProcess id="free">{}</adHocSubProcess>'
    deployed(engine, line(free.format(task("look") + task("ask"))))
    offered = started(engine, "road")
    deployed(engine, line(free.format(task("look") + task("ask") + task("weigh"))))
    assert ("free", "migrate-ad-hoc") in {(each.element, each.code) for each in over(engine, offered).refusals}


def test_what_can_still_be_undone_stays(engine: Engine) -> None:
    undo = '<userTask id="undo" isForCompensation="true"/><association id="a" sourceRef="hang" targetRef="undo"/>'
    undo += '<boundaryEvent id="hang" attachedToRef="read"><compensateEventDefinition/></boundaryEvent>'
    old, new = (line(checked("read", beside=undo), *behind) for behind in (("send",), ("send", "file")))
    deployed(engine, old)
    instance = started(engine, "road")
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    assert open_elements(engine, instance) == ["send"]
    deployed(engine, new)

    assert {each.code for each in over(engine, instance).refusals} == {"migrate-undo-scope"}
    with engine.database.reading() as session:
        assert session.get_one(Instance, instance.id).definition_id == versions(engine)[0]


KINDS = {
    "form, name, kind or properties of a step": test_a_form_a_name_and_a_kind_change_under_an_open_task,
    "assignee, candidates, term, priority": test_a_form_a_name_and_a_kind_change_under_an_open_task,
    "steps added or removed where no token stands": test_steps_before_and_behind_come_and_go,
    "conditions, flows, decisions, scripts": test_conditions_change,
    "boundary event added": test_a_boundary_timer_comes_is_kept_and_goes,
    "boundary event removed": test_a_guard_that_is_gone_is_disarmed_and_one_that_fired_stays_fired,
    "length of a timer, name of a message changed": test_a_term_keeps_its_moment_unless_it_is_to_begin_anew,
    "condition of a waiting event changed": test_a_condition_is_looked_at_with_its_new_words,
    "event sub-process added or removed": test_inside_a_sub_process_that_gets_an_event_sub_process,
    "topic or operation of a service step": test_work_outside_and_jobs_go_along,
    "collection or end condition of a multi-instance": test_several_people_go_along_also_those_asleep,
    "called process changed": test_a_call_under_way_goes_on_in_its_own_version,
    "id of an element changed": test_an_element_with_another_id_needs_a_mapping,
    "step before a join renamed while a token waits there": test_tokens_at_a_join_know_the_way_they_came,
    "element with a token removed": test_what_is_refused_names_the_element,
    "kind of a step changed (task for people → service)": test_what_is_refused_names_the_element,
    "multi-instance or loop added or taken from an open step": test_what_is_refused_names_the_element,
    "step moved into or out of a sub-process": test_what_is_refused_names_the_element,
    "steps of an open free (ad-hoc) sub-process changed": test_the_steps_of_an_open_choice_stay,
    "finished sub-process that can still be undone": test_what_can_still_be_undone_stays,
}
"""Where each kind of change of the help's table is tried."""


@pytest.mark.parametrize("language", ["en", "ru", "fa"])
def test_the_helps_table_is_what_is_tried(language: str) -> None:
    text = (HELP / language / "administering.md").read_text("utf-8")
    (section,) = [part for part in text.split("\n## ") if "chancery migration" in part]
    (table,) = [part for part in section.split("\n\n") if part.startswith("|")]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    assert len(rows) == len(KINDS) >= 12 and all(all(row) for row in rows)
    if language == "en":
        assert [row[0] for row in rows] == list(KINDS)
        assert sum(row[1] == "goes over" for row in rows) >= 7
