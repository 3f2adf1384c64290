"""What happens without people: timers, operations, messages, signals, continuations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import Engine, queries
from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotFound, OutsideError, ScriptFailed
from engine.jobs import drain, run_job, sweep
from engine.jobs.leases import claim
from engine.operations import Call, Operation, OperationFailed, Operations, Parameter
from engine.runtime.commands import (
    broadcast_signal,
    cancel_instance,
    deliver_message,
    resume_instance,
    retry_incident,
    skip_incident,
    suspend_instance,
)
from engine.store.models import Audit, Instance, Job, Wait
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import (
    ANNA,
    complete,
    deployed,
    open_elements,
    open_tasks,
    started,
    state_of,
    variables,
)

ESCALATION = drawing(
    "escalation",
    start(),
    task("prepare", candidateGroups="clerks"),
    '<boundaryEvent id="term_near" attachedToRef="prepare" cancelActivity="false">'
    "<timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>",
    task("look_into", candidateGroups="heads"),
    end(),
    end("looked"),
    path("begun", "prepare", "ended"),
    path("term_near", "look_into", "looked"),
)


def with_operation(engine: Engine, *operations: Operation) -> Engine:
    return replace(engine, operations=Operations.of(operations))


def test_a_non_interrupting_timer_fires_once(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, ESCALATION)
    instance = started(engine, "escalation")
    clock.move(timedelta(days=2, hours=23))
    assert drain(engine) == 0
    clock.move(timedelta(hours=1))
    assert len(sweep(engine)) == 1
    sweep(engine)
    assert drain(engine) == 1
    assert drain(engine) == 0
    assert sorted(open_elements(engine, instance)) == ["look_into", "prepare"]


def test_a_timer_job_delivered_twice_fires_once(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, ESCALATION)
    instance = started(engine, "escalation")
    clock.move(timedelta(days=3))
    (job_id,) = sweep(engine)
    assert [run_job(engine, job_id) for _ in range(3)] == ["done", None, None]
    with engine.database.unit_of_work() as work:  # and by whoever put the row back
        work.session.execute(text("UPDATE job SET state = 'waiting'"))
    assert run_job(engine, job_id) == "done"
    assert open_elements(engine, instance).count("look_into") == 1


def test_a_completed_task_takes_its_timer_with_it(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, ESCALATION)
    instance = started(engine, "escalation")
    clock.move(timedelta(days=3))
    (job_id,) = sweep(engine)
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    assert run_job(engine, job_id) is None
    assert state_of(engine, instance) == "completed"


def test_a_suspended_instance_sleeps_through_its_timers(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, ESCALATION)
    instance = started(engine, "escalation")
    (prepare,) = open_tasks(engine, instance)
    with engine.database.unit_of_work() as work:
        suspend_instance(engine, work, ANNA, instance.id)
    clock.move(timedelta(days=3))
    assert drain(engine) == 0
    with pytest.raises(Conflict) as refused:
        complete(engine, ANNA, prepare)
    assert refused.value.code == "instance-suspended"
    with engine.database.unit_of_work() as work:
        resume_instance(engine, work, ANNA, instance.id)
    assert drain(engine) == 1
    assert "look_into" in open_elements(engine, instance)


def test_a_cancelled_instance_leaves_nothing_open(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, ESCALATION)
    instance = started(engine, "escalation")
    with engine.database.unit_of_work() as work:
        cancel_instance(engine, work, ANNA, instance.id, "filed twice")
    clock.move(timedelta(days=9))
    assert drain(engine) == 0
    assert open_elements(engine, instance) == []
    with engine.database.reading() as session:
        seen = queries.instance(session, instance.ref)
        assert session.scalars(select(Wait.id)).all() == []
    assert (seen.state, seen.end_reason) == ("cancelled", "filed twice")


def test_a_database_operation_runs_inside_the_step(engine: Engine) -> None:
    def number(call: Call) -> Mapping[str, Any]:
        assert call.work is not None
        return {"number": f"ОП-{call.inputs['year']}/00001"}

    engine = with_operation(engine, Operation("card.register", "database", number, (Parameter("year"),)))
    inputs = (
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="year">=2026</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    deployed(
        engine,
        drawing(
            "registration",
            start(),
            service("give_number", "card.register", inputs),
            task("sign", candidateGroups="clerks"),
            end(),
            path("begun", "give_number", "sign", "ended"),
        ),
    )
    instance = started(engine, "registration")
    assert open_elements(engine, instance) == ["sign"]
    assert variables(engine, instance)["number"] == "ОП-2026/00001"


PRINTING = drawing(
    "printing",
    start(),
    service(
        "print_reply",
        "document.print",
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="name">=today</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>",
    ),
    '<boundaryEvent id="no_template" attachedToRef="print_reply"><errorEventDefinition errorRef="missing"/></boundaryEvent>',
    task("sign", candidateGroups="clerks"),
    task("mend", candidateGroups="clerks"),
    end(),
    end("mended"),
    path("begun", "print_reply", "sign", "ended"),
    path("no_template", "mend", "mended"),
    also='<error id="missing" errorCode="template-missing"/>',
)


class Printer:
    """An outside operation whose behaviour a test sets."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Mapping[str, Any] | Exception = {"file": "reply.docx"}

    def __call__(self, call: Call) -> Mapping[str, Any]:
        assert call.work is None
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def printing(engine: Engine, printer: Printer) -> tuple[Engine, Instance]:
    engine = with_operation(engine, Operation("document.print", "outside", printer, (Parameter("name"),)))
    deployed(engine, PRINTING)
    return engine, started(engine, "printing", variables={"today": "2026-11-22"})


