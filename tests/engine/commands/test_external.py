"""Outside workers: till and press fetch, do, fail and complete what a process asks for."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import func, select, text

from engine import Engine, queries
from engine.errors import Conflict, Invalid, NotFound
from engine.runtime.commands import (
    Fetched,
    Topic,
    can_fetch,
    cancel_instance,
    complete_external_task,
    extend_lock,
    fail_external_task,
    fetch_external_tasks,
    lock_external_task,
    perform,
    report_bpmn_error,
    resume_instance,
    retry_incident,
    set_external_priority,
    set_external_retries,
    skip_incident,
    start_instance,
    suspend_instance,
    unlock_external_task,
)
from engine.store.models import ExternalTask, Incident, Instance
from tests.engine.commands.test_cost import Watched, counted
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import ANNA, asking, deployed, open_elements, started, state_of, variables

PRINTING = drawing(
    "printing",
    start(),
    service("print", "print", attributes='camunda:taskPriority="${urgent}"'),
    task("look", candidateGroups="clerks"),
    end(),
    path("begun", "print", "look", "ended"),
)
MINUTE = 60_000


def fetched(engine: Engine, worker: str = "till", topic: str = "print", most: int = 10, **how: Any) -> list[Fetched]:
    with engine.database.unit_of_work() as work:
        return fetch_external_tasks(engine, work, worker, [Topic(topic, how.pop("lock", MINUTE), **how)], most=most)


def completed(engine: Engine, ref: str, worker: str = "till", values: Any = None, actor: Any = ANNA, **how: Any) -> Any:
    return perform(
        engine,
        actor,
        "external-task.complete",
        lambda work: complete_external_task(engine, work, actor, ref, worker, values, **how).ref,
    )


def failed(engine: Engine, ref: str, worker: str = "till", **how: Any) -> None:
    with engine.database.unit_of_work() as work:
        fail_external_task(engine, work, ANNA, ref, worker, **how)


def run_out(engine: Engine, *refs: str) -> None:
    """The locks of these tasks have just run out."""
    with engine.database.unit_of_work() as work:
        for one in work.session.scalars(select(ExternalTask).where(ExternalTask.ref.in_(refs))):
            one.free_at = one.free_at.replace(year=2000)


def incidents(engine: Engine) -> list[queries.IncidentView]:
    with engine.database.reading() as session:
        return queries.incidents(session)


def many(engine: Engine, count: int, key: str = "printing") -> None:
    with engine.database.unit_of_work() as work:
        for _ in range(count):
            start_instance(engine, work, ANNA, key, variables={"urgent": 0})


def test_a_worker_fetches_and_completes(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 5, "letter": "A-7"}, business_key="A-7")
    (job,) = fetched(engine)
    assert (job.topic, job.element, job.priority, job.retries, job.worker) == ("print", "print", 5, None, "till")
    assert (job.instance_ref, job.business_key, job.definition_key) == (instance.ref, "A-7", "printing")
    assert job.variables == {"urgent": 5, "letter": "A-7"}
    assert fetched(engine, "press") == []

    completed(engine, job.ref, values={"pages": 3})
    assert open_elements(engine, instance) == ["look"]
    assert variables(engine, instance)["pages"] == 3
    assert fetched(engine) == []
    with pytest.raises(NotFound):
        completed(engine, job.ref)


def test_only_wanted_variables_travel(engine: Engine) -> None:
    inputs = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="letter">${"B-" + urgent}'
        '</camunda:inputParameter><camunda:outputParameter name="kept">${pages * 2}</camunda:outputParameter>'
        '</camunda:inputOutput><camunda:properties><camunda:property name="tray" value="2"/></camunda:properties>'
        "</extensionElements>"
    )
    deployed(
        engine,
        drawing("scoped", start(), service("print", "print", inputs), task("look"), path("begun", "print", "look")),
    )
    instance = started(engine, "scoped", variables={"urgent": "1", "letter": "A-7"})
    with engine.database.reading() as session:
        ref = session.scalar(select(ExternalTask.ref))
    assert ref
    for how, seen in (
        ({}, {"urgent": "1", "letter": "B-1"}),
        ({"variables": ("letter", "nothing")}, {"letter": "B-1"}),
        ({"variables": ()}, {}),
        ({"local": True}, {"letter": "B-1"}),
    ):
        (job,) = fetched(engine, **how)
        assert (job.variables, job.properties) == (seen, {"tray": "2"})
        with engine.database.unit_of_work() as work:
            unlock_external_task(work, ref)
    fetched(engine)
    completed(engine, ref, values={"done": True}, local={"pages": 4})
    assert variables(engine, instance) == {"urgent": "1", "letter": "A-7", "done": True, "kept": 8}


def test_a_lock_that_ran_out_is_anybodys_and_the_late_one_is_told_who(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine)
    run_out(engine, job.ref)
    (same,) = fetched(engine, "press")
    assert same.ref == job.ref
    for late in (
        lambda: completed(engine, job.ref),
        lambda: failed(engine, job.ref),
        lambda: failed(engine, job.ref, retries=1),
        lambda: engine.database.run(lambda work: report_bpmn_error(engine, work, ANNA, job.ref, "till", "E")),
        lambda: engine.database.run(lambda work: extend_lock(work, job.ref, "till", 1000)),
        lambda: engine.database.run(lambda work: lock_external_task(work, job.ref, "till", 1000)),
    ):
        with pytest.raises(Conflict, match="external-task-held") as late_one:
            late()
        assert late_one.value.params["holder"] == "press"
        assert late_one.value.params["until"] == same.locked_until
    completed(engine, job.ref, "press")
    assert open_elements(engine, instance) == ["look"]


def test_a_lock_that_ran_out_still_completes_while_nobody_else_came(engine: Engine) -> None:
    deployed(engine, PRINTING)
    started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine, lock=1)
    time.sleep(0.01)
    completed(engine, job.ref)


def test_delivery_three_times_is_once(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine)
    anna = asking(ANNA, "r-1")
    assert [completed(engine, job.ref, actor=anna) for _ in range(3)] == [instance.ref] * 3
    with pytest.raises(NotFound):
        completed(engine, job.ref)
    assert open_elements(engine, instance) == ["look"]


def test_a_failure_comes_back_after_its_pause_and_then_becomes_an_incident(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine)
    for _ in range(3):
        failed(engine, job.ref, message="no paper", details="tray 2", retries=2, retry_timeout=MINUTE)
    assert fetched(engine) == []
    run_out(engine, job.ref)
    (again,) = fetched(engine)
    assert (again.retries, again.error, again.error_details) == (2, "no paper", "tray 2")

    for _ in range(3):
        failed(engine, job.ref, message="still no paper", details="tray 2 is empty", retries=0)
    run_out(engine, job.ref)
    assert fetched(engine) == []
    with pytest.raises(Conflict, match="external-task-gave-up"):
        failed(engine, job.ref, retries=1)
    (incident,) = incidents(engine)
    assert (incident.code, incident.element, incident.retryable) == ("external-task-failed", "print", True)
    assert incident.params["message"] == "still no paper"
    assert "times" not in incident.params
    assert incident.trace == "tray 2 is empty"

    with engine.database.unit_of_work() as work:
        retry_incident(engine, work, ANNA, incident.id)
    (last,) = fetched(engine)
    assert last.retries == 1
    with engine.database.reading() as session:
        assert queries.instance(session, instance.ref).open_incidents == 0
    with pytest.raises(Conflict), engine.database.unit_of_work() as work:
        retry_incident(engine, work, ANNA, incident.id)
    completed(engine, job.ref)
    assert incidents(engine) == []


def test_retries_set_by_hand_resolve_and_make_incidents(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine)

    def tries(count: int) -> None:
        with engine.database.unit_of_work() as work:
            set_external_retries(engine, work, ANNA, job.ref, count)

    tries(0)
    tries(0)
    assert len(incidents(engine)) == 1
    tries(3)
    assert incidents(engine) == []
    run_out(engine, job.ref)
    assert fetched(engine)[0].retries == 3
    with pytest.raises(Invalid):
        tries(-1)
    tries(0)
    (incident,) = incidents(engine)
    with engine.database.unit_of_work() as work:
        skip_incident(engine, work, ANNA, incident.id)
    assert open_elements(engine, instance) == ["look"]
    assert incidents(engine) == []


CAUGHT = drawing(
    "caught",
    start(),
    service("print", "print"),
    '<boundaryEvent id="no_paper" attachedToRef="print"><errorEventDefinition errorRef="paper" '
    'camunda:errorMessageVariable="why"/></boundaryEvent>',
    task("refill", candidateGroups="clerks"),
    end(),
    path("begun", "print", "ended"),
    path("no_paper", "refill"),
    also='<error id="paper" errorCode="NO_PAPER"/>',
)


def test_an_error_of_the_diagram_goes_its_own_way(engine: Engine) -> None:
    deployed(engine, CAUGHT)
    instance = started(engine, "caught")
    (job,) = fetched(engine)
    with engine.database.unit_of_work() as work:
        report_bpmn_error(engine, work, ANNA, job.ref, "till", "NO_PAPER", "tray 2", {"tray": 2})
    assert open_elements(engine, instance) == ["refill"]
    assert variables(engine, instance) == {"why": "tray 2", "tray": 2}
    with pytest.raises(NotFound), engine.database.unit_of_work() as work:
        report_bpmn_error(engine, work, ANNA, job.ref, "till", "NO_PAPER")


def test_an_error_no_event_takes_is_an_incident_and_not_a_lost_token(engine: Engine) -> None:
    deployed(engine, CAUGHT)
    instance = started(engine, "caught")
    (job,) = fetched(engine)
    with engine.database.unit_of_work() as work:
        report_bpmn_error(engine, work, ANNA, job.ref, "till", "FIRE", "run")
    (incident,) = incidents(engine)
    assert (incident.code, incident.params["message"]) == ("external-error-not-caught", "FIRE: run")
    assert state_of(engine, instance) == "running"
    with engine.database.unit_of_work() as work:
        retry_incident(engine, work, ANNA, incident.id)
    assert fetched(engine)[0].retries == 1


def test_the_most_urgent_first_and_of_equals_the_oldest(engine: Engine) -> None:
    deployed(engine, PRINTING)
    refs = [started(engine, "printing", variables={"urgent": urgent}).ref for urgent in (0, 50, 0, -3, 50)]
    assert [job.instance_ref for job in fetched(engine, most=2)] == [refs[1], refs[4]]
    with engine.database.reading() as session:
        last = session.scalar(select(ExternalTask.ref).join(Instance).where(Instance.ref == refs[3]))
    with engine.database.unit_of_work() as work:
        set_external_priority(work, last or "", 7)
    assert [job.instance_ref for job in fetched(engine)] == [refs[3], refs[0], refs[2]]


def test_a_worker_may_narrow_its_choice(engine: Engine) -> None:
    deployed(engine, PRINTING)
    started(engine, "printing", variables={"urgent": 0}, business_key="A-1")
    wanted = started(engine, "printing", variables={"urgent": 0}, business_key="A-2")
    assert fetched(engine, business_key="A-3") == fetched(engine, definition_keys=("other",)) == []
    assert (
        fetched(engine, definition_ids=(0,)) == fetched(engine, version_tag="x") == fetched(engine, topic="scan") == []
    )
    (job,) = fetched(engine, business_key="A-2", definition_keys=("printing",))
    assert job.instance_ref == wanted.ref


def test_what_no_worker_can_mean_is_refused(engine: Engine) -> None:
    for how in ({"lock": 0}, {"lock": 10**15}, {"worker": ""}, {"worker": "x" * 256}, {"most": 1001}, {"most": -1}):
        with pytest.raises(Invalid):
            fetched(engine, **how)
    with pytest.raises(NotFound), engine.database.unit_of_work() as work:
        unlock_external_task(work, "nothing")


def test_a_suspended_instance_hands_out_nothing_and_takes_nothing(engine: Engine) -> None:
    deployed(engine, PRINTING)
    asleep = started(engine, "printing", variables={"urgent": 0})
    (job,) = fetched(engine)
    other = started(engine, "printing", variables={"urgent": 0})
    with engine.database.unit_of_work() as work:
        suspend_instance(engine, work, ANNA, asleep.id)
        suspend_instance(engine, work, ANNA, other.id)
    assert fetched(engine, "press") == []
    with pytest.raises(Conflict, match="instance-suspended"):
        completed(engine, job.ref)
    with engine.database.unit_of_work() as work:
        resume_instance(engine, work, ANNA, asleep.id)
    completed(engine, job.ref)
    assert fetched(engine, "press") == []
    with engine.database.unit_of_work() as work:
        set_external_retries(engine, work, ANNA, queued(engine), 2)
    assert fetched(engine, "press") == []
    with engine.database.unit_of_work() as work:
        resume_instance(engine, work, ANNA, other.id)
    assert [found.retries for found in fetched(engine, "press")] == [2]


def queued(engine: Engine) -> str:
    with engine.database.reading() as session:
        return session.scalars(select(ExternalTask.ref)).one()


def test_async_before_comes_first(engine: Engine) -> None:
    from engine.jobs import drain

    service_ = service("print", "print", attributes='camunda:asyncBefore="true"')
    deployed(engine, drawing("later", start(), service_, end(), path("begun", "print", "ended")))
    started(engine, "later")
    assert fetched(engine) == []
    drain(engine)
    assert len(fetched(engine)) == 1


def test_what_the_diagram_takes_away_is_nobodys_work(engine: Engine) -> None:
    several = (
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality><completionCondition>"
        "${nrOfCompletedInstances == 2}</completionCondition></multiInstanceLoopCharacteristics>"
    )
    copies, look = service("print", "print", several), task("look", candidateGroups="clerks")
    timed = drawing("timed", start(), copies, look, path("begun", "print", "look"))
    deployed(engine, timed)
    instance = started(engine, "timed")
    first, second, third = fetched(engine)
    completed(engine, first.ref)
    completed(engine, second.ref)
    assert open_elements(engine, instance) == ["look"]
    with pytest.raises(NotFound):
        completed(engine, third.ref)
    other = started(engine, "timed")
    with engine.database.unit_of_work() as work:
        cancel_instance(engine, work, ANNA, other.id, "no need")
    assert fetched(engine) == []
    with engine.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ExternalTask)) == 0


def test_what_waits_is_shown_with_the_instance(engine: Engine) -> None:
    deployed(engine, PRINTING)
    instance = started(engine, "printing", variables={"urgent": 0})
    with engine.database.reading() as session:
        (wait,) = queries.waits_of(session, instance.id)
    assert (wait.kind, wait.name, wait.element) == ("external", "print", "print")


def test_two_fetchers_at_once_never_get_the_same(engine: Engine) -> None:
    deployed(engine, PRINTING)
    many(engine, 60)
    got: dict[str, list[str]] = {"till": [], "press": [], "shop": []}
    start_line = threading.Barrier(len(got))

    def work(worker: str) -> None:
        start_line.wait()
        while found := fetched(engine, worker, most=4):
            got[worker] += [job.ref for job in found]

    threads = [threading.Thread(target=work, args=[name]) for name in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [ref for refs in got.values() for ref in refs]
    while found := fetched(engine, most=10):  # those passed over at the very end
        everything += [job.ref for job in found]
    assert len(everything) == len(set(everything)) == 60


def test_a_row_somebody_is_taking_is_passed_over(engine: Engine) -> None:
    """On SQLite the second fetcher comes after the first; on PostgreSQL it does not even wait."""
    deployed(engine, PRINTING)
    many(engine, 2)
    with engine.database.unit_of_work() as work:
        (mine,) = fetch_external_tasks(engine, work, "till", [Topic("print", MINUTE)], most=1)
        theirs = [] if engine.database.is_sqlite else fetched(engine, "press")
    theirs = theirs or fetched(engine, "press")
    assert [mine.ref] != [job.ref for job in theirs]


def test_ten_thousand_waiting_cost_nothing_more(engine: Engine) -> None:
    """Fetching and completing: the same statements at 10 and at 10,000 waiting, every one by an index."""
    deployed(engine, PRINTING)
    many(engine, 10)

    def cost() -> tuple[dict[str, int], dict[str, int]]:
        with counted(engine.database) as fetching:
            (job,) = fetched(engine, most=1)
        with counted(engine.database) as completing:
            completed(engine, job.ref, values={"pages": 1}, actor=asking(ANNA, job.ref))
        return fetching, completing

    few = cost()
    numbers = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 10000)"
    same = "instance_id, definition_id, element, topic, state, rank, free_at, scopes, properties, created_at"
    copied = f"""{numbers} INSERT INTO external_task (ref, token, {same})
        SELECT 'x' || n.value, 'x' || n.value, {same} FROM external_task, n
        WHERE external_task.id = (SELECT max(id) FROM external_task)"""
    with engine.database.unit_of_work() as work:
        work.session.execute(text(copied))
    with engine.database.unit_of_work() as work:
        work.session.connection().exec_driver_sql("ANALYZE external_task")
    assert cost() == few
    fetching, completing = few
    assert fetching == {"statements": 4, "commits": 1}
    assert completing["commits"] == 1
    assert completing["statements"] <= 10

    with Watched(engine) as watched:
        assert len(fetched(engine, most=5)) == 5
    plans = watched.plans()
    assert len(plans) == 4
    assert "ix_external_task_fetch" in plans[0]
    assert not [plan for plan in plans if "SCAN " in plan.replace("SCAN CONSTANT", "") or "Seq Scan" in plan]
    with engine.database.reading() as session:
        assert can_fetch(session, [Topic("print", 1)])
        assert not can_fetch(session, [Topic("scan", 1)])


def test_a_failing_step_leaves_the_task_with_its_worker(engine: Engine) -> None:
    ways = flow("way", "ended", "${pages == 7}"), flow("way", "other", "${pages == 8}")
    parts = start(), service("print", "print"), '<exclusiveGateway id="way"/>', end(), end("other")
    deployed(engine, drawing("broken", *parts, path("begun", "print", "way"), *ways))
    started(engine, "broken")
    (job,) = fetched(engine)
    from engine.errors import ScriptFailed

    with pytest.raises(ScriptFailed):
        completed(engine, job.ref, values={"pages": 1})
    with engine.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1
        assert session.scalar(select(ExternalTask.worker)) == "till"