def test_an_outside_operation_is_a_job_the_token_waits_for(printing: tuple[Engine, Instance], printer: Printer) -> None:
    engine, instance = printing
    assert open_elements(engine, instance) == []
    assert printer.calls == []
    assert drain(engine) == 1
    assert open_elements(engine, instance) == ["sign"]
    assert dict(printer.calls[0].inputs) == {"name": "2026-11-22"}
    (job,) = _jobs(engine)
    assert (job.kind, job.element, job.state) == ("operation", "print_reply", "done")


def _jobs(engine: Engine) -> list[Job]:
    with engine.database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def pictures(engine: Engine, action: str) -> tuple[list[str], list[str]]:
    """Where the tokens stood before and after, as the audit keeps it."""
    with engine.database.reading() as session:
        kept = session.scalars(select(Audit.details).where(Audit.action == action)).one()
    return [element for _, element in kept["before"]], [element for _, element in kept["after"]]


def test_an_outside_operation_fails_is_tried_again_gives_up_and_is_retried(
    printing: tuple[Engine, Instance], printer: Printer, clock: ManualClock
) -> None:
    engine, instance = printing
    printer.answer = OutsideError("converter-silent")
    for _ in range(7):
        drain(engine)
        clock.move(timedelta(minutes=16))
    assert len(printer.calls) == 5
    assert len({call.once_key for call in printer.calls}) == 1
    with engine.database.reading() as session:
        (incident,) = queries.incidents(session)
        states = queries.element_states(session, instance.id)
    assert (incident.code, incident.element, incident.instance_ref) == ("converter-silent", "print_reply", instance.ref)
    assert incident.retryable
    assert states["print_reply"].incidents == 1
    printer.answer = {"file": "reply.docx"}
    with engine.database.unit_of_work() as work:
        retry_incident(engine, work, ANNA, incident.id)
    assert pictures(engine, "incident.retry") == (["print_reply"], ["print_reply"])
    assert drain(engine) == 1
    assert open_elements(engine, instance) == ["sign"]
    with engine.database.reading() as session:
        assert queries.incidents(session) == []
        assert queries.instance(session, instance.ref).open_incidents == 0


def test_an_incident_is_skipped(printing: tuple[Engine, Instance], printer: Printer) -> None:
    engine, instance = printing
    printer.answer = OutsideError("template-broken", permanent=True)
    drain(engine)
    with engine.database.reading() as session:
        (incident,) = queries.incidents(session)
    with engine.database.unit_of_work() as work:
        skip_incident(engine, work, ANNA, incident.id)
    assert open_elements(engine, instance) == ["sign"]
    assert pictures(engine, "incident.skip") == (["print_reply"], ["sign"])


def test_an_error_the_diagram_knows_takes_its_own_way(printing: tuple[Engine, Instance], printer: Printer) -> None:
    engine, instance = printing
    printer.answer = OperationFailed("template-missing", "no such template")
    assert drain(engine) == 1
    assert open_elements(engine, instance) == ["mend"]


def test_an_error_nobody_catches_is_an_incident_and_the_operation_ran_once(
    printing: tuple[Engine, Instance], printer: Printer, clock: ManualClock
) -> None:
    engine, _ = printing
    printer.answer = OperationFailed("paper-out")
    for _ in range(7):
        drain(engine)
        clock.move(timedelta(minutes=16))
    assert len(printer.calls) == 1
    with engine.database.reading() as session:
        assert [incident.code for incident in queries.incidents(session)] == ["bpmn-error-not-caught"]


def test_a_worker_killed_after_its_claim_delays_and_loses_nothing(
    printing: tuple[Engine, Instance], printer: Printer
) -> None:
    engine, instance = printing
    assert claim(engine.database, engine.clock) is not None  # and the process dies here
    assert drain(engine) == 0
    with engine.database.unit_of_work() as work:
        work.session.execute(text("UPDATE job SET lease_until = '2020-01-01 00:00:00.000000'"))
    assert drain(engine) == 1
    assert (open_elements(engine, instance), len(printer.calls)) == (["sign"], 1)


def test_drawn_retries_are_kept(engine: Engine, printer: Printer, clock: ManualClock) -> None:
    printer.answer = OutsideError("converter-silent")
    engine = with_operation(engine, Operation("document.print", "outside", printer))
    retries = "<camunda:failedJobRetryTimeCycle>R2/PT1H</camunda:failedJobRetryTimeCycle>"
    cycle = f"<extensionElements>{retries}</extensionElements>"
    deployed(
        engine,
        drawing("retries", start(), service("print", "document.print", cycle), end(), path("begun", "print", "ended")),
    )
    started(engine, "retries")
    drain(engine)
    clock.move(timedelta(minutes=59))
    assert drain(engine) == 0
    clock.move(timedelta(minutes=1))
    assert drain(engine) == 1
    with engine.database.reading() as session:
        assert len(queries.incidents(session)) == 1


def test_async_before_is_a_job_of_its_own(engine: Engine) -> None:
    engine = with_operation(engine, Operation("card.register", "database", lambda call: {"number": "1"}))
    deployed(
        engine,
        drawing(
            "later",
            start(),
            service("give_number", "card.register", attributes='camunda:asyncBefore="true"'),
            end(),
            path("begun", "give_number", "ended"),
        ),
    )
    instance = started(engine, "later")
    assert state_of(engine, instance) == "running"
    assert drain(engine) == 1
    assert state_of(engine, instance) == "completed"


BROKEN = drawing(
    "broken",
    start(),
    task("review", candidateGroups="clerks"),
    service("count", "count"),
    end(),
    path("begun", "review", "count", "ended"),
)


def test_a_failing_step_is_taken_back_and_named_to_the_person(engine: Engine) -> None:
    broken = {"yes": True}

    def count(call: Call) -> Mapping[str, Any]:
        if broken["yes"]:
            raise ZeroDivisionError("nothing to divide by")
        return {}

    engine = with_operation(engine, Operation("count", "database", count))
    deployed(engine, BROKEN)
    instance = started(engine, "broken")
    (review,) = open_tasks(engine, instance)
    for times in (1, 2):
        with pytest.raises(ScriptFailed) as failed:
            complete(engine, ANNA, review, {"remark": "да"})
        with engine.database.reading() as session:
            (incident,) = queries.incidents(session)
        assert failed.value.params["incident"] == incident.id
        assert incident.params.get("times", 1) == times
    assert "ZeroDivisionError" in (incident.trace or "")
    assert open_elements(engine, instance) == ["review"]
    assert variables(engine, instance) == {}
    with pytest.raises(Conflict) as nobody, engine.database.unit_of_work() as work:
        retry_incident(engine, work, ANNA, incident.id)
    assert nobody.value.code == "incident-waits-for-person"
    broken["yes"] = False
    complete(engine, ANNA, review)
    with engine.database.reading() as session:
        assert queries.incidents(session) == []
        assert queries.incident(session, incident.id).state == "resolved"
    assert state_of(engine, instance) == "completed"


def test_what_the_person_can_put_right_is_no_incident(engine: Engine) -> None:
    def refuse(call: Call) -> Mapping[str, Any]:
        raise Invalid("field-required", {"card.subject": ("required", {})})

    engine = with_operation(engine, Operation("count", "database", refuse))
    deployed(engine, BROKEN)
    instance = started(engine, "broken")
    with pytest.raises(Invalid):
        complete(engine, ANNA, open_tasks(engine, instance)[0])
    with engine.database.reading() as session:
        assert queries.incidents(session) == []


ORDER = '<message id="paid_message" name="paid"><extensionElements/></message>'
PAYMENT = drawing(
    "payment",
    start(),
    '<intermediateCatchEvent id="paid"><messageEventDefinition messageRef="paid_message"/></intermediateCatchEvent>',
    task("ship", candidateGroups="clerks"),
    end(),
    path("begun", "paid", "ship", "ended"),
    also=ORDER,
)


def test_a_message_wakes_the_instance_it_is_for(engine: Engine) -> None:
    deployed(engine, PAYMENT)
    first, second = (started(engine, "payment", business_key=key) for key in ("A-1", "A-2"))
    with pytest.raises(Conflict) as ambiguous, engine.database.unit_of_work() as work:
        deliver_message(engine, work, ANNA, "paid")
    assert ambiguous.value.code == "message-ambiguous"
    with engine.database.unit_of_work() as work:
        deliver_message(engine, work, ANNA, "paid", business_key="A-2", payload={"sum": 5})
    assert open_elements(engine, first) == []
    assert open_elements(engine, second) == ["ship"]
    with pytest.raises(NotFound), engine.database.unit_of_work() as work:
        deliver_message(engine, work, ANNA, "paid", business_key="A-2")


def test_a_message_starts_a_process(engine: Engine) -> None:
    deployed(
        engine,
        drawing(
            "filing",
            start("filed", '<messageEventDefinition messageRef="filed_message"/>'),
            task("register", candidateGroups="clerks"),
            end(),
            path("filed", "register", "ended"),
            also='<message id="filed_message" name="filed"/>',
        ),
    )
    with engine.database.unit_of_work() as work:
        instance = deliver_message(engine, work, ANNA, "filed", subject_ref="card:7", payload={"text": "да"})
    assert open_elements(engine, instance) == ["register"]
    assert instance.subject_ref == "card:7"
    assert variables(engine, instance)["text"] == "да"


STORM = '<signal id="storm_signal" name="storm"/>'


def test_a_signal_reaches_everybody_each_by_a_job_of_its_own(engine: Engine) -> None:
    waiting = drawing(
        "waiting",
        start(),
        '<intermediateCatchEvent id="warned"><signalEventDefinition signalRef="storm_signal"/></intermediateCatchEvent>',
        task("close_windows", candidateGroups="clerks"),
        end(),
        path("begun", "warned", "close_windows", "ended"),
        also=STORM,
    )
    deployed(engine, waiting)
    homes = [started(engine, "waiting") for _ in range(3)]
    with engine.database.unit_of_work() as work:
        assert broadcast_signal(engine, work, ANNA, "storm") == 3
    assert [open_elements(engine, home) for home in homes] == [[], [], []]
    assert drain(engine) == 3
    assert [open_elements(engine, home) for home in homes] == [["close_windows"]] * 3


def test_a_thrown_message_reaches_another_instance(engine: Engine) -> None:
    paying = drawing(
        "paying",
        start(),
        '<intermediateThrowEvent id="pay"><messageEventDefinition messageRef="paid_message"/></intermediateThrowEvent>',
        end(),
        path("begun", "pay", "ended"),
        also=ORDER,
    )
    deployed(engine, PAYMENT, paying)
    buyer = started(engine, "payment")
    started(engine, "paying")
    assert open_elements(engine, buyer) == []
    drain(engine)
    assert open_elements(engine, buyer) == ["ship"]


def test_a_process_starts_by_its_clock_as_long_as_it_is_the_newest(engine: Engine, clock: ManualClock) -> None:
    def nightly(cycle: str) -> bytes:
        timer = f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition>"
        return drawing(
            "nightly",
            start("night", timer),
            task("count", candidateGroups="clerks"),
            end(),
            path("night", "count", "ended"),
        )

    deployed(engine, nightly("R2/PT1H"))
    for _ in range(4):
        clock.move(timedelta(hours=1))
        drain(engine)
    assert _running(engine) == 2
    deployed(engine, nightly("R/P1D"))
    deployed(engine, nightly("R/P2D"))
    clock.move(timedelta(days=1))
    drain(engine)
    assert _running(engine) == 2
    clock.move(timedelta(days=1))
    drain(engine)
    assert _running(engine) == 3


def _running(engine: Engine) -> int:
    with engine.database.reading() as session:
        return len(queries.instances(session, state="running"))


def test_parallel_approvers_sleep_each_on_their_own(engine: Engine) -> None:
    approval = drawing(
        "approval",
        start(),
        task(
            "approve",
            '<multiInstanceLoopCharacteristics camunda:collection="${approvers}" camunda:elementVariable="approver"/>',
            assignee="${approver}",
        ),
        task("sign", candidateGroups="clerks"),
        end(),
        path("begun", "approve", "sign", "ended"),
    )
    deployed(engine, approval)
    instance = started(engine, "approval", variables={"approvers": ["anna", "boris"]})
    tasks = open_tasks(engine, instance)
    assert [task.assignee_id for task in tasks] == [1, 2]
    complete(engine, ANNA, tasks[0], {"outcome": "agree"})
    assert open_elements(engine, instance) == ["approve"]
    from tests.engine.office import BORIS

    complete(engine, BORIS, tasks[1], {"outcome": "agree"})
    assert open_elements(engine, instance) == ["sign"]


def test_a_called_process_runs_inside_its_caller(engine: Engine) -> None:
    caller = drawing(
        "caller",
        start(),
        '<callActivity id="ask" calledElement="asked"><extensionElements>'
        '<camunda:in source="question" target="question"/><camunda:out source="answer" target="answer"/>'
        "</extensionElements></callActivity>",
        end(),
        path("begun", "ask", "ended"),
    )
    asked = drawing("asked", start(), task("reply", candidateGroups="clerks"), end(), path("begun", "reply", "ended"))
    deployed(engine, caller, asked)
    instance = started(engine, "caller", variables={"question": "when?"})
    (reply,) = open_tasks(engine, instance)
    assert reply.element == "reply"
    complete(engine, ANNA, reply, {"answer": "tomorrow"})
    assert state_of(engine, instance) == "completed"
    assert variables(engine, instance)["answer"] == "tomorrow"


def test_a_gateway_without_a_way_out_is_an_incident(engine: Engine) -> None:
    blind = drawing(
        "blind",
        start(),
        task("review", candidateGroups="clerks"),
        '<exclusiveGateway id="agreed"/>',
        end(),
        end("refused"),
        path("begun", "review", "agreed"),
        flow("agreed", "ended", "${outcome == 'agree'}"),
        flow("agreed", "refused", "${outcome == 'refuse'}"),
    )
    deployed(engine, blind)
    instance = started(engine, "blind")
    with pytest.raises(ScriptFailed):
        complete(engine, ANNA, open_tasks(engine, instance)[0], {"outcome": "perhaps"})
    assert open_elements(engine, instance) == ["review"]
    complete(engine, ANNA, open_tasks(engine, instance)[0], {"outcome": "agree"})
    assert state_of(engine, instance) == "completed"
